"""Normals of a body's surface, also where it is made of pieces that should look like one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


def vertex_normals(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """(V, 3) unit normals, each the mean of its faces' normals weighted by area."""
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack(
        [sum(np.bincount(faces[:, i], flat[:, axis], len(vertices)) for i in range(3)) for axis in range(3)],
        axis=1,
    )
    return _unit(np.asarray(normals))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))


@dataclass(frozen=True, eq=False, slots=True)
class SmoothSurface:
    """What normals of V vertices are reckoned from.

    faces: (F, 3), also those that nobody draws, each vertex replaced by its twin. twins: (V,) the first of
    all vertices at the same place. seams: (S,) vertices that lie on other skin; corners: (S, 3) its vertices
    round each; shares: (S, 3) of each; amounts: (S,) how much of that skin's normal they take. fixed: (N,)
    vertices whose normals are told: directions, (N, 3).
    """

    faces: NDArray[np.int32]
    twins: NDArray[np.int64]
    seams: NDArray[np.int64]
    corners: NDArray[np.int64]
    shares: NDArray[np.float64]
    amounts: NDArray[np.float64]
    fixed: NDArray[np.int64]
    directions: NDArray[np.float64]

    def normals(self, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        """(V, 3) unit normals of these vertices at (V, 3) places."""
        normals = vertex_normals(vertices, self.faces)[self.twins]
        beneath = np.einsum("sc,sca->sa", self.shares, normals[self.corners])
        share = self.amounts[:, None]
        normals[self.seams] = _unit((1.0 - share) * normals[self.seams] + share * beneath)
        normals[self.fixed] = self.directions
        return normals

    def of_those(self, wanted: NDArray[np.bool_]) -> SmoothSurface:
        """The same with only the faces that touch `wanted` (V,) vertices: right for those."""
        return replace(self, faces=self.faces[wanted[self.faces].any(axis=1)])
