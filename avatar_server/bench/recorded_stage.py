"""A stage without a renderer, for measuring what sending costs: recorded packets, or recorded pictures.

All of the server is what people use; only the process that would draw is a task on the server's event loop,
which says the same things. Recorded packets are sent as they are. Recorded pictures are encoded once, which
is what the usual way of encoding for each viewer is compared with.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, replace
from typing import Protocol

from avatar_server.bench.recorded_packets import RECORDED_S, RecordedPackets, recorded
from avatar_server.bench.recorded_pictures import RecordedPictures
from avatar_server.control.events import InteractionShown, Status
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import PRESENTER, RUNGS, LivePacket, VideoStream
from avatar_server.encode.live_video import LiveVideoEncoder, Scaler, open_live_encoder
from avatar_server.errors import StageError
from avatar_server.render.contract import PictureSize
from avatar_server.scene.cameras import Orbit
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.reports import resident_bytes
from avatar_server.stage.stage import Stage
from avatar_server.stage.stage_process import StageProcess
from avatar_server.stage.wire import (
    PULSE_S,
    FromStage,
    KeyPicture,
    NumberedPacket,
    NumberedStream,
    Pulse,
    Ready,
    StageState,
    StreamFailed,
    ToStage,
    Wanted,
)
from avatar_server.timing.synchroniser import KEY_SPACING_S, PictureGrid, SoundGrid
from avatar_server.timing.timeline import Timeline

SOUND_AHEAD_S = 0.2
"""Sound is given so long before its time, as a stage does that draws beside it."""

STILL = Orbit((0.0, 1.0, 0.0), 0.0, 0.0, 3.0)
"""A place for the camera that no recording has."""


class Material(Protocol):
    """Where encoded pictures and sound come from."""

    async def picture(self, stream: VideoStream, index: int, *, key: bool) -> tuple[bytes, bool]:
        """(data, whether decoding can begin here) of a picture; `key` wants that.

        Raises `LookupError` for a stream that there is none of.
        """

    async def sound(self, index: int) -> LivePacket:
        """A block of sound."""


class SentAgain:
    """Recorded packets, again and again; for a key picture it goes on from the next one, which is a cut."""

    def __init__(self, packets: RecordedPackets) -> None:
        self._packets = packets
        self._places: dict[VideoStream, int] = {}

    async def picture(self, stream: VideoStream, index: int, *, key: bool) -> tuple[bytes, bool]:
        """The next one of the stream's recording."""
        recording = self._packets.video[replace(stream, view=PRESENTER)]
        place = self._places.get(stream, 0)
        if key:
            place = next((at for at in range(place, len(recording)) if recording[at].key), 0)
        self._places[stream] = (place + 1) % len(recording)
        return recording[place].data, recording[place].key

    async def sound(self, index: int) -> LivePacket:
        """The block at this place, in time."""
        rounds, place = divmod(index, len(self._packets.audio))
        packet = self._packets.audio[place]
        return replace(packet, pts=packet.pts + rounds * RECORDED_S * SAMPLE_RATE_HZ)


class EncodedOnce:
    """Recorded pictures, encoded now, in a thread."""

    def __init__(self, pictures: RecordedPictures) -> None:
        first = pictures.frames[0]
        self._pictures = pictures
        self._size = PictureSize(first.width, first.height)
        self._encoders: dict[VideoStream, LiveVideoEncoder] = {}
        self._scaler = Scaler(self._size)
        self._opus = LiveOpus()

    async def picture(self, stream: VideoStream, index: int, *, key: bool) -> tuple[bytes, bool]:
        """The picture at this place."""
        return await asyncio.to_thread(self._encode, stream, index, key)

    async def sound(self, index: int) -> LivePacket:
        """The block at this place."""
        return self._opus.encode(self._pictures.block(index), index * BLOCK_SAMPLES)

    def _encode(self, stream: VideoStream, index: int, key: bool) -> tuple[bytes, bool]:
        if stream not in self._encoders:
            self._encoders[stream] = open_live_encoder(stream, self._size, self._pictures.rate_hz)
        frame, scale = self._pictures.frame(index), RUNGS[stream.rung].scale
        scaled = frame if scale == 1 else self._scaler.scaled(frame, scale)
        return self._encoders[stream].encode_frame(scaled, index, key=key)


@dataclass(slots=True)
class _Keys:
    wanted: bool = True
    sent_s: float = -KEY_SPACING_S


