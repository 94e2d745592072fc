"""A face of which nothing is known: at rest, but alive. It blinks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import ARKIT_INDEX, LID_NAMES, WEIGHT_COUNT
from avatar_server.face.clip import AHEAD, Origin, PartnerDegrees

BLINK_EVERY_S = 3.5
"""Mean: 17 blinks a minute at rest (Bentivoglio et al. 1997)."""

CLOSING_S, SHUT_S, OPENING_S = 0.08, 0.03, 0.16
"""Of a spontaneous blink; closing is about twice as fast as opening (Trutoiu et al. 2011)."""

_LENGTH_S = CLOSING_S + SHUT_S + OPENING_S
_LIDS = [ARKIT_INDEX[name] for name in LID_NAMES]


@dataclass(frozen=True, slots=True)
class RestingFace:
    """A face at rest that blinks, for as long as anybody looks; other seeds blink at other times."""

    seed: int

    @property
    def origin(self) -> Origin:
        """Nobody recorded it."""
        return "synthesised"

    @property
    def notices(self) -> tuple[str, ...]:
        """None."""
        return ()

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32]:
        """(52,): zero but for the lids."""
        weights = np.zeros(WEIGHT_COUNT, np.float32)
        weights[_LIDS] = self.closed_at(time_s)
        return weights

    def closed_at(self, time_s: float) -> float:
        """How far the lids are closed, 0..1."""
        # One blink in each stretch of time, somewhere in it: irregular, and known without those before.
        stretch = math.floor(time_s / BLINK_EVERY_S)
        return max(_closed(time_s - self._begins_s(stretch)), _closed(time_s - self._begins_s(stretch - 1)))

    def _begins_s(self, stretch: int) -> float:
        share = np.random.default_rng([self.seed, stretch & 0xFFFFFFFF]).uniform(0.05, 0.95)
        return (stretch + float(share)) * BLINK_EVERY_S


def _closed(since_s: float) -> float:
    if not 0.0 < since_s < _LENGTH_S:
        return 0.0
    way = min(since_s / CLOSING_S, (_LENGTH_S - since_s) / OPENING_S, 1.0)
    return way * way * (3 - 2 * way)
