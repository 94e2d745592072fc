"""Which storage buffer is bound where, as the shaders `gpu_*` say, and how their programs are made."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl

from avatar_server.render.opengl.programs import FRAME_BINDING, shader_source

PEOPLE_BINDING = 0
LISTS_BINDING = 1
NUMBERS_BINDING = 2
POSED_BINDING = 3
PLANES_BINDING = 3
CORNERS_BINDING = 4
FACES_BINDING = 5
DEPTHS_BINDING = 6
NEAREST_BINDING = 7


def compute_program(
    context: moderngl.Context, name: str, constants: Mapping[str, str]
) -> moderngl.ComputeShader:
    """The program of `shaders/{name}.comp`."""
    program = context.compute_shader(shader_source(f"{name}.comp", constants))
    block = program.get("Frame", None)
    if isinstance(block, moderngl.UniformBlock):
        block.binding = FRAME_BINDING
    return program


def groups_of(count: int, threads: int) -> int:
    """Groups of so many threads for `count` of them."""
    return -(-count // threads)
