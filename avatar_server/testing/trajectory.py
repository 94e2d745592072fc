"""Smooth movement over time: minimum-jerk moves between targets, humps, and slow wandering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

Array = NDArray[np.float64]


def minimum_jerk(x: Array) -> Array:
    """From 0 to 1 over x = 0..1 with zero speed and acceleration at both ends (Flash and Hogan 1985)."""
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x**2)


def hump(times_s: Array, peak_s: float, rise_s: float, fall_s: float) -> Array:
    """0, up to 1 at `peak_s`, back to 0: minimum jerk on both flanks."""
    return minimum_jerk((times_s - peak_s + rise_s) / rise_s) * (
        1 - minimum_jerk((times_s - peak_s) / fall_s)
    )


def wandering(times_s: Array, period_s: float, random: np.random.Generator, width: int = 1) -> Array:
    """Slow smooth noise of about unit size, (N, width); changes direction about every `period_s`.

    Depends on time only: sampled at another rate it is the same movement.
    """
    last_s = float(times_s[-1]) if len(times_s) else 0.0
    knots_s = np.arange(-2, int(last_s / period_s) + 4) * period_s
    return np.asarray(CubicSpline(knots_s, random.standard_normal((len(knots_s), width)))(times_s))


class Track:
    """A row of D values that rests at `first` and moves to a new target from time to time."""

    def __init__(self, first: Array) -> None:
        self._times_s: list[float] = [-1e6]
        self._values: list[Array] = [np.asarray(first, dtype=float)]

    @property
    def busy_until_s(self) -> float:
        """When the last move ends."""
        return self._times_s[-1]

    @property
    def target(self) -> Array:
        """Where the last move leads to."""
        return self._values[-1]

    def move(self, start_s: float, end_s: float, target: Array) -> None:
        """Move to `target` between the two times, dropping what earlier moves had still to do by then."""
        here = self.sample(np.array([start_s]), 0.0)[0]
        while self._times_s[-1] >= start_s:
            self._times_s.pop()
            self._values.pop()
        self._times_s += [start_s, max(end_s, start_s + 0.05)]
        self._values += [here, np.asarray(target, dtype=float)]

    def sample(self, times_s: Array, softness_s: float = 0.03) -> Array:
        """(N, D) at evenly spaced `times_s`; corners are rounded over about `softness_s`."""
        knots = np.array(self._times_s)
        values = np.stack(self._values)
        before = (np.searchsorted(knots, times_s, side="right") - 1).clip(0, len(knots) - 1)
        after = (before + 1).clip(0, len(knots) - 1)
        span = np.maximum(knots[after] - knots[before], 1e-9)
        share = np.where(after == before, 0.0, minimum_jerk((times_s - knots[before]) / span))
        moved = values[before] + (values[after] - values[before]) * share[:, None]
        return softened(moved, times_s, softness_s)


def softened(values: Array, times_s: Array, softness_s: float) -> Array:
    """A Gaussian of standard deviation `softness_s` along the first axis."""
    if len(times_s) < 2:
        return values
    return np.asarray(
        gaussian_filter1d(values, softness_s / (times_s[1] - times_s[0]), axis=0, mode="nearest")
    )
