"""The loop that makes a stage's sound, ahead of its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.mixing import blend
from avatar_server.audio.time_stretch import Sound
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import LivePacket
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import IDLE_S, StreamClock
from avatar_server.stage.moment import Moment
from avatar_server.stage.programme import Programme
from avatar_server.stage.sound_course import CoursePlace, SoundCourse
from avatar_server.timing.synchroniser import SoundGrid

SOUND_AHEAD_S = 0.4
"""A slow draw on a busy machine takes 0.1-0.3 s and may keep the interpreter to itself all the while."""

NOT_LEFT_S = 0.04
"""What is made for so much later has not left yet and can still be replaced: sound leaves up to 11 ms before
its stream time (`timing.lead`), and comes 1 ms after it was made, or a few draws of a view on a quick one.
A loudness changes from there on, within one block and without a step."""

REMIX_EVERY_S = 0.1
"""Whoever drags a loudness asks for another one with every movement; each costs 20 blocks made again."""

_PRIMING = 4
"""Blocks that an encoder that goes back is given once more, because it tells a block by its difference from
those before. Without them the first block came out as wrong as it is loud; with four, what goes on unchanged
differed by less than coding changes it."""

Gains = NDArray[np.float32]
"""(people, 2): how loud each is left and right."""


@dataclass(frozen=True, eq=False, slots=True)
class _Made:
    """A block, and how things stood before it was made; gains: those with which the one before it ended."""

    index: int
    programme: Programme
    place: CoursePlace
    gains: Gains
    block: Sound


class SoundLoop:
    """Reads, stretches, mixes, encodes and sends blocks of sound, `SOUND_AHEAD_S` before they are due.

    When a command changes the course of time, or how loud somebody is, the blocks from there on are made and
    sent again; whoever holds them until they leave lets the new ones replace the old (`departures`). So a
    draw of any length up to that does not interrupt the sound, and a seek is heard at once all the same.
    """

    def __init__(self, desk: Desk, encoder: LiveOpus, send: Callable[[LivePacket], None]) -> None:
        self._desk = desk
        self._encoder = encoder
        self._send = send
        self._grid = SoundGrid(SAMPLE_RATE_HZ, BLOCK_SAMPLES)
        # Block 0 would have a negative time stamp, see LiveOpus.encode.
        self._last_index = 0
        moment = desk.moment(0.0)
        self._programme = moment.view.programme
        self._gains = moment.gains
        self._course = SoundCourse(self._read, len(self._gains))
        self._made: deque[_Made] = deque(maxlen=int(SOUND_AHEAD_S * 50) + 2 * _PRIMING)
        self._revision = -1
        self._mixed = moment.mixed
        self._remixed_s = 0.0
        self._silent = True
        self.steps = 0

    @property
    def drift_ms(self) -> float:
        """How far the latest block lagged behind the timeline when it was made; negative: it led."""
        return self._course.drift_ms

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
            self._silent, self._last_index, self._mixed = False, here, moment.mixed
            self._made.clear()
        elif moment.revision != self._revision:
            self._go_back(here)
        elif moment.mixed != self._mixed and now_s >= self._remixed_s + REMIX_EVERY_S:
            self._go_back(self._grid.index_at(now_s + NOT_LEFT_S))
            self._mixed, self._remixed_s = moment.mixed, now_s
        self._revision = moment.revision
        while (slot := self._grid.next_block(now_s + SOUND_AHEAD_S, self._last_index)) is not None:
            self._last_index = slot.index
            self._make(slot.index)
        return self._grid.time_s(self._last_index + 1) - SOUND_AHEAD_S

    def _go_back(self, index: int) -> None:
        """All that comes after block `index` is made again, and goes on from what that one ended with."""
        if index >= self._last_index:
            return
        self._last_index = index
        while self._made and self._made[-1].index > index:
            later = self._made.pop()
            self._course.go_back(later.place)
            self._gains, self._programme = later.gains, later.programme
        for made in list(self._made)[-_PRIMING:]:
            self._encoder.encode(made.block, made.index * BLOCK_SAMPLES)

    def _make(self, index: int) -> None:
        stream_s = self._grid.time_s(index)
        moment = self._desk.moment(stream_s)
        place, programme, before = self._course.place(), self._programme, self._gains
        self._follow_programme(moment)
        voices = self._course.next_block(
            BLOCK_SAMPLES, moment.timeline, stream_s, moment.media_s, moving=moment.moving
        )
        block, self._gains = blend(voices, before, moment.gains), moment.gains
        self._made.append(_Made(index, programme, place, before, block))
        self._send(self._encoder.encode(block, index * BLOCK_SAMPLES))

    def _follow_programme(self, moment: Moment) -> None:
        programme = moment.view.programme
        if programme.preset_name != self._programme.preset_name:
            # Other levels: what was playing fades out under what comes.
            self._course.break_off()
        self._programme = programme

    def _read(self, start_sample: int, count: int) -> Sound:
        return self._programme.voices_block(start_sample, count)
