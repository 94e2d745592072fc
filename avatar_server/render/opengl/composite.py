"""Pass 6: studio, floor light and bodies together, as planar YUV (`composite.comp`).

Only blocks of 8x2 pixels in given rectangles are drawn; elsewhere the output keeps what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.framing import Rectangle
from avatar_server.render.opengl.programs import compute_program

_BLOCK_WIDTH, _BLOCK_HEIGHT = 8, 2
_GROUP_COLUMNS, _GROUP_ROWS = 4, 8
_MOST_BOXES = 8


class CompositePass:
    """Writes pictures into buffers that it makes with `new_output` and unpacks with `unpack`."""

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._context = context
        self._size = size
        self._stride = -(-size.width // _BLOCK_WIDTH) * _BLOCK_WIDTH
        self.byte_count = self._stride * size.height * 3 // 2
        self._program = compute_program(context, "composite")
        self._program["bodies"] = 0
        self._program["floor_light"] = 1
        self._program["size"] = (size.width, size.height)
        self._program["stride"] = self._stride

    def new_output(self) -> moderngl.Buffer:
        """A buffer for one picture."""
        return self._context.buffer(reserve=self.byte_count)

    def run(
        self,
        output: moderngl.Buffer,
        bodies: moderngl.Texture,
        floor_light: moderngl.Texture,
        body_boxes: Sequence[Rectangle],
        rectangles: Sequence[Rectangle],
    ) -> None:
        """Draw `rectangles` of the picture into `output`; people are looked for in `body_boxes` only."""
        bodies.use(0)
        floor_light.use(1)
        output.bind_to_storage_buffer(0)
        boxes = _at_most(body_boxes, _MOST_BOXES)
        table = [(box.left, box.top, box.right, box.bottom) for box in boxes]
        self._program["body_boxes"] = table + [(0, 0, 0, 0)] * (_MOST_BOXES - len(table))
        self._program["body_box_count"] = len(table)
        for rectangle in rectangles:
            first, top = rectangle.left // _BLOCK_WIDTH, rectangle.top // _BLOCK_HEIGHT
            columns = -(-rectangle.right // _BLOCK_WIDTH) - first
            rows = -(-rectangle.bottom // _BLOCK_HEIGHT) - top
            self._program["region"] = (first, top, columns, rows)
            self._program.run(-(-columns // _GROUP_COLUMNS), -(-rows // _GROUP_ROWS))

    def unpack(self, packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(byte_count,) as in the buffer to (H * 3 / 2, W) I420 without padding."""
        width, height = self._size.width, self._size.height
        if self._stride == width:
            return packed.reshape(height * 3 // 2, width)
        luma = packed[: self._stride * height].reshape(height, self._stride)[:, :width]
        chroma = packed[self._stride * height :].reshape(height, self._stride // 2)[:, : width // 2]
        return np.concatenate([luma.ravel(), chroma.ravel()]).reshape(height * 3 // 2, width)

    def release(self) -> None:
        """Give the program back."""
        self._program.release()


def _at_most(boxes: Sequence[Rectangle], count: int) -> list[Rectangle]:
    """The boxes that are not empty; if there are too many, the last ones are joined."""
    seen = [box for box in boxes if not box.is_empty]
    while len(seen) > count:
        seen[-2:] = [seen[-2].union(seen[-1])]
    return seen
