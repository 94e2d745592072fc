"""Pass 4: which face is nearest in each sample (`gpu_samples.comp`), in two rounds over all faces."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from avatar_server.render.contract import PictureSize
from avatar_server.render.gpu.bindings import DEPTHS_BINDING, NEAREST_BINDING, compute_program, groups_of
from avatar_server.render.gpu.people import GpuFigure

_THREADS = 64


class SamplesPass:
    """Owns the samples, four a pixel and each pixel's together: all are empty between two pictures."""

    def __init__(self, context: moderngl.Context, size: PictureSize, grid: tuple[int, int]) -> None:
        self._context = context
        constants = {"WIDTH": str(size.width), "GRID": f"vec2({grid[0]}, {grid[1]})"}
        self._rounds = [
            compute_program(context, "gpu_samples", {**constants, **who}) for who in ({}, {"WHO": "1"})
        ]
        empty = np.full(4 * size.width * size.height, 0xFFFFFFFF, dtype=np.uint32)
        self._depths = context.buffer(empty)
        self._nearest = context.buffer(empty)

    def bind(self) -> None:
        """For this pass and for `PicturePass`, which empties the samples."""
        self._depths.bind_to_storage_buffer(DEPTHS_BINDING)
        self._nearest.bind_to_storage_buffer(NEAREST_BINDING)

    def run(self, figures: Sequence[GpuFigure]) -> None:
        """Find what is nearest; corners and faces are bound."""
        for program in self._rounds:
            for number, figure in enumerate(figures):
                program["figure"] = (figure.first_face, figure.face_count, figure.first_corner, number)
                program.run(groups_of(figure.face_count, _THREADS))
            self._context.memory_barrier(moderngl.SHADER_STORAGE_BARRIER_BIT)

    def release(self) -> None:
        """Give everything back."""
        for program in self._rounds:
            program.release()
        for buffer in (self._depths, self._nearest):
            buffer.release()
