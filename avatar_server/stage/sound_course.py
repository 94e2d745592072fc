"""The voices as the timeline wants them: exact to the sample where it turns, and kept with the pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar_server.audio.time_stretch import Place, Sound, TimeStretcher
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.timing.timeline import Timeline

LONGEST_DRIFT_SAMPLES = 1920
"""Sound is put back to where the timeline stands when it is 40 ms off: half of what people notice
(ITU-R BT.1359: 45 ms early, 125 ms late)."""

_ROUNDING_SAMPLES = 1e-6
"""Of a position that is a whole number of samples, told in seconds."""


@dataclass(frozen=True, eq=False, slots=True)
class CoursePlace:
    """All that decides what comes next; for `SoundCourse.go_back`."""

    stretcher: Place
    timeline: Timeline | None
    turns: int
    silent: bool


class SoundCourse:
    """Gives blocks of voices along a timeline that is told anew for every block.

    Pictures follow the timeline's seconds. The sound counts samples, so where the timeline turns (at the end
    of a region, or of all that is looped) the last sample before is followed by the first one after, and the
    stretcher lets what would have come fade out over 5 ms. Both agree but for rounding; a larger drift, after
    a command that came in the middle of a block, is undone where nobody hears it.
    """

    def __init__(self, read: Callable[[int, int], Sound], voices: int) -> None:
        """`read(start_sample, count)` gives (count, voices) float32, zeros outside the sound."""
        self._stretcher = TimeStretcher(read, voices)
        self._timeline: Timeline | None = None
        self._turns = 0
        self._silent = True
        self.drift_ms = 0.0
        """How far the latest block lagged behind the timeline when it was made; negative: it led."""

    def place(self) -> CoursePlace:
        """Where it is now."""
        return CoursePlace(self._stretcher.place(), self._timeline, self._turns, self._silent)

    def go_back(self, place: CoursePlace) -> None:
        """Give again what was given since `place`, or what now comes instead."""
        self._stretcher.go_back(place.stretcher)
        self._timeline, self._turns, self._silent = place.timeline, place.turns, place.silent

    def break_off(self) -> None:
        """Something else is going to be read: what was playing fades out under it."""
        self._stretcher.seek(self._stretcher.position_samples)

    def next_block(
        self, count: int, timeline: Timeline, stream_s: float, media_s: float, *, moving: bool
    ) -> Sound:
        """(count, voices) from stream time `stream_s` on, at which the media time is `media_s`."""
        self._follow(timeline, stream_s, media_s)
        speed = timeline.speed if moving else 0.0
        self._silent = not moving
        pieces: list[Sound] = []
        while count > 0:
            length, turn = count, timeline.turn_from(self._position_s) if moving else None
            if turn is not None:
                ahead = turn.at_s * SAMPLE_RATE_HZ - self._stretcher.position_samples
                length = min(count, math.ceil(ahead / speed - _ROUNDING_SAMPLES))
            pieces.append(self._stretcher.next_block(length, speed))
            count -= length
            if turn is not None:
                beyond = self._stretcher.position_samples - turn.at_s * SAMPLE_RATE_HZ
                if beyond >= -_ROUNDING_SAMPLES:
                    self._stretcher.seek(turn.to_s * SAMPLE_RATE_HZ + beyond)
                    self._turns += 1
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    @property
    def _position_s(self) -> float:
        return self._stretcher.position_samples / SAMPLE_RATE_HZ

    def _follow(self, timeline: Timeline, stream_s: float, media_s: float) -> None:
        jumps, turns = timeline.stretch(stream_s)
        before, self._timeline = self._timeline, timeline
        drift_s = media_s - self._position_s
        # Within a rounding of the turn one of both has turned already.
        ahead = turns - self._turns
        turn = timeline.turn_from(self._position_s if ahead > 0 else media_s) if ahead else None
        if turn is not None:
            drift_s += ahead * (turn.at_s - turn.to_s)
        # Where time takes another course, or nothing sounds, nobody hears that the place is put right.
        heard = timeline == before and not self._silent
        most = LONGEST_DRIFT_SAMPLES if heard else 1.0
        jumped = before is None or jumps != before.jumps
        if jumped or abs(drift_s) * SAMPLE_RATE_HZ > most:
            self._stretcher.seek(round(media_s * SAMPLE_RATE_HZ))
            self._turns = turns
            drift_s = media_s - self._position_s
        self.drift_ms = drift_s * 1000
