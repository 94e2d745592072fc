"""Pass 1: rest pose to posed vertices (`skinning.comp`), one invocation a vertex."""

from __future__ import annotations

import moderngl

from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.programs import compute_program

WORKGROUP = 64
"""Vertices a workgroup, here and in `vertex_light`."""


class SkinningPass:
    """Fills `PosedFigure.vertices`: vec4 position, vec4 normal, world frame."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: dict[int, moderngl.ComputeShader] = {}

    def run(self, figure: PosedFigure) -> None:
        """Skin one figure; later passes may use the result as vertices or as storage."""
        body = figure.body
        program = self._programs.get(body.influence_groups)
        if program is None:
            constants = {"GROUPS": f"{body.influence_groups}u"}
            program = compute_program(self._context, "skinning", constants)
            self._programs[body.influence_groups] = program
        buffers = (body.rest, body.joints, body.weights, figure.correctives, figure.bones, figure.vertices)
        for binding, buffer in enumerate(buffers):
            buffer.bind_to_storage_buffer(binding)
        program["vertex_count"] = body.vertex_count
        program["has_correctives"] = body.correctives is not None
        program.run(-(-body.vertex_count // WORKGROUP))

    def release(self) -> None:
        """Give the programs back."""
        for program in self._programs.values():
            program.release()
