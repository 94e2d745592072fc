"""How far people are in each pixel's centre (`silhouette.vert`, `depth.frag`): for exports."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.programs import raster_program


class DepthPass:
    """Made when first asked for. It draws what `SilhouettePass` draws: both agree exactly."""

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._context = context
        self._size = size
        dimensions = (size.width, size.height)
        self._distances = context.texture(dimensions, 1, dtype="f4")
        self._nearest = context.depth_renderbuffer(dimensions)
        self._target = context.framebuffer([self._distances], self._nearest)
        self._program = raster_program(context, "silhouette", "depth")

    def run(self, figures: Sequence[PosedFigure]) -> NDArray[np.float32]:
        """(height, width) metres along the view from the eye's plane, 0 where nobody is."""
        self._target.use()
        self._target.clear()
        self._context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._context.front_face = "cw"  # y points down
        for figure in figures:
            figure.render(self._program)
        read = self._target.read(components=1, alignment=1, dtype="f4")
        return np.frombuffer(read, dtype=np.float32).reshape(self._size.height, self._size.width).copy()

    def release(self) -> None:
        """Give everything back."""
        for part in (self._target, self._distances, self._nearest, self._program):
            part.release()
