"""The loop that makes a stage's sound, ahead of its time."""

from __future__ import annotations

from collections.abc import Callable

from avatar_server.audio.time_stretch import TimeStretcher
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import LivePacket
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.stage.desk import Desk, Moment
from avatar_server.stage.loops import IDLE_S, StreamClock
from avatar_server.timing.synchroniser import SoundGrid

SOUND_AHEAD_S = 0.4
"""A slow draw on a busy machine takes 0.1-0.3 s and may keep the interpreter to itself all the while."""

LONGEST_DRIFT_SAMPLES = 1920
"""Sound is put back to where the timeline stands when it is 40 ms off: half of what people notice
(ITU-R BT.1359: 45 ms early, 125 ms late)."""


class SoundLoop:
    """Reads, stretches, encodes and sends blocks of sound, `SOUND_AHEAD_S` before they are due.

    When a command changes the course of time, the blocks from there on are made and sent again; whoever
    holds them until they leave lets the new ones replace the old (`departures`). So a draw of any
    length up to that does not interrupt the sound, and a seek is heard at once all the same.
    """

    def __init__(self, desk: Desk, encoder: LiveOpus, send: Callable[[LivePacket], None]) -> None:
        self._desk = desk
        self._encoder = encoder
        self._send = send
        self._grid = SoundGrid(SAMPLE_RATE_HZ, BLOCK_SAMPLES)
        # Block 0 would have a negative time stamp, see LiveOpus.encode.
        self._last_index = 0
        self._stretch: tuple[int, int] | None = None
        self._view = desk.moment(0.0).view
        self._revision = -1
        self._silent = True
        self.steps = 0
        self.drift_ms = 0.0
        """How far the latest block lagged behind the timeline when it was made; negative: it led."""
        self._stretcher = TimeStretcher(lambda start, count: self._view.programme.sound_block(start, count))

    def step(self, clock: StreamClock) -> float:
        """Make what is not made yet; gives the stream time at which there is more to do."""
        self.steps += 1
        now_s = clock.now_s()
        self._desk.review(now_s)
        moment = self._desk.moment(now_s)
        if not moment.watched:
            self._silent = True
            return now_s + IDLE_S
        here = max(self._grid.index_at(now_s), 0)
        if self._silent:
            self._silent, self._last_index = False, here
        elif moment.revision != self._revision:
            self._last_index = min(self._last_index, here)
        self._revision = moment.revision
        while (slot := self._grid.next_block(now_s + SOUND_AHEAD_S, self._last_index)) is not None:
            self._last_index = slot.index
            self._make(slot.index)
        return self._grid.time_s(self._last_index + 1) - SOUND_AHEAD_S

    def _make(self, index: int) -> None:
        stream_s = self._grid.time_s(index)
        moment = self._desk.moment(stream_s)
        self._view = moment.view
        self._follow_timeline(moment, moment.timeline.stretch(stream_s))
        speed = moment.timeline.speed if moment.moving else 0.0
        block = self._stretcher.next_block(BLOCK_SAMPLES, speed)
        self._send(self._encoder.encode(block, index * BLOCK_SAMPLES))

    def _follow_timeline(self, moment: Moment, stretch: tuple[int, int]) -> None:
        expected = moment.media_s * SAMPLE_RATE_HZ
        drift = expected - self._stretcher.position_samples
        if stretch != self._stretch or abs(drift) > LONGEST_DRIFT_SAMPLES:
            self._stretcher.seek(round(expected))
            self._stretch = stretch
            drift = expected - self._stretcher.position_samples
        self.drift_ms = drift / SAMPLE_RATE_HZ * 1000
