"""Pose correctives of several pictures at once: the dearest product of a pose reads its factors once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.scene.snapshot import Figure


class ForeseenPoses:
    """What the correctives of one body add in poses that were announced, and, one by one, in others."""

    def __init__(self, correctives: PoseCorrectives) -> None:
        self._correctives = correctives
        self._figures: Sequence[Figure] = ()
        self._offsets: NDArray[np.float32] = np.zeros((0, 0, 3), dtype=np.float32)
        self._count = 0

    def announce(self, figures: Sequence[Figure]) -> None:
        """These will be asked for, and no longer those that were announced before."""
        self._figures = figures
        self._reckon(self._count)

    def offsets(self, figure: Figure, vertex_count: int) -> NDArray[np.float32]:
        """(vertex_count, 3) float32, metres, the asker's own: what is added to the first rest vertices."""
        places = (i for i, one in enumerate(self._figures) if one.rotations is figure.rotations)
        place = next(places, None)
        if place is None:
            alone: NDArray[np.float32] = self._correctives.offsets(figure.rotations[None], vertex_count)[0]
            return alone
        if self._count < vertex_count:
            # All of them again: what one gets must not depend on when it was asked for.
            self._reckon(vertex_count)
        return self._offsets[place, :vertex_count].copy()

    def _reckon(self, vertex_count: int) -> None:
        self._count = vertex_count
        if self._figures and vertex_count:
            rotations = np.stack([figure.rotations for figure in self._figures])
            self._offsets = self._correctives.offsets(rotations, vertex_count)
