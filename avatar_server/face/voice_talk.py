"""When a person speaks and how loudly, as far as that is known; turns as gaze and blinks need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.gliding_gain import USUAL_SPEECH_DBFS
from avatar_server.audio.loudness import Loudness
from avatar_server.audio.voice_activity import STEP_S, known_until_s, voice_activity
from avatar_server.face.voice_hearing import Voice

Array = NDArray[np.float64]
Span = tuple[float, float]

BREATH_S = 0.3
"""A shorter gap is a stop or a breath within one utterance (Heldner and Edlund 2010)."""

TURN_GAP_S = 1.0
"""Over so long a pause a speaker keeps his turn."""

_JUDGED_AGAIN_S, _JUDGED_AGAIN_SHARE = 2.0, 0.02
"""All that is measured is judged again when it is so much longer: seldom enough that an hour is no burden."""


@dataclass(frozen=True, eq=False, slots=True)
class Talk:
    """What is known of one person's speaking; a value that never changes.

    level_dbfs: of the speech. utterances: apart by breaths at least. turns: by longer pauses.
    known_until_s: of what comes later nothing is said.
    """

    level_dbfs: float
    utterances: tuple[Span, ...]
    turns: tuple[Span, ...]
    known_until_s: float

    def may_speak(self, times_s: Array, reach_s: float) -> NDArray[np.bool_]:
        """Whether each time is within `reach_s` of an utterance, or nothing is known of it."""
        if not self.utterances:
            return times_s > self.known_until_s
        starts_s, ends_s = np.array(self.utterances).T
        before = np.searchsorted(starts_s - reach_s, times_s, side="right") - 1
        inside = (before >= 0) & (times_s < ends_s[before.clip(0)] + reach_s)
        return np.asarray(inside | (times_s > self.known_until_s))

    def near(self, start_s: float, end_s: float) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The utterances and the turns that touch the stretch."""
        return _touching(self.utterances, start_s, end_s), _touching(self.turns, start_s, end_s)


NOBODY = Talk(USUAL_SPEECH_DBFS, (), (), float("inf"))
"""Somebody who is not there."""


class Talking:
    """One person's `Talk`, made again when more of his sound has been measured."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._heard = voice.loudness
        self._talk = _talk(self._heard, voice.duration_s)

    def now(self) -> Talk:
        """What is known now; the same object as long as it is the same."""
        heard = self._voice.loudness
        if heard is not self._heard and self._is_news(heard):
            self._talk, self._heard = _talk(heard, self._voice.duration_s), heard
        return self._talk

    def _is_news(self, heard: Loudness) -> bool:
        more_s = (len(heard.step_power) - len(self._heard.step_power)) * STEP_S
        measured_s = len(heard.step_power) * STEP_S
        enough_s = max(_JUDGED_AGAIN_S, _JUDGED_AGAIN_SHARE * measured_s)
        is_whole = measured_s >= self._voice.duration_s - 1e-6
        return heard.spoken != self._heard.spoken or abs(more_s) >= enough_s or is_whole


def _talk(heard: Loudness, duration_s: float) -> Talk:
    spans = sorted(voice_activity(heard))
    level_dbfs = heard.speech_dbfs()
    return Talk(
        USUAL_SPEECH_DBFS if level_dbfs is None else level_dbfs,
        _joined(spans, BREATH_S),
        _joined(spans, TURN_GAP_S),
        known_until_s(heard, duration_s),
    )


def _joined(spans: list[Span], gap_s: float) -> tuple[Span, ...]:
    found: list[Span] = []
    for start_s, end_s in spans:
        if found and start_s - found[-1][1] < gap_s:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((start_s, end_s))
    return tuple(found)


def _touching(spans: tuple[Span, ...], start_s: float, end_s: float) -> tuple[Span, ...]:
    return tuple(span for span in spans if span[1] > start_s and span[0] < end_s)
