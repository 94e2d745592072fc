"""A face as its file has it: what every source hands on, before gaps are filled."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import WEIGHT_COUNT
from avatar_server.motion.gaps import runs

FROZEN_S = 2.0
"""No face keeps every number for so long: a tracker that has lost it repeats what it saw last."""


@dataclass(frozen=True, eq=False, slots=True)
class FaceTrack:
    """N frames on an exact rate; frame i is at i / rate_hz s.

    weights: (N, 52) float32 in the order of `ARKIT_NAMES`; NaN in all of a frame that was not measured, and
    in all of a column that the source does not have. source: what it is, in a few words. order, order_why:
    see `FaceRepairs`. is_gaze_calibrated: its size and signs are known. notices: sentences for people.
    """

    rate_hz: Fraction
    weights: NDArray[np.float32]
    source: str
    order: str = ""
    order_why: str = ""
    is_gaze_calibrated: bool = True
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.weights.shape[1] != WEIGHT_COUNT:
            raise ValueError(f"weights: expected (N, {WEIGHT_COUNT}), got {self.weights.shape}")


def without_blanks(weights: NDArray[np.float32], rate_hz: Fraction) -> NDArray[np.float32]:
    """(N, columns) with NaN in frames of nothing but zeros, and in those that only repeat one for seconds.

    A face that is still from beginning to end stays: somebody made it so.
    """
    known = np.nan_to_num(weights, nan=0.0, posinf=0.0, neginf=0.0)
    blank = (known == 0).all(axis=1)
    repeated = np.zeros(len(weights), bool)
    repeated[1:] = (known[1:] == known[:-1]).all(axis=1) & ~blank[1:]
    if not repeated[1:].all():
        for start, stop in runs(repeated):
            if stop - start >= FROZEN_S * rate_hz:
                blank[start:stop] = True
    kept: NDArray[np.float32] = np.where(blank[:, None] | ~np.isfinite(weights), np.float32(np.nan), weights)
    return kept
