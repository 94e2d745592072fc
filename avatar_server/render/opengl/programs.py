"""Shader files to programs: `#include` is resolved here, because GLSL has none."""

from __future__ import annotations

import re
from collections.abc import Mapping

import moderngl

from avatar_server.settings import resource_dir

FRAME_BINDING = 0
"""Uniform block binding of `Frame`, the same in all programs."""

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
    _bind_frame(program)
    return program


def compute_program(
    context: moderngl.Context, name: str, constants: Mapping[str, str] | None = None
) -> moderngl.ComputeShader:
    """The compute shader `shaders/{name}.comp`."""
    program = context.compute_shader(shader_source(f"{name}.comp", constants))
    _bind_frame(program)
    return program


def _bind_frame(program: moderngl.Program | moderngl.ComputeShader) -> None:
    block = program["Frame"] if "Frame" in program else None
    if isinstance(block, moderngl.UniformBlock):
        block.binding = FRAME_BINDING
