"""When somebody blinks, and how: spontaneous, at human rates, rather in pauses and as the eyes jump.

People who talk blink some 15 to 26 times a minute at intervals that are many short and few long (Bentivoglio
et al. 1997); about as a phrase ends, and with large shifts of gaze (Evinger et al. 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MEDIAN_INTERVAL_S, SPREAD = 4.3, 0.5
"""Of the log-normal intervals between blinks that nothing invites."""

SHORTEST_S = 0.7

PAUSE_INVITES, SHIFT_INVITES = 0.35, 0.14
"""How likely a pause of one's own speech, and a jump of the eyes, has a blink of its own."""

SHIFT_DEGREES = 7.0

CLOSING_S, SHUT_S, OPENING_S = (0.060, 0.080), (0.010, 0.025), (0.095, 0.140)
"""From and to; the lid closes about twice as fast as it opens (Trutoiu et al. 2011)."""

_RIGHT_LAGS_S = 0.006


@dataclass(frozen=True, slots=True)
class Blink:
    """depth: how far the lid closes, 0..1. right: the right eye's share of it."""

    start_s: float
    closing_s: float
    shut_s: float
    opening_s: float
    depth: float
    right: float

    @property
    def end_s(self) -> float:
        """When the lids are open again."""
        return self.start_s + self.closing_s + self.shut_s + self.opening_s


def plan_blinks(
    start_s: float,
    end_s: float,
    pauses_s: Sequence[float],
    shifts_s: Sequence[float],
    random: np.random.Generator,
) -> tuple[Blink, ...]:
    """Of a stretch of time. pauses_s: when own utterances end; shifts_s: when the eyes jump."""
    invited = sorted(
        [float(at_s) + random.uniform(-0.05, 0.2) for at_s in pauses_s if random.random() < PAUSE_INVITES]
        + [float(at_s) - 0.02 for at_s in shifts_s if random.random() < SHIFT_INVITES]
    )
    blinks: list[Blink] = []
    last_s = start_s - float(random.uniform(0.0, 0.9)) * MEDIAN_INTERVAL_S
    while True:
        next_s = last_s + max(SHORTEST_S, float(random.lognormal(np.log(MEDIAN_INTERVAL_S), SPREAD)))
        sooner = [at_s for at_s in invited if max(start_s, last_s + SHORTEST_S) <= at_s < next_s]
        last_s = sooner[0] if sooner else max(next_s, start_s + 0.3)
        if last_s >= end_s - 0.3:
            return tuple(blinks)
        is_half = random.random() < 0.12
        blinks.append(
            Blink(
                last_s,
                float(random.uniform(*CLOSING_S)),
                float(random.uniform(*SHUT_S)),
                float(random.uniform(*OPENING_S)),
                float(random.uniform(0.6, 0.85) if is_half else 1.0),
                float(random.uniform(0.96, 1.0)),
            )
        )


def lids_at(blinks: Sequence[Blink], times_s: Array) -> tuple[Array, Array]:
    """(N,) how far the left and the right lid are closed, 0..1."""
    left, right = np.zeros(len(times_s)), np.zeros(len(times_s))
    for blink in blinks:
        if blink.end_s > times_s[0] - 0.1 and blink.start_s < times_s[-1]:
            left = np.maximum(left, _closed(blink, times_s))
            right = np.maximum(right, blink.right * _closed(blink, times_s - _RIGHT_LAGS_S))
    return left, right


def _closed(blink: Blink, times_s: Array) -> Array:
    since_s = times_s - blink.start_s
    opens_s = blink.closing_s + blink.shut_s
    down = (since_s / blink.closing_s).clip(0.0, 1.0)
    up = ((since_s - opens_s) / blink.opening_s).clip(0.0, 1.0)
    # The lid falls like a jump of the eye and rises ever more slowly.
    return np.asarray(blink.depth * down**2 * (3 - 2 * down) * (1 - up) ** 2 * (1 + 2 * up))
