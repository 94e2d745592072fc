"""What a face adds to vertices and normals, in the order in which a body's buffers keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatar_server.body.face_rig import FaceRig, movements_of

_LEAST_OFFSET_M, _LEAST_TURN = 1e-5, 4e-3
"""Metres, and parts of a unit normal, that nobody sees."""

_AXES = np.arange(3)


@dataclass(frozen=True, eq=False, slots=True)
class MovedFace:
    """numbers: (N * 3,) of what moves, three a vertex, in a flattened (V, 3) array. offsets: as many, metres.

    turns: as many, of normals. Flat, because numpy finds single numbers five times as quickly as rows.
    """

    numbers: NDArray[np.int64]
    offsets: NDArray[np.float32]
    turns: NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class _Factors:
    """numbers as in `MovedFace`; offsets and turns: sparse (N * 3, movements)."""

    numbers: NDArray[np.int64]
    offsets: sparse.csr_array
    turns: sparse.csr_array


class FaceOffsets:
    """The movements of one face; most vertices take part in few of them."""

    def __init__(self, rig: FaceRig, order: NDArray[np.int64]) -> None:
        """order: (V,) which vertex of the body comes at each place."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        by_place = np.argsort(place[rig.vertices])
        self._places = place[rig.vertices][by_place]
        self._all = _Factors(
            (3 * self._places[:, None] + _AXES).ravel(),
            _sparse(rig.offsets[:, by_place], _LEAST_OFFSET_M),
            _sparse(rig.turns[:, by_place], _LEAST_TURN),
        )
        self._parts: dict[int, _Factors] = {}

    def moved(self, weights: NDArray[np.float32], vertex_count: int) -> MovedFace:
        """What (52,) weights do to those of the first `vertex_count` vertices that they move."""
        count = int(np.searchsorted(self._places, vertex_count))
        part = self._parts.get(count)
        if part is None:
            rows, every = slice(3 * count), self._all
            part = _Factors(every.numbers[rows], every.offsets[rows], every.turns[rows])
            self._parts[count] = part
        movements = movements_of(weights)
        return MovedFace(part.numbers, part.offsets @ movements, part.turns @ movements)


def _sparse(factors: NDArray[np.float32], least: float) -> sparse.csr_array:
    """(M, N, 3) to (N * 3, M) without what is not above `least`."""
    seen = np.where(np.abs(factors) > least, factors, 0.0).astype(np.float32)
    return sparse.csr_array(seen.reshape(len(factors), -1).T)
