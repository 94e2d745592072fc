"""Memory that a process holds for nothing is given back to the machine, where that is Linux with glibc.

Two kinds of it count when several processes draw. What was freed while people were read lies between what is
still used: it would be kept until the end. And a software rasteriser fills the targets that it draws into
with zeros, of which most are never drawn over: at 3072x1024 they are 144 MB a process, of which two people
seen together cover 30. The kernel has zeros for nothing.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_LARGE_BYTES = 8 << 20
"""Smaller mappings are not worth looking at; stacks of threads are among them."""

_PIECE_BYTES = 64 << 10

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Of mallopt(3)."""

_OWN_MAPPING_BYTES = 4 << 20
"""What is at least so large is given back when it is freed: an encoder's pictures, from 1080p on. Pictures
of 720p are smaller, of which there are several for each that is drawn: mapping them takes time."""


def keep_little() -> None:
    """From now on keep less of what is freed for the next who wants some; for a process with few threads."""
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        tell(_ARENA_MAX, 1)
        tell(_MMAP_THRESHOLD, _OWN_MAPPING_BYTES)


def give_back_freed() -> None:
    """What was freed, and lies between what is used."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def give_back_zeros() -> None:
    """Pages of large mappings that hold nothing but zeros, which they go on to hold.

    Only to be called while no other thread writes, such as when a renderer was opened and nothing is drawn.
    """
    advise = getattr(ctypes.CDLL(None), "madvise", None)
    if advise is None:
        return
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _large_mappings():
        content = np.frombuffer(memoryview((ctypes.c_char * (end - start)).from_address(start)), np.uint64)
        for first in range(0, end - start, _PIECE_BYTES):
            size = min(_PIECE_BYTES, end - start - first)
            if not content[first // 8 : (first + size) // 8].any():
                advise(start + first, size, mmap.MADV_DONTNEED)


def _large_mappings() -> Iterator[tuple[int, int]]:
    """Where so much of this process' own memory is that belongs to no file, readable and writable."""
    maps = Path("/proc/self/smaps")
    start = end = 0
    for line in maps.read_text().splitlines() if maps.is_file() else ():
        first, *rest = line.split(maxsplit=5)
        if first == "Rss:" and end > start and 1024 * int(rest[0]) >= _LARGE_BYTES:
            yield start, end
        elif not first.endswith(":"):
            rights, _, _, file, *name = rest
            own = rights == "rw-p" and file == "0" and not name
            start, end = (int(address, 16) for address in first.split("-")) if own else (0, 0)
