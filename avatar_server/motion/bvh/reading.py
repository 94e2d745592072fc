"""A BVH file, read with limits: what it says, not yet what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from avatar_server.errors import InputError
from avatar_server.motion.bvh.frames import BvhFrames, parse_frames
from avatar_server.motion.bvh.hierarchy import BvhSkeleton, parse_hierarchy

MAX_BYTES = 2 << 30
"""Larger files are refused: an hour of 65 joints at 120 frames a second has 0.8 GB."""

MAX_HIERARCHY_BYTES = 4 << 20

_MOTION = re.compile(rb"^[ \t]*motion[ \t]*:?[ \t]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, eq=False, slots=True)
class BvhFile:
    """A skeleton and its rows; `frames.values` has `skeleton.column_count` columns, joint after joint."""

    skeleton: BvhSkeleton
    frames: BvhFrames

    @property
    def where(self) -> str:
        """The file."""
        return self.skeleton.where


def is_bvh(beginning: bytes) -> bool:
    """Whether a file that begins so is meant as BVH."""
    words = beginning.removeprefix(b"\xef\xbb\xbf").split(None, 1)
    return bool(words) and words[0].lower() == b"hierarchy"


def read_bvh(path: Path) -> BvhFile:
    """Read `path`; raises InputError, with the line number, for anything that is no BVH.

    Tabs, all line ends, blank lines, a byte order mark, any case and braces on any line are taken.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(expected="a readable BVH file", came=f"{error.strerror}", where=path) from None
    if len(content) > MAX_BYTES:
        raise InputError(expected=f"at most {MAX_BYTES >> 30} GiB", came="a larger file", where=path)
    return parse_bvh(content, str(path))


def parse_bvh(content: bytes, where: str) -> BvhFile:
    """The same from the bytes of a file called `where`."""
    if not is_bvh(content[:4096]):
        raise InputError(expected="HIERARCHY", came=_begins(content), where=f"{where}, line 1")
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    motion = _MOTION.search(content, 0, MAX_HIERARCHY_BYTES)
    if motion is None:
        last = content.count(b"\n", 0, MAX_HIERARCHY_BYTES) + 1
        came = "the end of the file" if len(content) < MAX_HIERARCHY_BYTES else "4 MiB without it"
        raise InputError(expected="MOTION after the hierarchy", came=came, where=f"{where}, line {last}")
    nul = content.find(b"\0")
    if nul >= 0:
        where = f"{where}, line {content.count(bytes([10]), 0, nul) + 1}"
        raise InputError(expected="text", came="a NUL character", where=where)
    text = content[: motion.start()].decode("utf-8", "replace")
    skeleton = parse_hierarchy(text, where)
    if not skeleton.column_count:
        raise InputError(expected="at least one channel", came="none in all joints", where=where)
    line = content.count(b"\n", 0, motion.end()) + 1
    start = min(motion.end() + 1, len(content))
    frames = parse_frames(content, start, line + 1, skeleton.column_count, where)
    return BvhFile(skeleton, frames)


def _begins(content: bytes) -> str:
    if not content:
        return "an empty file"
    return ascii(content[:20].decode("ascii", "replace"))
