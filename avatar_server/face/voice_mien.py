"""What a face does beside talking and looking: small smiles, a flash of the brows, never quite nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.voice_talk import Span

Array = NDArray[np.float64]

KNOT_S = 1.25
"""Between two knots of the idle movement, which is a quarter of a breath or so."""

IDLE = {
    "browInnerUp": (0.03, 0.035),
    "browOuterUpLeft": (0.02, 0.03),
    "browOuterUpRight": (0.015, 0.03),
    "browDownLeft": (0.0, 0.04),
    "browDownRight": (0.0, 0.035),
    "eyeSquintLeft": (0.05, 0.05),
    "eyeSquintRight": (0.06, 0.05),
    "mouthLeft": (0.0, 0.03),
    "mouthRight": (0.0, 0.03),
    "mouthSmileLeft": (0.07, 0.05),
    "mouthSmileRight": (0.055, 0.05),
    "mouthShrugLower": (0.02, 0.03),
    "mouthDimpleLeft": (0.02, 0.02),
    "cheekSquintLeft": (0.02, 0.02),
    "cheekSquintRight": (0.02, 0.02),
}
"""Mean and deviation of the weights that are never quite still; no two halves of a face are the same."""

_SHORT_S = 0.9
"""An utterance no longer than that is an answer of who listens, and comes with brows and a smile."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Rises, stays and goes. brows: whether they go up as well."""

    start_s: float
    rises_s: float
    stays_s: float
    falls_s: float
    smile: float
    brows: float

    def at(self, times_s: Array) -> Array:
        """(N,) 0..1."""
        up = ((times_s - self.start_s) / self.rises_s).clip(0.0, 1.0)
        down = ((times_s - self.start_s - self.rises_s - self.stays_s) / self.falls_s).clip(0.0, 1.0)
        return np.asarray(up * up * (3 - 2 * up) * (1 - down * down * (3 - 2 * down)))


def plan_expressions(
    start_s: float,
    end_s: float,
    utterances: Sequence[Span],
    turns: Sequence[Span],
    partner_turns: Sequence[Span],
    random: np.random.Generator,
) -> tuple[Expression, ...]:
    """Of a stretch of time: those that begin in it."""
    found: list[Expression] = []

    def add(at_s: float, chance: float, smile: tuple[float, float], brows: float, stays_s: float) -> None:
        happens, size, stays = random.random() < chance, random.uniform(*smile), random.uniform(0.7, 1.4)
        if happens and start_s <= at_s < end_s:
            found.append(Expression(at_s, 0.32, stays * stays_s, 0.9, float(size), brows))

    for first_s, last_s in utterances:
        if last_s - first_s < _SHORT_S:
            add(first_s - 0.12, 0.6, (0.12, 0.30), 0.35, 0.4)
    for first_s, last_s in turns:
        if last_s - first_s >= _SHORT_S:
            add(first_s - 0.25, 0.2, (0.08, 0.2), 0.25, 0.3)
            add(last_s - 0.1, 0.3, (0.15, 0.38), 0.15, 1.1)
    for _, last_s in partner_turns:
        add(last_s + 0.25, 0.25, (0.12, 0.3), 0.2, 0.9)
    return tuple(found)


def idle_knots(random: np.random.Generator, count: int) -> Array:
    """(channels of IDLE, count) of the idle movement, one every KNOT_S."""
    usual = np.array(list(IDLE.values()))
    return np.asarray(usual[:, :1] + usual[:, 1:] * random.standard_normal((len(IDLE), count)))