class MaterialProcess(StageProcess):
    """What a stage takes for its process: says what a process would say, from a task of this one."""

    def __init__(self, material: Material, rate_hz: int) -> None:
        self.epoch_s = time.monotonic()
        self._material = material
        self._pictures = PictureGrid(rate_hz)
        self._blocks = SoundGrid(SAMPLE_RATE_HZ, BLOCK_SAMPLES)
        self._said: asyncio.Queue[FromStage | NumberedPacket | None] = asyncio.Queue()
        self._wanted = Wanted((), 0)
        self._keys: dict[int, _Keys] = {}
        self._failed: set[int] = set()
        self._followed = 0
        self._picture = self._block = 1
        self._playing = asyncio.create_task(self._play(), name="recorded stage")

    @property
    def id(self) -> int:
        """Of this process."""
        return os.getpid()

    @property
    def alive(self) -> bool:
        """Until it is closed."""
        return not self._playing.done()

    def send(self, message: ToStage) -> None:
        """Do what is asked; commands change nothing in a recording."""
        if isinstance(message, Wanted):
            self._wanted = message
            self._keys = {own.number: self._keys.get(own.number) or _Keys() for own in message.streams}
        elif isinstance(message, KeyPicture):
            self._keys.setdefault(message.number, _Keys()).wanted = True
        else:
            self._followed += 1

    async def receive(self) -> FromStage | NumberedPacket:
        """What it says next; `StageError` after its end."""
        message = await self._said.get()
        if message is None:
            raise StageError("the recorded stage ended")
        return message

    def kill(self) -> None:
        """End."""
        self._playing.cancel()
        self._said.put_nowait(None)

    async def close(self) -> None:
        """End; closing twice is fine."""
        self.kill()
        await asyncio.gather(self._playing, return_exceptions=True)

    async def _play(self) -> None:
        pulse_s = 0.0
        while True:
            picture_s = self._pictures.time_s(self._picture)
            block_s = self._blocks.time_s(self._block) - SOUND_AHEAD_S
            await asyncio.sleep(self.epoch_s + min(picture_s, block_s, pulse_s) - time.monotonic())
            if pulse_s <= min(picture_s, block_s):
                self._tell(pulse_s)
                pulse_s += PULSE_S
            elif block_s <= picture_s:
                if self._wanted.listeners:
                    self._said.put_nowait(NumberedPacket(0, await self._material.sound(self._block)))
                self._block += 1
            else:
                for own in self._wanted.streams:
                    await self._give(own, picture_s)
                self._picture += 1

    async def _give(self, own: NumberedStream, stream_s: float) -> None:
        keys = self._keys[own.number]
        key = keys.wanted and stream_s - keys.sent_s >= KEY_SPACING_S
        try:
            data, is_key = await self._material.picture(own.stream, self._picture, key=key)
        except LookupError:
            if own.number not in self._failed:
                self._failed.add(own.number)
                self._said.put_nowait(StreamFailed(own.number, "there is no recording of it"))
            return
        if is_key:
            keys.wanted, keys.sent_s = False, stream_s
        packet = LivePacket("video", self._pictures.pts(self._picture), is_key, data)
        self._said.put_nowait(NumberedPacket(own.number, packet))

    def _tell(self, stream_s: float) -> None:
        watched = self._wanted.listeners > 0
        timeline = Timeline(float(RECORDED_S), playing=watched, loop=True)
        state = StageState(self._followed, timeline, True, PRESENTER, STILL, "none")
        self._said.put_nowait(
            Pulse(
                picture_steps=self._picture,
                sound_steps=self._block,
                watched=watched,
                state=state,
                views=(),
                streams=(),
                resident_bytes=resident_bytes(),
                processor_s=0.0,
            )
        )
        self._said.put_nowait(
            Status(
                playing=watched,
                time_s=timeline.media_time_s(stream_s),
                speed=1.0,
                loop=True,
                camera=PRESENTER,
                staging="none",
                rtp_timestamp=self._pictures.pts(self._picture),
                pictures_per_second=float(self._pictures.rate_hz if watched else 0),
                dropped=0,
                draw_ms=0.0,
                encode_ms=0.0,
                viewers=self._wanted.listeners,
            )
        )


async def open_recorded_stage(order: StageOrder, *, encoding: bool = False) -> Stage:
    """A stage that plays the recording of what was ordered; encoding: its pictures, else its packets."""
    size = order.width, order.height
    packets = await asyncio.to_thread(recorded, order.interaction, size, order.rate_hz)
    material: Material = SentAgain(packets)
    if encoding:
        material = EncodedOnce(await asyncio.to_thread(RecordedPictures.decode, packets))
    return play_material(order, material)


def play_material(order: StageOrder, material: Material) -> Stage:
    """A stage that plays `material` in the size and at the rate of the order, whatever else that says."""
    process = MaterialProcess(material, order.rate_hz)
    ready = Ready(
        interaction=InteractionShown("recorded", "recorded", "none", float(RECORDED_S), (), ()),
        cameras=(PRESENTER,),
        stagings=("none",),
        size=(order.width, order.height),
        rate_hz=order.rate_hz,
        renderer="none: recorded",
        epoch_s=process.epoch_s,
    )
    return Stage(order, process, ready, spare=None, wall_s=time.time)
