"""When somebody speaks: as the recording says or, where it says nothing, as it sounds.

The sound is judged step by step from what came before, never from what comes after: of a sound that is
still arriving, what has been said of its beginning stays true.
"""

from __future__ import annotations

import numpy as np

from avatar_server.audio.loudness import Loudness

STEP_S = 0.1
"""Of the steps in which `Loudness` measures."""

FAINTEST_DB = -60.0
"""What is quieter is a room."""

BELOW_LOUDEST_DB = 20.0
"""Speech is at most so much fainter than the loudest of it lately: the rest is breath, or the partner."""

ABOVE_NOISE_DB = 10.0
"""And at least so far above the quietest there was lately."""

_FORGETTING_DB_A_STEP = 0.05
"""The loudest and the quietest are forgotten by half a decibel a second: a cough does not count for long."""

Span = tuple[float, float]


def voice_activity(loudness: Loudness) -> tuple[Span, ...]:
    """(start, end) in seconds of this person's speech: `spoken` if that is known, else what is heard."""
    return loudness.spoken or _heard(loudness)


def known_until_s(loudness: Loudness, duration_s: float) -> float:
    """Up to when `voice_activity` will not change when more of a sound of this duration has been measured."""
    measured_s = len(loudness.step_power) * STEP_S
    if loudness.spoken or measured_s >= duration_s - 1e-6:
        return float("inf")
    return max(measured_s - STEP_S, 0.0)  # The last step is measured again once it is whole.


def _heard(loudness: Loudness) -> tuple[Span, ...]:
    level_db = 10 * np.log10(loudness.step_power + 1e-12)
    spans: list[Span] = []
    loudest_db, quietest_db = -np.inf, np.inf
    for index, now_db in enumerate(level_db):
        loudest_db = max(now_db, loudest_db - _FORGETTING_DB_A_STEP)
        quietest_db = min(now_db, quietest_db + _FORGETTING_DB_A_STEP)
        if now_db < max(FAINTEST_DB, loudest_db - BELOW_LOUDEST_DB, quietest_db + ABOVE_NOISE_DB):
            continue
        start_s, end_s = index * STEP_S, (index + 1) * STEP_S
        if spans and spans[-1][1] > start_s - STEP_S / 2:
            spans[-1] = (spans[-1][0], end_s)
        else:
            spans.append((start_s, end_s))
    return tuple(spans)
