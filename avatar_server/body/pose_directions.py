"""How poses change a rest surface, without the zeros: a mannequin's hand knows nothing of its knee.

Of the mannequin's 26 million numbers 171,190 are not zero. Written out they take 100 MB of room for two
people, in every process that draws; a few rows at a time are enough for whoever works with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.pose import JOINT_COUNT

FEATURE_COUNT = 9 * (JOINT_COUNT - 1)
"""Numbers of vec(R_1..R_51 - I), each R row-major."""

_ROW = 3 * FEATURE_COUNT


@dataclass(frozen=True, eq=False, slots=True)
class PoseDirections:
    """(V, 3, 459) float32: metres that each number of the pose moves each vertex by.

    starts: (V + 1,) int64, where each vertex's numbers begin among those that are kept. places: (N,) uint16,
    where they stand among its 3 * 459, row-major, ascending. values: (N,) float32.
    """

    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, dense: NDArray[np.float32]) -> PoseDirections:
        """Keep what is not zero of (V, 3, 459)."""
        flat = dense.reshape(-1)
        index = np.flatnonzero(flat)
        return cls.at(index, flat[index], len(dense))

    @classmethod
    def at(cls, index: NDArray[np.int64], values: NDArray[np.float32], vertex_count: int) -> PoseDirections:
        """From the places of `values` in all V * 3 * 459 numbers, ascending; ValueError for other ones."""
        if len(index) != len(values) or (len(index) and not 0 <= index[0] <= index[-1] < vertex_count * _ROW):
            raise ValueError(f"{len(index)} places and {len(values)} numbers of {vertex_count} vertices")
        starts = np.searchsorted(index, np.arange(vertex_count + 1) * _ROW)
        return cls(starts, (index % _ROW).astype(np.uint16), values)

    @classmethod
    def none(cls, vertex_count: int) -> PoseDirections:
        """No pose changes anything."""
        return cls(np.zeros(vertex_count + 1, np.int64), np.zeros(0, np.uint16), np.zeros(0, np.float32))

    def followed_by(self, more: PoseDirections) -> PoseDirections:
        """Those of more vertices, which come after these."""
        return PoseDirections(
            np.concatenate([self.starts, self.starts[-1] + more.starts[1:]]),
            np.concatenate([self.places, more.places]),
            np.concatenate([self.values, more.values]),
        )

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.starts) - 1

    def any(self) -> bool:
        """Whether any pose changes anything."""
        return bool(self.values.any())

    def index(self) -> NDArray[np.int64]:
        """(N,) where the kept numbers stand among all V * 3 * 459."""
        return np.repeat(np.arange(self.vertex_count), np.diff(self.starts)) * _ROW + self.places

    def rows(self, vertices: NDArray[np.int64]) -> NDArray[np.float32]:
        """(K, 3, 459) of (K,) vertices, with all their zeros."""
        counts = (self.starts[1:] - self.starts[:-1])[vertices]
        dense = np.zeros((len(vertices), _ROW), dtype=np.float32)
        before = np.cumsum(counts) - counts
        kept = np.arange(int(counts.sum())) + np.repeat(self.starts[vertices] - before, counts)
        dense[np.repeat(np.arange(len(vertices)), counts), self.places[kept]] = self.values[kept]
        return dense.reshape(len(vertices), 3, FEATURE_COUNT)

    def dense(self) -> NDArray[np.float32]:
        """(V, 3, 459), with all zeros."""
        return self.rows(np.arange(self.vertex_count))
