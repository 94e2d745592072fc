"""Pass 5: studio, floor light and bodies together, as planar YUV (`picture.frag`, `chroma.frag`).

Only given rectangles are drawn; elsewhere the planes keep what they hold, so that a studio seen by a camera
that stands still is drawn once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    """Targets for one picture: Y, and U and V of half the width and height; top row first; perhaps alpha.

    read_ahead: a GPU copies the planes into a buffer of its own as soon as they are drawn, while it draws the
    next picture and nobody waits; otherwise they are copied when they are wanted.
    """

    def __init__(
        self, context: moderngl.Context, size: PictureSize, transparent: bool, read_ahead: bool = False
    ) -> None:
        self._size = size
        self._buffer = context.buffer(reserve=size.width * size.height * 3 // 2) if read_ahead else None
        full, half = (size.width, size.height), (size.width // 2, size.height // 2)
        self.luma = context.texture(full, 1)
        self.chroma = context.texture(full, 2)
        self._u = context.texture(half, 1)
        self._v = context.texture(half, 1)
        self.alpha = context.texture(full, 1) if transparent else None
        shaded = [self.luma, self.chroma] if self.alpha is None else [self.luma, self.chroma, self.alpha]
        self.full = context.framebuffer(shaded)
        self.half = context.framebuffer([self._u, self._v])

    def begin_reading(self) -> None:
        """All is submitted that draws the picture."""
        if self._buffer is not None:
            self._copy_into(self._buffer)

    def read(self) -> NDArray[np.uint8]:
        """(H * 3 / 2, W) I420; waits until everything is drawn."""
        width, height = self._size.width, self._size.height
        i420 = np.empty((height * 3 // 2, width), dtype=np.uint8)
        if self._buffer is None:
            self._copy_into(i420)
        else:
            self._buffer.read_into(i420)
        return i420

    def _copy_into(self, target: moderngl.Buffer | NDArray[np.uint8]) -> None:
        pixels = self._size.width * self._size.height
        for plane, offset in ((self.luma, 0), (self._u, pixels), (self._v, pixels * 5 // 4)):
            plane.read_into(target, alignment=1, write_offset=offset)

    def read_alpha(self) -> NDArray[np.uint8] | None:
        """(H, W), where there is one."""
        if self.alpha is None:
            return None
        alpha = np.empty((self._size.height, self._size.width), dtype=np.uint8)
        self.alpha.read_into(alpha, alignment=1)
        return alpha

    def release(self) -> None:
        """Give everything back."""
        for target in (self.full, self.half):
            target.release()
        for part in (self.luma, self.chroma, self.alpha, self._u, self._v, self._buffer):
            if part is not None:
                part.release()


class PicturePass:
    """Draws into `PicturePlanes`."""

    def __init__(self, context: moderngl.Context, grid: SampleGrid, wait: Callable[[], None]) -> None:
        """wait: see `waiting.waiter`."""
        self._context = context
        self._grid = grid
        self._wait = wait
        self._halve = raster_program(context, "rectangles", "chroma")
        self._sets: dict[bool, tuple[Sequence[moderngl.Program], RectangleBatch]] = {}
        self._set(transparent=False)

    def _set(self, transparent: bool) -> RectangleBatch:
        """What draws with a background, or without: made when first asked for."""
        if transparent not in self._sets:
            constants = {"HALF_CELL": str(0.5 / CELLS), **self._grid.constants}
            if transparent:
                constants["TRANSPARENT"] = "1"
            programs = (
                raster_program(self._context, "picture", "picture", constants),
                raster_program(self._context, "picture", "picture", {**constants, "BODIES": "1"}),
                self._halve,
            )
            programs[_PEOPLE]["bodies"] = 1
            self._sets[transparent] = (programs, RectangleBatch(self._context, self._grid.size, programs))
        return self._sets[transparent][1]

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
        rectangles = self._set(planes.alpha is not None)
        rectangles.load(studio)
        rectangles.draw(_STUDIO)
        rectangles.load(people)
        rectangles.draw(_PEOPLE)
        self._wait()
        planes.chroma.use(0)
        planes.half.use()
        rectangles.load(np.concatenate([studio, people]))
        rectangles.draw(_HALVE)

    def release(self) -> None:
        """Give everything back."""
        for programs, rectangles in self._sets.values():
            rectangles.release()
            for program in programs[:_HALVE]:
                program.release()
        self._halve.release()
