"""Parts of the picture, told in cells: what is drawn again, and nothing twice.

A part is a (rows, columns) bool array, so joining parts and leaving one out are `|` and `& ~`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize

Part = NDArray[np.bool_]

CELL_WIDTH, CELL_HEIGHT = 4, 16
"""Whole cells of chroma, and of what rasterisers work on; high ones make few rectangles."""

_PER_PIXEL = np.array([[1 / CELL_WIDTH], [1 / CELL_HEIGHT]] * 2, dtype=np.float32)
_JUST_OUTSIDE = np.array([[0], [0], [1], [1]], dtype=np.float32)


class CellGrid:
    """The cells of pictures of one size; those at the right and at the bottom may stick out."""

    def __init__(self, size: PictureSize) -> None:
        self._size = size
        self._columns = -(-size.width // CELL_WIDTH)
        self._rows = -(-size.height // CELL_HEIGHT)
        self._most = np.array([[self._columns], [self._rows]] * 2, dtype=np.int32)
        self.most_rectangles = self._rows * -(-self._columns // 2)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._rows, self._columns

    def nothing(self) -> Part:
        """No cell."""
        return np.zeros((self._rows, self._columns), dtype=bool)

    def everything(self) -> Part:
        """All cells."""
        return np.ones((self._rows, self._columns), dtype=bool)

    def touched(self, boxes: NDArray[np.float32]) -> Part:
        """Cells that any of the boxes touches: (4, N) left, top, right and bottom in pixels.

        Sums over a table with a one where a box begins and a minus one where it ends (Crow 1984, backwards).
        """
        sides = (boxes * _PER_PIXEL + _JUST_OUTSIDE).astype(np.int32)
        np.maximum(sides, 0, out=sides)
        np.minimum(sides, self._most, out=sides)
        first, upper, last, lower = sides
        width = self._columns + 1
        upper *= width
        lower *= width
        count = (self._rows + 1) * width
        table = np.bincount(np.concatenate([upper + first, lower + last]), minlength=count)
        table -= np.bincount(np.concatenate([upper + last, lower + first]), minlength=count)
        covers = table.reshape(-1, width).cumsum(axis=0).cumsum(axis=1)
        return np.asarray(covers[:-1, :-1] > 0)

    def rectangles(self, part: Part) -> NDArray[np.float32]:
        """(N, 4) left, top, right, bottom: pixels, just outside at the right and at the bottom.

        One for each run of cells in a row, and for runs of the same columns in rows that follow each other.
        """
        rows, width = self._rows, self._columns + 2
        framed = np.zeros((rows, width), dtype=bool)
        framed[:, 1:-1] = part
        flat = framed.ravel()
        borders = np.flatnonzero(flat[1:] != flat[:-1])
        row, first = np.divmod(borders[0::2], width)
        last = borders[1::2] - row * width
        # Alike but for the row, runs that follow each other are one apart.
        keys = np.sort((first * width + last) * (rows + 1) + row)
        if not len(keys):
            return np.zeros((0, 4), dtype=np.float32)
        breaks = np.diff(keys) != 1
        beginnings = keys[np.concatenate([[True], breaks])]
        ends = keys[np.concatenate([breaks, [True]])] % (rows + 1)
        columns, top = np.divmod(beginnings, rows + 1)
        left, right = np.divmod(columns, width)
        sides = np.stack([left, top, right, ends + 1], axis=1)
        pixels = sides * (CELL_WIDTH, CELL_HEIGHT, CELL_WIDTH, CELL_HEIGHT)
        limits = (self._size.width, self._size.height) * 2
        return np.minimum(pixels, limits).astype(np.float32)
