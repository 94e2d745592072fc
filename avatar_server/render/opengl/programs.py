"""Shader files to programs: `#include` is resolved here, because GLSL has none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import moderngl

from avatar_server.settings import resource_dir

FRAME_BINDING = 0
"""Uniform block binding of `Frame`, the same in all programs."""

PERSON_BINDING = 1
"""Uniform block binding of `Person`."""

OCCLUDERS_BINDING = 2
"""Uniform block binding of `Occluders`."""

_BLOCKS = {"Frame": FRAME_BINDING, "Person": PERSON_BINDING, "Occluders": OCCLUDERS_BINDING}

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


def shader_source(file_name: str, constants: Mapping[str, str] | None = None) -> str:
    """Text of `shaders/file_name`, its includes filled in, `constants` defined before everything else."""
    folder = resource_dir("shaders")

    def text(name: str) -> str:
        return _INCLUDE.sub(lambda match: text(match[1]), (folder / name).read_text(encoding="utf-8"))

    defines = "".join(f"#define {name} {value}\n" for name, value in (constants or {}).items())
    return f"#version 430\n{defines}{text(file_name)}"


def raster_program(
    context: moderngl.Context,
    vertex: str,
    fragment: str,
    constants: Mapping[str, str] | None = None,
) -> moderngl.Program:
    """A program of `shaders/{vertex}.vert` and `shaders/{fragment}.frag`."""
    program = context.program(
        vertex_shader=shader_source(f"{vertex}.vert", constants),
        fragment_shader=shader_source(f"{fragment}.frag", constants),
    )
    _bind_blocks(program)
    return program


def capture_program(
    context: moderngl.Context, vertex: str, captured: tuple[str, ...], constants: Mapping[str, str]
) -> moderngl.Program:
    """A program of `shaders/{vertex}.vert` alone whose outputs `captured` go into a buffer."""
    source = shader_source(f"{vertex}.vert", constants)
    program = context.program(vertex_shader=source, varyings=captured)
    _bind_blocks(program)
    return program


def vector(values: Sequence[float]) -> str:
    """`values` as a GLSL constant."""
    return f"vec{len(values)}({', '.join(f'{value:.9g}' for value in values)})"


def _bind_blocks(program: moderngl.Program) -> None:
    for name, binding in _BLOCKS.items():
        block = program.get(name, None)
        if isinstance(block, moderngl.UniformBlock):
            block.binding = binding
