"""Brows that go up with what is stressed: with a syllable both louder and higher than those before it.

Speakers raise them by far not at every accent, and a little before the syllable's top (Flecha-Garcia 2010).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from avatar_server.face.voice_features import Features

Array = NDArray[np.float64]

PAST, FUTURE = 330, 75
"""Frames before and after those wanted that have a say."""

_BEFORE = 200
_ABOUT = 35
"""A stressed syllable stands out against the last two seconds, and is the first one of its neighbourhood."""

_LEAST = 0.5
_OCTAVE_ERROR = 10.0
"""Semitones that no accent goes up: the pitch was taken for its double, as in a voice that creaks."""

_RISES, _FALLS = 16, 48
"""Frames from rest to the top and back."""


def accents_of(heard: Features, level_dbfs: float, may_speak: NDArray[np.bool_], wanted: slice) -> Array:
    """0..1 for the frames `wanted` of those heard, of which PAST and FUTURE must be there."""
    strength = _prominence(heard, level_dbfs, may_speak)
    padded = np.pad(strength, _ABOUT, constant_values=0.0)
    highest = sliding_window_view(padded, 2 * _ABOUT + 1).max(axis=1)
    tops: list[int] = np.flatnonzero((strength == highest) & (strength > _LEAST)).tolist()
    raised = np.zeros(len(strength))
    for top in tops:
        # Not every accent, and none of those that only some pieces of the sound see the neighbours of.
        height = strength[top] * _liveliness(heard.first + top)
        first, last = max(top - _RISES, 0), min(top + _FALLS, len(raised))
        raised[first:last] = np.maximum(
            raised[first:last], height * _BUMP[first - top + _RISES : last - top + _RISES]
        )
    return np.asarray(raised[wanted])


def _prominence(heard: Features, level_dbfs: float, may_speak: NDArray[np.bool_]) -> Array:
    """(N,) how much each frame stands out, 0..1."""
    loud_db = np.maximum(heard.middle_db, heard.low_db) - level_dbfs
    is_voiced = np.isfinite(heard.pitch_hz) & (loud_db > -18.0) & may_speak
    octaves = np.where(is_voiced, np.log2(np.where(is_voiced, heard.pitch_hz, 100.0)), 0.0)
    loud_db = np.where(is_voiced, loud_db, 0.0)
    count = _sums(is_voiced.astype(float), _BEFORE)
    usual_octave = _sums(octaves, _BEFORE) / np.maximum(count, 1.0)
    usual_db = _sums(loud_db, _BEFORE) / np.maximum(count, 1.0)
    near = _centred(is_voiced.astype(float))
    higher = 12.0 * (_centred(octaves) / np.maximum(near, 1e-9) - usual_octave)
    higher = np.where(higher < _OCTAVE_ERROR, higher, 0.0)
    louder = _centred(loud_db) / np.maximum(near, 1e-9) - usual_db
    strength = 0.6 * (higher / 5.0).clip(0.0, 1.0) + 0.4 * ((louder + 1.0) / 6.0).clip(0.0, 1.0)
    return np.where(is_voiced & (near > 0.5) & (count > 12), strength, 0.0)


def _sums(values: Array, width: int) -> Array:
    """(N,) sum of the last `width` values up to each."""
    running = np.concatenate([np.zeros(width), np.cumsum(values)])
    return np.asarray(running[width:] - running[:-width])


def _centred(values: Array) -> Array:
    """(N,) mean over 110 ms around each."""
    return np.convolve(values, np.full(11, 1 / 11), mode="same")


def _liveliness(frame: int) -> float:
    """How much of an accent is shown, 0..1: the same for the same instant, as if by chance."""
    share = (frame * 2654435761 % (1 << 32)) / (1 << 32)
    return 0.0 if share < 0.25 else 0.45 + 0.55 * (share - 0.25) / 0.75


def _bump() -> Array:
    rise = np.arange(_RISES) / _RISES
    fall = np.arange(_FALLS) / _FALLS
    return np.concatenate([rise**2 * (3 - 2 * rise), 1 - fall**2 * (3 - 2 * fall)])


_BUMP = _bump()
