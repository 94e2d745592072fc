"""Pass 5: samples and studio to planar YUV (`gpu_picture.comp`), in the CPU's memory."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from avatar_server.render.contract import PictureSize
from avatar_server.render.gpu.bindings import PLANES_BINDING, compute_program, groups_of
from avatar_server.render.gpu.people import MOST_FIGURES, GpuFigure
from avatar_server.render.gpu.poses import PERSON_CONSTANTS
from avatar_server.render.gpu.readback import PictureBuffer
from avatar_server.render.opengl.floor_light import CELLS

_GROUP_WIDTH, _GROUP_HEIGHT = 64, 4


class PicturePass:
    """Fills a `PictureBuffer`."""

    def __init__(self, context: moderngl.Context, size: PictureSize, stride: int) -> None:
        """stride: bytes of a line of luma."""
        self._context = context
        self._size = size
        self._constants = {
            **PERSON_CONSTANTS,
            "WIDTH": str(size.width),
            "HEIGHT": str(size.height),
            "STRIDE": str(stride // 4),
            "GRID": f"vec2({2 * size.width}, {2 * size.height})",
            "HALF_CELL": str(0.5 / CELLS),
            "MOST_FIGURES": str(MOST_FIGURES),
        }
        self._programs: dict[bool, moderngl.ComputeShader] = {}
        self._told: dict[bool, Sequence[GpuFigure]] = {}
        self._program(transparent=False)

    def run(
        self,
        target: PictureBuffer,
        figures: Sequence[GpuFigure],
        floor_light: moderngl.Texture,
        transparent: bool,
    ) -> None:
        """Draw; people, corners, faces and samples are bound."""
        program = self._program(transparent)
        if self._told.get(transparent) != figures:
            rows = [(figure.first_face, figure.first_corner, figure.body.solid, 0) for figure in figures]
            program["figures"] = [*rows, *[(0, 0, 0, 0)] * (MOST_FIGURES - len(rows))]
            self._told[transparent] = figures
        floor_light.use(0)
        target.bind(PLANES_BINDING)
        program.run(groups_of(self._size.width, _GROUP_WIDTH), groups_of(self._size.height, _GROUP_HEIGHT))
        self._context.memory_barrier()

    def _program(self, transparent: bool) -> moderngl.ComputeShader:
        if transparent not in self._programs:
            constants = {**self._constants, "TRANSPARENT": "1"} if transparent else self._constants
            self._programs[transparent] = compute_program(self._context, "gpu_picture", constants)
        return self._programs[transparent]

    def release(self) -> None:
        """Give everything back."""
        for program in self._programs.values():
            program.release()
