"""Parts of a file over HTTP (RFC 9110, section 14): which bytes are meant. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SINGLE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start` to before `stop`, of `size` bytes; at least one."""

    start: int
    stop: int
    size: int

    @property
    def content_range(self) -> str:
        """For the header Content-Range."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


class UnsatisfiableError(Exception):
    """No byte of the file is in the range: 416."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """What the header Range asks for of a file of `size` bytes; None for all of it.

    What is no byte range, and several of them at once, count as no header, as the RFC allows. Raises
    `UnsatisfiableError` for a range that begins behind the end, or is the last 0 bytes.
    """
    found = None if header is None else _SINGLE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= stop:
        raise UnsatisfiableError
    return ByteRange(start, stop, size)


def range_holds(if_range: str | None, etag: str, last_modified: str) -> bool:
    """Whether the file is still the one that the header If-Range names (section 13.1.5)."""
    return if_range is None or if_range.strip() in (etag, last_modified)
