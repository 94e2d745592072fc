"""Parts of the picture, drawn all at once: one instance a rectangle."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.rectangles import Rectangle

_MOST = 512


class RectangleBatch:
    """Rectangles on their way to programs whose vertex shader takes `rectangle` and `picture`."""

    def __init__(
        self, context: moderngl.Context, size: PictureSize, programs: Sequence[moderngl.Program]
    ) -> None:
        self._size = size
        self._buffer = context.buffer(reserve=16 * _MOST)
        self._arrays = []
        for program in programs:
            program["picture"] = (size.width, size.height)
            self._arrays.append(context.vertex_array(program, [(self._buffer, "4f/i", "rectangle")]))
        self._count = 0

    def load(self, rectangles: Sequence[Rectangle]) -> None:
        """What the next draws are about."""
        sides = [(part.left, part.top, part.right, part.bottom) for part in rectangles]
        if len(sides) > _MOST:
            sides = [(0, 0, self._size.width, self._size.height)]
        self._count = len(sides)
        if sides:
            self._buffer.write(np.array(sides, dtype=np.float32))

    def draw(self, program_number: int = 0) -> None:
        """Draw them with one of the programs given at first."""
        if self._count:
            self._arrays[program_number].render(moderngl.TRIANGLE_STRIP, vertices=4, instances=self._count)

    def release(self) -> None:
        """Give everything back."""
        for array in self._arrays:
            array.release()
        self._buffer.release()
