"""The level of a voice that is not known yet: a guess at first, what is measured soon after, never a jump."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness, gain_to_level
from avatar_server.audio.mixing import SoundSource
from avatar_server.settings import SAMPLE_RATE_HZ

VENDOR_SPEECH_DBFS = {0: -42.0, 1: -19.0, 2: -37.0, 3: -20.0}
"""Medians of people's own speech by vendor, measured over the whole Seamless Interaction data set."""

USUAL_SPEECH_DBFS = -30.0
"""Between them, for a vendor that nobody measured."""

ENOUGH_SPEECH_S = 3.0
"""So much own speech tells a level better than the vendor's median does."""

GLIDE_DB_A_S = 3.0
"""Slow enough that nobody hears it as a movement."""

_JUMP_SAMPLES = SAMPLE_RATE_HZ
"""Who reads further away than that has sought: there is no sound before it to be continuous with."""


def measured_gain(loudness: Loudness, vendor: int, *, whole: bool) -> float:
    """The factor to aim at: from the vendor's median while little of the person's speech was measured."""
    if whole:
        return gain_to_level(loudness.speech_dbfs())
    measured_s = len(loudness.step_power) / 10
    spoken_s = sum(max(0.0, min(end_s, measured_s) - start_s) for start_s, end_s in loudness.spoken)
    level = loudness.speech_dbfs() if spoken_s >= ENOUGH_SPEECH_S else None
    return gain_to_level(VENDOR_SPEECH_DBFS.get(vendor, USUAL_SPEECH_DBFS) if level is None else level)


class GlidingGain:
    """A sound source with a gain that moves to its aim by `GLIDE_DB_A_S`, and at once when somebody seeks.

    What was played once sounds the same when it is read again at once, as the maker of blocks does.
    """

    def __init__(self, source: SoundSource, gain: float) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._aim_db = _db(gain)
        self._from_sample, self._from_db = 0, self._aim_db
        self._end = 0

    def aim(self, gain: float) -> None:
        """Move to this factor from where reading is now."""
        with self._lock:
            self._from_db = float(self._db_at(np.array([self._end]))[0])
            self._from_sample, self._aim_db = self._end, _db(gain)

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count,) float32 from `start_sample` on, at the level meant."""
        with self._lock:
            if abs(start_sample - self._end) > _JUMP_SAMPLES:
                self._from_db = self._aim_db
            self._end = start_sample + count
            level_db = self._db_at(np.arange(start_sample, start_sample + count))
        return (self._source.block_at(start_sample, count) * 10 ** (level_db / 20)).astype(np.float32)

    def _db_at(self, samples: NDArray[np.int_]) -> NDArray[np.float64]:
        way_db = self._aim_db - self._from_db
        passed_db = np.maximum(samples - self._from_sample, 0) * (GLIDE_DB_A_S / SAMPLE_RATE_HZ)
        return np.asarray(self._from_db + np.sign(way_db) * np.minimum(passed_db, abs(way_db)))


def _db(gain: float) -> float:
    return float(20 * np.log10(max(gain, 1e-6)))
