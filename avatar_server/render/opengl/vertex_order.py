"""In which order vertices and faces are kept, so that a coarse mesh touches few of them.

Vertices of the coarsest mesh come first, then those that each finer one adds: what a mesh needs is the first
so many vertices, and the rest need neither be posed nor skinned. Within that, and among faces, what is near
on the surface is near in the buffers: a vertex is shaded anew for each run of faces that it appears in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee


@dataclass(frozen=True, eq=False, slots=True)
class VertexOrder:
    """order: (V,) the vertex at each place. For each mesh, counts: how many of the first places it needs;
    faces: (F, 3) places, group by group; starts: the first face of each group, and the number of faces.
    """

    order: NDArray[np.int64]
    counts: tuple[int, ...]
    faces: tuple[NDArray[np.int32], ...]
    starts: tuple[tuple[int, ...], ...]


def vertex_order(
    meshes: Sequence[NDArray[np.int32]], groups: NDArray[np.int64], group_count: int
) -> VertexOrder:
    """Order the (V,) vertices of `meshes`, (F, 3) faces each, the finest first.

    groups: (V,) a number below `group_count` for each vertex; a face belongs to that of its first corner.
    """
    vertex_count = len(groups)
    nearness = _nearness(meshes[0].astype(np.int64), vertex_count)
    coarsest = np.full(vertex_count, -1)
    for level, faces in enumerate(meshes):
        coarsest[faces] = level
    order = np.lexsort((nearness, -coarsest))
    place = np.empty(vertex_count, dtype=np.int32)
    place[order] = np.arange(vertex_count, dtype=np.int32)
    ordered, starts = [], []
    for faces in meshes:
        near, owner = nearness[faces], groups[faces[:, 0]]
        by_group = np.lexsort((near.max(axis=1), near.min(axis=1), owner))
        ordered.append(np.ascontiguousarray(place[faces[by_group]]))
        starts.append(tuple(np.searchsorted(owner[by_group], np.arange(group_count + 1)).tolist()))
    counts = tuple(int((coarsest >= level).sum()) for level in range(len(meshes)))
    return VertexOrder(order, counts, tuple(ordered), tuple(starts))


def _nearness(faces: NDArray[np.int64], vertex_count: int) -> NDArray[np.int64]:
    """(V,) a rank: neighbours on the surface have ranks that differ little (Cuthill and McKee 1969)."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    once = sparse.coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (vertex_count, vertex_count))
    both = sparse.csr_matrix(once + once.T)
    rank = np.empty(vertex_count, dtype=np.int64)
    rank[reverse_cuthill_mckee(both, symmetric_mode=True)] = np.arange(vertex_count)
    return rank
