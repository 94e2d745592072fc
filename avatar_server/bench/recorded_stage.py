"""A stage that draws and encodes nothing: it plays recorded packets, again and again.

It keeps the contract of `stage.Stage`, so that all the rest of the server is what people use. What it
measures is the cost of sending.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass, replace
from typing import Protocol

from avatar_server.bench.recorded_packets import RECORDED_S, RecordedPackets, recorded
from avatar_server.control.commands import StageCommand
from avatar_server.control.events import InteractionShown, Status
from avatar_server.encode.live_packet import CLOCK_HZ, PRESENTER, LivePacket, VideoStream
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.wire import Ready
from avatar_server.timing.synchroniser import KEY_SPACING_S, LEAD_S

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Whoever is told what happens on a stage."""

    def on_packet(self, packet: LivePacket) -> None:
        """A packet leaves now."""


@dataclass(slots=True)
class _Played:
    """Where one stream is: `place` of the recording's pictures comes next."""

    place: int = 0
    key_wanted: bool = True
    key_s: float = -KEY_SPACING_S


class RecordedStage:
    """Plays `packets` from its making until `close`.

    Time stamps grow for ever. Whoever asks for a key picture gets one at once: the recording goes on from
    its next key picture, which a viewer sees as a cut.
    """

    def __init__(self, packets: RecordedPackets) -> None:
        self._packets = packets
        self._listeners: list[Listener] = []
        self._wanted: dict[VideoStream, _Played] = {}
        self.listeners = 0
        """How many are sent packets, as told by `want`."""
        self.id = secrets.token_urlsafe(16)
        self.end_reason: str | None = None
        self.ended = asyncio.Event()
        self.status: Status | None = None
        self.process_id: int | None = None
        """Of a process there is none."""
        shown = InteractionShown("recorded", "recorded packets", "none", float(RECORDED_S), (), ())
        self.ready = Ready(
            interaction=shown,
            cameras=(PRESENTER,),
            stagings=("none",),
            size=packets.size,
            rate_hz=packets.rate_hz,
            renderer="none: recorded packets",
            epoch_s=time.monotonic(),
        )
        self._playing = asyncio.create_task(self._play(), name="recorded packets")

    @classmethod
    async def open(cls, order: StageOrder) -> RecordedStage:
        """The stage for an order: what is recorded is its interaction in its size and rate."""
        size = order.width, order.height
        return cls(await asyncio.to_thread(recorded, order.interaction, size, order.rate_hz))

    def join(self, listener: Listener) -> None:
        """Tell `listener` what happens from now on."""
        if listener not in self._listeners:
            self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Tell `listener` nothing any more; leaving twice is fine."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    @property
    def members(self) -> int:
        """How many listen to what happens."""
        return len(self._listeners)

    def want(self, streams: frozenset[VideoStream], listeners: int) -> None:
        """Which streams are sent from now on; those that are new begin with a key picture."""
        self._wanted = {stream: self._wanted.get(stream) or _Played() for stream in streams}
        self.listeners = listeners

    def request_key(self, stream: VideoStream) -> None:
        """Somebody needs a picture that decoding can begin with."""
        if stream in self._wanted:
            self._wanted[stream].key_wanted = True

    def follow(self, command: StageCommand) -> None:
        """Recorded packets follow nobody."""
        log.debug("not followed: %s", command)

    async def close(self) -> None:
        """End, and tell nobody; closing twice is fine."""
        self._listeners.clear()
        self._playing.cancel()
        await asyncio.gather(self._playing, return_exceptions=True)
        self.ended.set()

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        blocks = len(self._packets.audio)
        picture = block = 0
        while True:
            picture_s, block_s = picture / self._packets.rate_hz, block * RECORDED_S / blocks
            next_s = min(picture_s, block_s)
            # The loop's clock is CLOCK_MONOTONIC; a late wake-up delays nothing that comes after it.
            await asyncio.sleep(self.ready.epoch_s + next_s + LEAD_S - loop.time())
            if picture_s == next_s:
                self._send_pictures(picture, picture_s)
                picture += 1
            if block_s == next_s:
                self._send_block(block, blocks)
                block += 1

    def _send_pictures(self, picture: int, stream_s: float) -> None:
        pts = picture * CLOCK_HZ["video"] // self._packets.rate_hz
        for stream, played in self._wanted.items():
            recording = self._packets.video[replace(stream, view=PRESENTER)]
            if played.key_wanted and stream_s - played.key_s >= KEY_SPACING_S:
                played.place = _next_key(recording, played.place)
            packet = recording[played.place]
            played.place = (played.place + 1) % len(recording)
            if packet.key:
                played.key_wanted, played.key_s = False, stream_s
            self._release(replace(packet, pts=pts, stream=stream))

    def _send_block(self, block: int, blocks: int) -> None:
        rounds, place = divmod(block, blocks)
        packet = self._packets.audio[place]
        pts = packet.pts + rounds * RECORDED_S * CLOCK_HZ["audio"]
        if self.listeners and pts >= 0:
            self._release(replace(packet, pts=pts))

    def _release(self, packet: LivePacket) -> None:
        for listener in tuple(self._listeners):
            listener.on_packet(packet)


def _next_key(recording: tuple[LivePacket, ...], place: int) -> int:
    """The place of the first key picture at or after `place`, from the beginning if there is none."""
    return next((at for at in range(place, len(recording)) if recording[at].key), 0)
