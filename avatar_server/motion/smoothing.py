"""A light filter against the jitter of frame-by-frame fits that leaves gestures their size and their moment.

The kernel is a Gaussian of standard deviation sigma times (a + b t^2) with zero second moment: without phase
(symmetric), and flat in the pass band. Its response is (1 + x) exp(-x) with x = 2 (pi sigma f)^2: at sigma
= 40 ms a nod or a beat of 2 Hz keeps 99 % of its size and one of 4 Hz 91 %, while 10 Hz keeps 18 % and 15
Hz 1 %. At 30 Hz the accelerations of white jitter, which are what one sees, fall to 23 %. A plain Gaussian
that removes as much at 10 Hz takes 7 % off at 2 Hz and 24 % at 4 Hz.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_REACH = 3.5
"""The kernel ends after this many standard deviations."""


def smoothing_kernel(sigma_s: float, rate_hz: Fraction) -> Floats:
    """(2K + 1,) weights that sum to 1; a single 1 where the frames are too far apart to smooth (K = 0)."""
    sigma_frames = float(sigma_s * rate_hz)
    reach = int(_REACH * sigma_frames)
    if reach < 2:
        return np.ones(1)
    offsets = np.arange(-reach, reach + 1, dtype=np.float64)
    bell = np.exp(-0.5 * (offsets / sigma_frames) ** 2)
    moment0, moment2, moment4 = ((bell * offsets**power).sum() for power in (0, 2, 4))
    a, b = np.linalg.solve([[moment0, moment2], [moment2, moment4]], [1.0, 0.0])
    return np.asarray(bell * (a + b * offsets**2))


def smooth(values: Floats, kernel: Floats) -> Floats:
    """(N, C) convolved along the first axis; beyond the ends the first and last value go on."""
    reach = len(kernel) // 2
    if reach == 0:
        return values.copy()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
