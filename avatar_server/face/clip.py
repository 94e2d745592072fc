"""The face of one person, asked by time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import WEIGHT_COUNT

Origin = Literal["data", "synthesised"]
"""Whether a face was recorded, or made up from the voice and from who listens."""

PartnerDegrees = tuple[float, float]
"""Where the partner's face is, seen from the head: degrees to the head's own left, and up."""

AHEAD: PartnerDegrees = (0.0, 0.0)


class Face(Protocol):
    """One person's face over time; `FaceClip` is one."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about it."""

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32]:
        """(52,) in the order of `ARKIT_NAMES`, 0..1, at any time.

        Before the beginning it is the first face, after the end the last. Eyes that were not recorded look
        at the partner or away from him; recorded ones look where they looked.
        """


@dataclass(frozen=True, eq=False, slots=True)
class FaceClip:
    """N frames on an exact rate; frame i is at i / rate_hz s.

    weights: (N, 52) float32 in the order of `ARKIT_NAMES`, 0..1. notices: sentences for people.
    """

    rate_hz: Fraction
    weights: NDArray[np.float32]
    origin: Origin
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.weights.shape[1] != WEIGHT_COUNT or not len(self.weights):
            raise ValueError(f"weights: expected (N >= 1, {WEIGHT_COUNT}), got {self.weights.shape}")

    @property
    def duration_s(self) -> float:
        """N / rate: the last frame lasts as long as every other."""
        return float(len(self.weights) / self.rate_hz)

    def weights_at(self, time_s: float, partner: PartnerDegrees = AHEAD) -> NDArray[np.float32]:
        """(52,): between frames in a straight line."""
        last = len(self.weights) - 1
        place = min(max(time_s * float(self.rate_hz), 0.0), float(last))
        frame = int(place)
        share = np.float32(place - frame)
        following = self.weights[min(frame + 1, last)]
        between: NDArray[np.float32] = self.weights[frame] + share * (following - self.weights[frame])
        return between
