"""Pass 5: studio, floor light and bodies together, as planar YUV (`picture.frag`, `chroma.frag`).

Only given rectangles are drawn; elsewhere the planes keep what they hold, so that a studio seen by a camera
that stands still is drawn once.
"""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.floor_light import CELLS
from avatar_server.render.opengl.programs import raster_program
from avatar_server.render.opengl.rectangle_batch import RectangleBatch
from avatar_server.render.opengl.sample_grid import SampleGrid

_STUDIO, _PEOPLE, _HALVE = range(3)


class PicturePlanes:
    """Targets for one picture: Y, and U and V of half the width and height; top row first."""

    def __init__(self, context: moderngl.Context, size: PictureSize) -> None:
        self._size = size
        full, half = (size.width, size.height), (size.width // 2, size.height // 2)
        self.luma = context.texture(full, 1)
        self.chroma = context.texture(full, 2)
        self._u = context.texture(half, 1)
        self._v = context.texture(half, 1)
        self.full = context.framebuffer([self.luma, self.chroma])
        self.half = context.framebuffer([self._u, self._v])

    def read(self) -> NDArray[np.uint8]:
        """(H * 3 / 2, W) I420; waits until everything is drawn."""
        width, height = self._size.width, self._size.height
        i420 = np.empty((height * 3 // 2, width), dtype=np.uint8)
        self.luma.read_into(i420, alignment=1)
        self._u.read_into(i420, alignment=1, write_offset=width * height)
        self._v.read_into(i420, alignment=1, write_offset=width * height * 5 // 4)
        return i420

    def release(self) -> None:
        """Give everything back."""
        for target in (self.full, self.half):
            target.release()
        for texture in (self.luma, self.chroma, self._u, self._v):
            texture.release()


class PicturePass:
    """Draws into `PicturePlanes`."""

    def __init__(self, context: moderngl.Context, grid: SampleGrid, wait: Callable[[], None]) -> None:
        """wait: see `waiting.waiter`."""
        self._context = context
        self._wait = wait
        constants = {"HALF_CELL": str(0.5 / CELLS), **grid.constants}
        self._programs = (
            raster_program(context, "picture", "picture", constants),
            raster_program(context, "picture", "picture", {**constants, "BODIES": "1"}),
            raster_program(context, "rectangles", "chroma"),
        )
        self._programs[_PEOPLE]["bodies"] = 1
        self._rectangles = RectangleBatch(context, grid.size, self._programs)

    def run(
        self,
        planes: PicturePlanes,
        bodies: moderngl.Texture,
        floor_light: moderngl.Texture,
        studio: NDArray[np.float32],
        people: NDArray[np.float32],
    ) -> None:
        """Draw the empty studio in the rectangles `studio`, then with bodies in the rectangles `people`."""
        self._context.enable_only(moderngl.NOTHING)
        floor_light.use(0)
        bodies.use(1)
        planes.full.use()
        self._rectangles.load(studio)
        self._rectangles.draw(_STUDIO)
        self._rectangles.load(people)
        self._rectangles.draw(_PEOPLE)
        self._wait()
        planes.chroma.use(0)
        planes.half.use()
        self._rectangles.load(np.concatenate([studio, people]))
        self._rectangles.draw(_HALVE)

    def release(self) -> None:
        """Give everything back."""
        self._rectangles.release()
        for program in self._programs:
            program.release()
