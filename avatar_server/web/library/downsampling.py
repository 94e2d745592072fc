"""Fewer points of a curve, so that what a person looks for is still there: its peaks, and its gaps.

The curve is cut into stretches of equal length, and each keeps its lowest and its highest frame, at their
own times, as oscilloscopes and audio editors do. Where frames are missing, the first missing one is kept as
well. Largest-triangle-three-buckets (Steinarsson 2013) draws smoother lines with as many points, but keeps
one point a stretch: of two opposite peaks it drops one, and blinks are peaks of a few frames.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FEWEST_POINTS = 4


def kept_frames(values: NDArray[np.floating], points: int) -> NDArray[np.intp]:
    """Which frames of `values` (N,) to show: at most `points` (>= `FEWEST_POINTS`) of them, in order.

    Values that are not finite are missing. The lowest and highest value of every stretch, and so of the
    whole, are among what is kept, and so is a missing frame of every stretch that has one.
    """
    count = len(values)
    if count <= points:
        return np.arange(count, dtype=np.intp)
    there = np.isfinite(values)
    stretches = max(1, points // (2 if there.all() else 3))
    width = math.ceil(count / stretches)
    rows = math.ceil(count / width)
    padding = rows * width - count
    low = np.pad(np.where(there, values, np.inf), (0, padding), constant_values=np.inf).reshape(rows, width)
    high = np.pad(np.where(there, values, -np.inf), (0, padding), constant_values=-np.inf)
    gaps = np.pad(~there, (0, padding)).reshape(rows, width)
    begin = np.arange(rows) * width
    some = np.isfinite(low).any(axis=1)
    kept = np.concatenate(
        [
            (begin + low.argmin(axis=1))[some],
            (begin + high.reshape(rows, width).argmax(axis=1))[some],
            (begin + gaps.argmax(axis=1))[gaps.any(axis=1)],
        ]
    )
    return np.unique(kept).astype(np.intp)
