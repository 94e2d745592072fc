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

_ROWS_A_CHUNK = 1536
"""512 vertices: small enough to find zeros, large enough for a matrix product to be worth its call."""


@dataclass(frozen=True, eq=False, slots=True)
class _Chunk:
    """Rows [start, stop) of the flattened (V*3, 459) posedirs that depend on `columns` only."""

    start: int
    stop: int
    columns: NDArray[np.int64]
    factors: NDArray[np.float32]


class PoseCorrectives:
    """The pose-corrective blend shapes of one body, prepared once and used for every picture."""

    def __init__(self, model: BodyModel) -> None:
        self._row_count = model.vertex_count * 3
        self._chunks: list[_Chunk] = []
        rows = model.posedirs.reshape(self._row_count, -1)
        for start in range(0, self._row_count, _ROWS_A_CHUNK):
            block = rows[start : start + _ROWS_A_CHUNK]
            columns = np.flatnonzero(block.any(axis=0))
            if len(columns):
                factors = np.ascontiguousarray(block[:, columns].T)
                self._chunks.append(_Chunk(start, start + len(block), columns, factors))

    def offsets(self, rotations: NDArray[np.float64]) -> NDArray[np.float32]:
        """What to add to the rest vertices of K poses before skinning.

        rotations: (K, 52, 3, 3), relative to the parents. Returns (K, V, 3) float32, metres, C-contiguous.
        """
        features = pose_features(rotations).astype(np.float32)
        result = np.zeros((len(features), self._row_count), dtype=np.float32)
        for chunk in self._chunks:
            np.matmul(features[:, chunk.columns], chunk.factors, out=result[:, chunk.start : chunk.stop])
        return result.reshape(len(features), -1, 3)
