"""Where joints are, as weighted means of a few vertices each: without the zeros of all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.pose import JOINT_COUNT


@dataclass(frozen=True, eq=False, slots=True)
class JointRegressor:
    """(52, V) float64, kept without its zeros; of the mannequin's 970,000 numbers 13,700 are none.

    index: (N,) where `values` stand among all 52 * V numbers, row-major, ascending.
    """

    vertex_count: int
    index: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, dense: NDArray[np.float64]) -> JointRegressor:
        """Keep what is not zero of (52, V)."""
        flat = dense.reshape(-1)
        index = np.flatnonzero(flat)
        return cls(dense.shape[1], index, flat[index])

    def dense(self) -> NDArray[np.float64]:
        """(52, V), with all zeros."""
        dense = np.zeros(JOINT_COUNT * self.vertex_count)
        dense[self.index] = self.values
        return dense.reshape(JOINT_COUNT, self.vertex_count)

    def joints(self, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        """(52, 3) of (V, 3)."""
        # As a whole, so that sums are rounded as they are with the array of a file.
        return np.asarray(self.dense() @ vertices)
