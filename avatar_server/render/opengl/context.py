"""An OpenGL context without a display, on a GPU or on Mesa's software rasteriser."""

from __future__ import annotations

import os
from typing import Any

import moderngl

from avatar_server.errors import MachineError

REQUIRED_VERSION = 430
"""Compute shaders and shader storage came with OpenGL 4.3."""

DEVICE_VARIABLE = "AVATAR_SERVER_EGL_DEVICE"
"""Environment variable that picks one of the machine's EGL devices by number (0 is the first)."""

_CURE = (
    "OpenGL 4.3 through EGL is needed (a GPU is not): on Debian or Ubuntu, "
    "apt-get install libegl1 libgl1 libgl1-mesa-dri"
)


_opened = False


def was_opened_here() -> bool:
    """Whether this process ever had a context: its forks can have none, because drivers have threads."""
    return _opened


def open_context(device: int | None = None) -> moderngl.Context:
    """A current context of OpenGL 4.3 or later; raises `MachineError` that names the missing packages.

    device: number of the EGL device; None takes `AVATAR_SERVER_EGL_DEVICE`, or else EGL's first one.
    """
    chosen = os.environ.get(DEVICE_VARIABLE, "") if device is None else str(device)
    if chosen and not chosen.isdecimal():
        raise MachineError(f"{DEVICE_VARIABLE}: expected the number of an EGL device, but found {chosen!r}")
    settings: dict[str, Any] = {"backend": "egl"}
    if chosen:
        settings["device_index"] = int(chosen)
    global _opened
    _opened = True
    try:
        context = moderngl.create_context(require=REQUIRED_VERSION, standalone=True, **settings)
    except Exception as error:  # glcontext raises bare Exception for each kind of trouble
        raise MachineError(f"no OpenGL: {error}. {_CURE}") from error
    context.gc_mode = "auto"
    return context


def is_software(context: moderngl.Context) -> bool:
    """Whether the CPU draws: the names are those of Mesa's software rasterisers."""
    return any(name in context.info["GL_RENDERER"] for name in ("llvmpipe", "softpipe", "SWR"))


def context_name(context: moderngl.Context) -> str:
    """For people: `OpenGL 4.5, llvmpipe (LLVM 15.0.6, 256 bits)`."""
    code = context.version_code
    return f"OpenGL {code // 100}.{code // 10 % 10}, {context.info['GL_RENDERER']}"
