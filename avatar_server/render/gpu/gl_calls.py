"""Calls of OpenGL that moderngl does not have; the interpreter's lock is free while they last."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

MAP_READ, MAP_PERSISTENT, MAP_COHERENT, CLIENT_STORAGE = 0x1, 0x40, 0x80, 0x200
COPY_WRITE_BUFFER, SHADER_STORAGE_BUFFER = 0x8F37, 0x90D2
SYNC_GPU_COMMANDS_COMPLETE, SYNC_FLUSH_COMMANDS = 0x9117, 0x1
ALREADY_SIGNALED, CONDITION_SATISFIED = 0x911A, 0x911C


@dataclass(frozen=True, slots=True)
class GlCalls:
    """Named as in OpenGL, without the `gl`."""

    gen_buffers: Any
    delete_buffers: Any
    bind_buffer: Any
    bind_buffer_base: Any
    buffer_storage: Any
    map_buffer_range: Any
    fence_sync: Any
    client_wait_sync: Any
    delete_sync: Any
    flush: Any
    current_context: Any
    current_display: Any
    make_current: Any

    def leave_context(self) -> None:
        """The calling thread has no context then."""
        self.make_current(self.current_display(), None, None, None)


@cache
def gl_calls() -> GlCalls:
    """Found once a process; EGL knows them all."""
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetCurrentContext.restype = egl.eglGetCurrentDisplay.restype = ctypes.c_void_p
    egl.eglMakeCurrent.argtypes = [ctypes.c_void_p] * 4
    number, size, address = ctypes.c_uint, ctypes.c_ssize_t, ctypes.c_void_p

    def call(name: str, result: Any, *arguments: Any) -> Any:
        return ctypes.CFUNCTYPE(result, *arguments)(egl.eglGetProcAddress(name.encode()))

    return GlCalls(
        gen_buffers=call("glGenBuffers", None, ctypes.c_int, address),
        delete_buffers=call("glDeleteBuffers", None, ctypes.c_int, address),
        bind_buffer=call("glBindBuffer", None, number, number),
        bind_buffer_base=call("glBindBufferBase", None, number, number, number),
        buffer_storage=call("glBufferStorage", None, number, size, address, number),
        map_buffer_range=call("glMapBufferRange", address, number, size, size, number),
        fence_sync=call("glFenceSync", address, number, number),
        client_wait_sync=call("glClientWaitSync", number, address, number, ctypes.c_uint64),
        delete_sync=call("glDeleteSync", None, address),
        flush=call("glFlush", None),
        current_context=egl.eglGetCurrentContext,
        current_display=egl.eglGetCurrentDisplay,
        make_current=egl.eglMakeCurrent,
    )
