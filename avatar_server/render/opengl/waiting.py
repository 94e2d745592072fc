"""Waiting for what is being drawn, while others have the interpreter.

moderngl keeps Python's lock whenever OpenGL makes it wait, and where a CPU draws that is most of the time:
whoever encodes, makes sound or listens then stands still, too (19 ms in one of ten cases, now 2). OpenGL
waits as long either way, so a wait without the lock, just before a call that would wait with it, costs
nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import moderngl

from avatar_server.render.opengl.context import is_software


def waiter(context: moderngl.Context) -> Callable[[], None]:
    """Returns when all is drawn that was begun; at once where a GPU draws, because that should go on."""
    return _without_arguments(b"glFinish") if is_software(context) else lambda: None


def starter() -> Callable[[], None]:
    """Begins to draw what was asked for, which a CPU puts off until somebody waits, and returns at once."""
    return _without_arguments(b"glFlush")


@cache
def _without_arguments(name: bytes) -> Callable[[], None]:
    """A function of OpenGL, called by ctypes, which lets the lock go."""
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    function: Callable[[], None] = ctypes.CFUNCTYPE(None)(egl.eglGetProcAddress(name))
    return function
