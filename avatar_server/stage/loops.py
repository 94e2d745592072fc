"""The two loops of a stage, one for pictures and one for sound, on one stream clock.

Each waits for its next place on the grid, asks the desk how things stand, and sends a packet. A draw may
hold the interpreter for its whole length; that is why the sound is made ahead, and a picture is encoded
while the next one is drawn.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.audio.time_stretch import TimeStretcher
from avatar_server.control.events import Status
from avatar_server.encode.live_h264 import LiveH264
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import LivePacket
from avatar_server.render.contract import Picture, Renderer, draw
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.stage.desk import Desk, Moment, View
from avatar_server.timing.clock import Clock
from avatar_server.timing.synchroniser import (
    VIDEO_CLOCK_HZ,
    PictureGrid,
    SoundGrid,
    Work,
    work_for_slot,
)

Send = Callable[[LivePacket], None]

SOUND_AHEAD_S = 0.4
"""A slow draw on a busy machine takes 0.1-0.3 s and may keep the interpreter to itself all the while."""

LONGEST_DRIFT_SAMPLES = 1920
"""Sound is put back to where the timeline stands when it is 40 ms off: half of what people notice
(ITU-R BT.1359: 45 ms early, 125 ms late)."""


@dataclass(frozen=True, slots=True)
class StreamClock:
    """Seconds since the stream began."""

    clock: Clock
    epoch_s: float

    def now_s(self) -> float:
        """Stream time now."""
        return self.clock.now_s() - self.epoch_s


class PictureCounts:
    """What the picture loop did lately, for the status.

    The drawing thread counts `dropped`, the encoding thread the rest; others read.
    """

    def __init__(self) -> None:
        self._sent_s: deque[float] = deque(maxlen=120)
        self.dropped = 0
        self.draw_ms = 0.0
        self.encode_ms = 0.0

    def sent(self, stream_s: float, draw_ms: float | None, encode_ms: float) -> None:
        """A picture went out; `draw_ms` is None for a repeated one. Means forget half in 14 pictures."""
        self._sent_s.append(stream_s)
        if draw_ms is not None:
            self.draw_ms += (draw_ms - self.draw_ms) * (0.05 if self.draw_ms else 1.0)
        self.encode_ms += (encode_ms - self.encode_ms) * (0.05 if self.encode_ms else 1.0)

    def per_second(self, stream_s: float) -> float:
        """Pictures sent within the last second."""
        return float(sum(1 for sent in list(self._sent_s) if stream_s - 1.0 < sent <= stream_s))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture on its way to the encoder; draw_ms is None for a repeated one."""

    picture: Picture
    index: int
    key: bool
    draw_ms: float | None


class PictureLoop:
    """Draws, encodes and sends the pictures that are due.

    `step` belongs to the renderer's thread, `encode_next` to another one. At most one picture is with the
    encoder while the next is drawn: a slow encoder holds up the drawing, whose next pictures are dropped,
    and no picture waits in a queue.
    """

    def __init__(
        self, desk: Desk, renderer: Renderer, encoder: LiveH264, grid: PictureGrid, send: Send
    ) -> None:
        self._desk = desk
        self._renderer = renderer
        self._encoder = encoder
        self._grid = grid
        self._send = send
        self._last_index = -1
        self._last_sent_s: float | None = None
        self._drawn: tuple[float, View] | None = None
        self._picture: Picture | None = None
        self._to_encode: queue.Queue[_Drawn] = queue.Queue()
        self.counts = PictureCounts()

    def step(self, clock: StreamClock) -> float:
        """Do what is due now; gives the stream time of the next place on the grid."""
        slot = self._grid.due(clock.now_s(), self._last_index)
        if slot is not None:
            began = self._last_sent_s is not None
            self._last_index = slot.index
            moment = self._desk.moment(self._grid.time_s(slot.index))
            if moment.moving and began:
                self.counts.dropped += slot.dropped
            self._work(slot.index, moment, clock)
        return self._grid.time_s(self._last_index + 1)

    def _work(self, index: int, moment: Moment, clock: StreamClock) -> None:
        stream_s = self._grid.time_s(index)
        work = work_for_slot(
            stream_s=stream_s,
            changed=self._drawn != (moment.media_s, moment.view),
            key=moment.key,
            watched=moment.viewers > 0,
            last_sent_s=self._last_sent_s,
        )
        if work is Work.NOTHING:
            return
        begun_s = clock.now_s()
        if work is Work.DRAW or self._picture is None:
            camera = moment.view.orbit.camera()
            self._picture = draw(self._renderer, moment.view.programme.snapshot_at(moment.media_s, camera))
            self._drawn = (moment.media_s, moment.view)
        draw_ms = (clock.now_s() - begun_s) * 1000 if work is Work.DRAW else None
        if moment.key:
            # Told now: the next picture is begun before this one is encoded.
            self._desk.key_sent(stream_s)
        self._last_sent_s = stream_s
        self._to_encode.join()
        self._to_encode.put(_Drawn(self._picture, index, moment.key, draw_ms))

    def encode_next(self, clock: StreamClock) -> None:
        """Wait for a picture, encode it and send it."""
        drawn = self._to_encode.get()
        begun_s = clock.now_s()
        packet = self._encoder.encode(drawn.picture, drawn.index, key=drawn.key)
        self._send(packet)
        stream_s = self._grid.time_s(drawn.index)
        if packet.key and not drawn.key:
            self._desk.key_sent(stream_s)
        self.counts.sent(stream_s, drawn.draw_ms, (clock.now_s() - begun_s) * 1000)
        self._to_encode.task_done()


