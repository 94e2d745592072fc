"""The bytes of a video, wherever they are: what `video` sends."""

from __future__ import annotations

import asyncio
import os
from email.utils import formatdate
from pathlib import Path
from typing import Protocol


class VideoBytes(Protocol):
    """An open video."""

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""

    @property
    def etag(self) -> str:
        """A strong one, with its quotation marks."""

    @property
    def last_modified(self) -> str:
        """As HTTP writes it, empty if that is not known."""

    def will_read(self, stop: int) -> None:
        """What is asked for ends before `stop`: so much is worth getting ahead of time."""

    async def read(self, position: int, most: int) -> bytes:
        """At least one byte from `position` on and at most `most`; none behind the end."""

    def close(self) -> None:
        """Nobody reads any more; closing twice is fine."""


class LocalVideo:
    """A file on this machine; read in threads, for a disk may take its time."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._descriptor: int | None = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._reading: asyncio.Task[bytes] | None = None
        self._is_closed = False
        status = os.fstat(self._descriptor)
        self.size_bytes = status.st_size
        self.etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
        self.last_modified = formatdate(status.st_mtime, usegmt=True)

    def will_read(self, stop: int) -> None:
        """All of it is here anyway."""

    async def read(self, position: int, most: int) -> bytes:
        """Some bytes; one call at a time."""
        if self._descriptor is None or self._is_closed:
            raise ValueError("the video is closed")
        self._reading = asyncio.create_task(asyncio.to_thread(os.pread, self._descriptor, most, position))
        return await asyncio.shield(self._reading)

    def close(self) -> None:
        """Let the file go, after a thread that still reads: its number may be another file's by then."""
        self._is_closed = True
        if self._reading is not None and not self._reading.done():
            self._reading.add_done_callback(self._let_go)
        else:
            self._let_go(self._reading)

    def _let_go(self, reading: asyncio.Task[bytes] | None) -> None:
        if reading is not None and not reading.cancelled():
            reading.exception()  # Nobody waits for these bytes any more.
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
