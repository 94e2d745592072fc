"""Pose correctives for many poses at once, quick enough for every picture and still exact.

The product posedirs @ vec(R - I) is the dearest part of SMPL-H on a CPU. It is cut into chunks of rows; in
each chunk the columns that are exactly zero are dropped, which changes nothing in the sum: a mannequin's
hand knows nothing of its knee. A licensed body has no zeros and is simply multiplied in chunks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import BodyModel
from avatar_server.body.skinning import pose_features

_VERTICES_A_CHUNK = 128
"""Small enough to find zeros, large enough for a matrix product to be worth its call."""

_ROWS_A_CHUNK = 3 * _VERTICES_A_CHUNK


@dataclass(frozen=True, eq=False, slots=True)
class _Chunk:
    """Rows [start, stop) of the flattened (V*3, 459) posedirs that depend on `columns` only."""

    start: int
    stop: int
    columns: NDArray[np.int64]
    factors: NDArray[np.float32]


class PoseCorrectives:
    """The pose-corrective blend shapes of one body, prepared once and used for every picture."""

    def __init__(self, model: BodyModel, order: NDArray[np.int64] | None = None) -> None:
        """order: (V,) which vertex comes at each place of the results; None leaves them as they are."""
        self._vertex_count = model.vertex_count
        self._chunks: list[_Chunk] = []
        for first in range(0, self._vertex_count, _VERTICES_A_CHUNK):
            vertices = np.arange(first, min(first + _VERTICES_A_CHUNK, self._vertex_count))
            part = model.posedirs.rows(vertices if order is None else order[vertices])
            block = part.reshape(3 * len(part), -1)
            columns = np.flatnonzero(block.any(axis=0))
            if len(columns):
                factors = np.ascontiguousarray(block[:, columns].T)
                self._chunks.append(_Chunk(3 * first, 3 * first + len(block), columns, factors))

    def offsets(self, rotations: NDArray[np.float64], vertex_count: int | None = None) -> NDArray[np.float32]:
        """What to add to the rest vertices of K poses before skinning.

        rotations: (K, 52, 3, 3), relative to the parents. vertex_count: how many of the first vertices are
        wanted, None for all. Returns (K, vertex_count, 3) float32, metres, C-contiguous.
        """
        rows = 3 * (self._vertex_count if vertex_count is None else vertex_count)
        # Whole chunks: how a sum is rounded must not depend on how many vertices are wanted.
        whole = min(-(-rows // _ROWS_A_CHUNK) * _ROWS_A_CHUNK, 3 * self._vertex_count)
        features = pose_features(rotations).astype(np.float32)
        result = np.zeros((len(features), whole), dtype=np.float32)
        for chunk in self._chunks:
            if chunk.start >= rows:
                break
            out = result[:, chunk.start : chunk.stop]
            np.matmul(features[:, chunk.columns], chunk.factors, out=out)
        return np.ascontiguousarray(result[:, :rows]).reshape(len(features), -1, 3)
