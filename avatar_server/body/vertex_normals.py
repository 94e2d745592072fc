"""Normals of a mesh, vertex by vertex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def vertex_normals(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """(V, 3) unit normals: of the faces round each vertex, weighted by area; 0 without any."""
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.empty_like(vertices)
    flat = faces.reshape(-1)
    for axis in range(3):
        normals[:, axis] = np.bincount(flat, np.repeat(across[:, axis], 3), len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals /= np.maximum(length, np.float32(1e-12))
    return normals
