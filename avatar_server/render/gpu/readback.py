"""The ring of buffers in which pictures come back: in the CPU's memory, where the GPU writes them itself."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import numpy as np

from avatar_server.errors import MachineError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.gpu.gl_calls import (
    ALREADY_SIGNALED,
    CLIENT_STORAGE,
    CONDITION_SATISFIED,
    COPY_WRITE_BUFFER,
    MAP_COHERENT,
    MAP_PERSISTENT,
    MAP_READ,
    SHADER_STORAGE_BUFFER,
    SYNC_FLUSH_COMMANDS,
    SYNC_GPU_COMMANDS_COMPLETE,
    gl_calls,
)

_WAITS, _WAIT_NS = 60, 1_000_000_000
"""A minute, in pieces: a process that is stopped for long has waited for one of them only."""


class PictureBuffer:
    """One picture under way: lines of luma, U, V and alpha, padded to whole words.

    stride: bytes of a line of luma; lines of chroma have half of them.
    """

    def __init__(self, size: PictureSize) -> None:
        self.size = size
        self.stride = -(-size.width // 8) * 8
        self._bytes = self.stride * size.height * 5 // 2
        gl = gl_calls()
        name = ctypes.c_uint()
        gl.gen_buffers(1, ctypes.byref(name))
        self._name = name.value
        flags = MAP_READ | MAP_PERSISTENT | MAP_COHERENT
        gl.bind_buffer(COPY_WRITE_BUFFER, self._name)
        gl.buffer_storage(COPY_WRITE_BUFFER, self._bytes, None, flags | CLIENT_STORAGE)
        address = gl.map_buffer_range(COPY_WRITE_BUFFER, 0, self._bytes, flags)
        if not address:
            raise MachineError(f"no room for pictures of {size.width}x{size.height} on their way back")
        self._memory = np.ctypeslib.as_array((ctypes.c_uint8 * self._bytes).from_address(address))
        self._fence: int | None = None
        self.transparent = False

    def bind(self, binding: int) -> None:
        """Shaders write to it."""
        gl_calls().bind_buffer_base(SHADER_STORAGE_BUFFER, binding, self._name)

    def begin_reading(self, transparent: bool) -> None:
        """All is submitted that writes the picture."""
        gl = gl_calls()
        self.transparent = transparent
        self._fence = gl.fence_sync(SYNC_GPU_COMMANDS_COMPLETE, 0)
        gl.flush()

    def read(self) -> Picture:
        """A copy of the picture; waits until it is there, MachineError if it does not come."""
        gl = gl_calls()
        assert self._fence is not None
        waits = (gl.client_wait_sync(self._fence, SYNC_FLUSH_COMMANDS, _WAIT_NS) for _ in range(_WAITS))
        is_there = any(came in (ALREADY_SIGNALED, CONDITION_SATISFIED) for came in waits)
        gl.delete_sync(self._fence)
        self._fence = None
        if not is_there:
            raise MachineError("the GPU does not answer any more")
        width, height, stride = self.size.width, self.size.height, self.stride
        luma, chroma = stride * height, stride * height // 4
        i420 = np.empty((height * 3 // 2, width), dtype=np.uint8)
        if stride == width:
            i420.reshape(-1)[:] = self._memory[: luma * 3 // 2]
        else:
            picture = Picture(self.size, i420)
            begins = (0, luma, luma + chroma, luma + 2 * chroma)
            for plane, (first, last) in zip(picture.planes(), pairwise(begins), strict=True):
                plane[:] = self._memory[first:last].reshape(len(plane), -1)[:, : plane.shape[1]]
        alpha = None
        if self.transparent:
            alpha = self._memory[luma * 3 // 2 :].reshape(height, stride)[:, :width].copy()
        return Picture(self.size, i420, alpha)

    def release(self) -> None:
        """Give the memory back."""
        gl = gl_calls()
        if self._fence is not None:
            gl.delete_sync(self._fence)
            self._fence = None
        gl.delete_buffers(1, ctypes.byref(ctypes.c_uint(self._name)))
