"""Parts of the picture, drawn all at once: one instance a rectangle."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.cells import CellGrid


class RectangleBatch:
    """Up to two parts of a `CellGrid`, for programs whose vertex shader takes `rectangle` and `picture`."""

    def __init__(
        self, context: moderngl.Context, size: PictureSize, programs: Sequence[moderngl.Program]
    ) -> None:
        self._size = size
        self._buffer = context.buffer(reserve=2 * 16 * CellGrid(size).most_rectangles)
        self._arrays = []
        for program in programs:
            program["picture"] = (size.width, size.height)
            self._arrays.append(context.vertex_array(program, [(self._buffer, "4f/i", "rectangle")]))
        self._count = 0

    def load(self, rectangles: NDArray[np.float32]) -> None:
        """What the next draws are about: (N, 4) as `CellGrid.rectangles` gives them."""
        self._count = len(rectangles)
        if self._count:
            self._buffer.write(rectangles)

    def draw(self, program_number: int = 0) -> None:
        """Draw them with one of the programs given at first."""
        if self._count:
            self._arrays[program_number].render(moderngl.TRIANGLE_STRIP, vertices=4, instances=self._count)

    def release(self) -> None:
        """Give everything back."""
        for array in self._arrays:
            array.release()
        self._buffer.release()
