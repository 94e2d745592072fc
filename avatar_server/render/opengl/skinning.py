"""Pass 1: rest pose to posed vertices (`skinning.vert`), captured into a buffer that all later passes read.

Transform feedback, because Mesa's software rasteriser needs ten times as long for a compute shader (it reads
storage buffers value by value). Without a framebuffer bound it would silently write nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from avatar_server.render.opengl.body_tables import LIMB_COUNT
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.programs import capture_program


class SkinningPass:
    """Fills `PosedFigure.vertices`: vec4 position, vec4 normal, world frame."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: dict[int, moderngl.Program] = {}
        self._texture = context.texture((1, 1), 4)
        self._target = context.framebuffer([self._texture])

    def run(self, figures: Sequence[PosedFigure], levels: Sequence[int]) -> None:
        """Skin all figures, each as finely as its number in `levels` asks."""
        self._target.use()
        for figure, level in zip(figures, levels, strict=True):
            figure.skin(self._program(figure.body.influence_groups), level)

    def _program(self, groups: int) -> moderngl.Program:
        if groups not in self._programs:
            constants = {"GROUPS": str(groups), "LIMBS": str(LIMB_COUNT)}
            captured = ("posed_position", "posed_normal")
            self._programs[groups] = capture_program(self._context, "skinning", captured, constants)
        return self._programs[groups]

    def release(self) -> None:
        """Give everything back."""
        for program in self._programs.values():
            program.release()
        self._target.release()
        self._texture.release()
