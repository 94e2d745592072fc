"""Faces whose frames come with times, as trackers write them, put on a regular rate.

What was dropped stays out: gaps are filled by whoever knows all of a face (see `recorded`).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.errors import InputError

DROPPED_FROM = 2.5
"""Times the usual step: over a longer one frames were dropped, and nothing is made up here."""

RATES_HZ = (5.0, 250.0)
"""Of anything that films faces."""


def on_a_rate(
    times_s: NDArray[np.float64], weights: NDArray[np.float32], where: str | Path
) -> tuple[Fraction, NDArray[np.float32]]:
    """(N, columns) at times that never fall, from time 0 on at the whole rate nearest to the usual step.

    Equal times (of clocks coarser than the frames) are spread up to the next one. Between frames in straight
    lines; NaN where frames were dropped. Raises InputError for steps that no camera makes.
    """
    first = np.flatnonzero(np.diff(times_s, prepend=-np.inf) > 0)
    spread_s = np.interp(np.arange(len(times_s)), first, times_s[first])
    kept = np.flatnonzero(np.diff(spread_s, prepend=-np.inf) > 0)
    spread_s, weights = spread_s[kept], weights[kept]
    if len(spread_s) == 1:
        return Fraction(30), weights
    step_s = float(np.median(np.diff(spread_s)))
    low_hz, high_hz = RATES_HZ
    if not low_hz <= 1 / step_s <= high_hz:
        raise InputError(
            expected=f"{low_hz:g} to {high_hz:g} frames a second", came=f"one every {step_s:g} s", where=where
        )
    rate_hz = Fraction(round(1 / step_s))
    count = int(spread_s[-1] * float(rate_hz) + 1e-6) + 1
    if count > MAX_FRAME_COUNT:
        raise InputError(
            expected=f"at most {MAX_FRAME_COUNT} frames", came=f"{spread_s[-1]:.0f} s", where=where
        )
    at_s = np.arange(count) / float(rate_hz)
    after = np.searchsorted(spread_s, at_s).clip(1, len(spread_s) - 1)
    gap_s = spread_s[after] - spread_s[after - 1]
    share = ((at_s - spread_s[after - 1]) / gap_s).clip(0, 1).astype(np.float32)[:, None]
    found = weights[after - 1] + share * (weights[after] - weights[after - 1])
    near_s = np.minimum(np.abs(at_s - spread_s[after - 1]), np.abs(at_s - spread_s[after]))
    found[(near_s > step_s) & ((gap_s > DROPPED_FROM * step_s) | (at_s < spread_s[0]))] = np.nan
    return rate_hz, found
