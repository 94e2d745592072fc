"""What a face adds to vertices and normals, in the order in which a body's buffers keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatar_server.body.face_rig import FaceRig, movements_of

_LEAST = np.array([1e-5] * 3 + [4e-3] * 3)
"""Metres, and parts of a unit normal, that nobody sees."""


@dataclass(frozen=True, eq=False, slots=True)
class MovedFace:
    """places: (N,) of the moved vertices, ascending. offsets: (N, 3) metres. turns: (N, 3), of normals."""

    places: NDArray[np.int64]
    offsets: NDArray[np.float32]
    turns: NDArray[np.float32]


class FaceOffsets:
    """The movements of one face; most vertices take part in few of them."""

    def __init__(self, rig: FaceRig, order: NDArray[np.int64]) -> None:
        """order: (V,) which vertex of the body comes at each place."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        by_place = np.argsort(place[rig.vertices])
        self._places = place[rig.vertices][by_place]
        both = np.concatenate([rig.offsets, rig.turns], axis=2)[:, by_place]
        seen = np.where(np.abs(both) > _LEAST, both, 0.0).astype(np.float32)
        self._factors = sparse.csr_array(seen.reshape(len(both), -1).T)
        self._parts: dict[int, sparse.csr_array] = {}

    def moved(self, weights: NDArray[np.float32], vertex_count: int) -> MovedFace:
        """What (52,) weights do to those of the first `vertex_count` vertices that they move."""
        count = int(np.searchsorted(self._places, vertex_count))
        if count not in self._parts:
            self._parts[count] = self._factors[: 6 * count]
        both = (self._parts[count] @ movements_of(weights)).reshape(count, 6)
        return MovedFace(self._places[:count], both[:, :3], both[:, 3:])
