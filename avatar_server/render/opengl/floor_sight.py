"""Which cells of a picture show which cells of the lit floor. Pure geometry in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.cells import CELL_HEIGHT, CELL_WIDTH, Part
from avatar_server.render.opengl.framing import picture_rays
from avatar_server.render.opengl.shadow_geometry import FloorPatch
from avatar_server.scene.snapshot import Camera

_LEVEL = -1e-4
"""Rays steeper than this meet the floor (`picture.frag`)."""


class FloorSight:
    """One patch of the floor, seen by one camera.

    A pixel takes its light from four cells of the floor, whose middles are round what it shows: a cell counts
    for what is less than one and a half cells further, or half a cell nearer, than its corner is. The floor
    that a cell of the picture shows lies between what its four corners show.
    """

    def __init__(self, patch: FloorPatch, camera: Camera, size: PictureSize, shape: tuple[int, int]) -> None:
        """shape: rows and columns of the picture's cells."""
        rows, columns = shape
        corner, right, down = picture_rays(camera, size)
        across = np.arange(columns + 1)[None, :, None] * (CELL_WIDTH * right)
        rays = corner + across + np.arange(rows + 1)[:, None, None] * (CELL_HEIGHT * down)
        steep = rays[:, :, 1] < _LEVEL
        distance = camera.eye[1] / np.where(steep, rays[:, :, 1], -1.0)
        first, last, downward = [], [], _each(steep).all(axis=0)
        sides = ((0, patch.x_m, patch.columns), (2, patch.z_m, patch.rows))
        for axis, begins_m, count in sides:
            place = _each((camera.eye[axis] - rays[:, :, axis] * distance - begins_m) / patch.cell_m)
            lowest, highest = np.floor(place.min(axis=0) - 1.5), np.ceil(place.max(axis=0) + 0.5) + 1
            # What shows the horizon may show any of it.
            first.append(np.where(downward, np.clip(lowest, 0, count), 0).astype(np.intp))
            last.append(np.where(downward, np.clip(highest, 0, count), count).astype(np.intp))
        seen = _each(steep).any(axis=0) & (first[0] < last[0]) & (first[1] < last[1])
        self._nothing: Part = np.zeros(shape, dtype=bool)
        self._cells = np.nonzero(seen)
        self._left, self._right = first[0][seen], last[0][seen]
        self._top, self._bottom = first[1][seen], last[1][seen]

    def touched(self, changed: NDArray[np.bool_]) -> Part:
        """Cells of the picture that show any of the (rows, columns) cells of the floor that are marked."""
        sums = np.zeros((changed.shape[0] + 1, changed.shape[1] + 1), dtype=np.int32)
        np.cumsum(np.cumsum(changed, axis=0, dtype=np.int32), axis=1, out=sums[1:, 1:])
        found = (
            sums[self._bottom, self._right]
            - sums[self._top, self._right]
            - sums[self._bottom, self._left]
            + sums[self._top, self._left]
        )
        part = self._nothing.copy()
        part[self._cells] = found > 0
        return part


def _each(corners: NDArray[np.generic]) -> NDArray[np.generic]:
    """(4, rows, columns): what the corners of each cell have, of what is known at (rows + 1, columns + 1)."""
    return np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, :-1], corners[1:, 1:]])