class SoundLoop:
    """Reads, stretches, encodes and sends blocks of sound, `SOUND_AHEAD_S` before they are due.

    When a command changes the course of time, the blocks from there on are made and sent again; whoever
    holds them until they leave lets the new ones replace the old (`departures`). So a draw of any
    length up to that does not interrupt the sound, and a seek is heard at once all the same.
    """

    def __init__(self, desk: Desk, encoder: LiveOpus, send: Send) -> None:
        self._desk = desk
        self._encoder = encoder
        self._send = send
        self._grid = SoundGrid(SAMPLE_RATE_HZ, BLOCK_SAMPLES)
        # Block 0 would have a negative time stamp, see LiveOpus.encode.
        self._last_index = 0
        self._stretch: tuple[int, int] | None = None
        self._view = desk.moment(0.0).view
        self._revision = -1
        self._stretcher = TimeStretcher(lambda start, count: self._view.programme.sound_block(start, count))

    def step(self, clock: StreamClock) -> float:
        """Make what is not made yet; gives the stream time at which there is more to do."""
        now_s = clock.now_s()
        moment = self._desk.moment(now_s)
        if moment.revision != self._revision:
            self._revision = moment.revision
            self._last_index = min(self._last_index, max(self._grid.index_at(now_s), 0))
        while (slot := self._grid.next_block(now_s + SOUND_AHEAD_S, self._last_index)) is not None:
            self._last_index = slot.index
            self._make(slot.index)
        return self._grid.time_s(self._last_index + 1) - SOUND_AHEAD_S

    def _make(self, index: int) -> None:
        stream_s = self._grid.time_s(index)
        moment = self._desk.moment(stream_s)
        if moment.viewers == 0:
            return
        self._view = moment.view
        self._follow_timeline(moment, moment.timeline.stretch(stream_s))
        speed = moment.timeline.speed if moment.moving else 0.0
        block = self._stretcher.next_block(BLOCK_SAMPLES, speed)
        self._send(self._encoder.encode(block, index * BLOCK_SAMPLES))

    def _follow_timeline(self, moment: Moment, stretch: tuple[int, int]) -> None:
        expected = moment.media_s * SAMPLE_RATE_HZ
        drift = abs(self._stretcher.position_samples - expected)
        if stretch != self._stretch or drift > LONGEST_DRIFT_SAMPLES:
            self._stretcher.seek(round(expected))
            self._stretch = stretch


def run_steps(step: Callable[[StreamClock], float], clock: StreamClock, stop: threading.Event) -> None:
    """Call `step` whenever it is due, until `stop` is set."""
    while not stop.is_set():
        wait_s = step(clock) - clock.now_s()
        if wait_s > 0:
            stop.wait(wait_s)


def status_at(desk: Desk, counts: PictureCounts, stream_s: float) -> Status:
    """How the stage stands at `stream_s`; the time stamp is that of the stream, not yet a viewer's."""
    moment = desk.moment(stream_s)
    return Status(
        playing=moment.playing,
        time_s=moment.media_s,
        speed=moment.timeline.speed,
        loop=moment.timeline.loop,
        camera=moment.view.camera,
        staging=moment.view.staging,
        rtp_timestamp=int(stream_s * VIDEO_CLOCK_HZ),
        pictures_per_second=counts.per_second(stream_s),
        dropped=counts.dropped,
        draw_ms=round(counts.draw_ms, 2),
        encode_ms=round(counts.encode_ms, 2),
        viewers=moment.viewers,
    )
