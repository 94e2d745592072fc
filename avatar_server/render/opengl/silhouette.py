"""Who is seen in each pixel's centre (`silhouette.vert`, `silhouette.frag`): for tests and for picking."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.programs import raster_program


class SilhouettePass:
    """Made when first asked for: it has its own targets, which most renderers never need."""

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._context = context
        self._size = size
        dimensions = (size.width, size.height)
        self._labels = context.texture(dimensions, 1, dtype="u1")
        self._depth = context.depth_renderbuffer(dimensions)
        self._target = context.framebuffer([self._labels], self._depth)
        self._program = raster_program(context, "silhouette", "silhouette")

    def run(self, figures: Sequence[PosedFigure]) -> NDArray[np.uint8]:
        """(height, width): 0 nobody, i + 1 the i-th of `figures`."""
        self._target.use()
        self._target.clear()
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._context.front_face = "cw"  # y points down
        for label, figure in enumerate(figures, start=1):
            self._program["label"] = label
            figure.render(self._program)
        labels = np.frombuffer(self._target.read(components=1, alignment=1, dtype="u1"), dtype=np.uint8)
        return labels.reshape(self._size.height, self._size.width).copy()

    def release(self) -> None:
        """Give everything back."""
        for part in (self._target, self._labels, self._depth, self._program):
            part.release()
