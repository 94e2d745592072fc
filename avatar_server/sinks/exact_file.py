"""What FFmpeg writes through: whatever goes wrong is told at once, as what it is."""

from __future__ import annotations

import os
from pathlib import Path


class ExactFile:
    """A file that FFmpeg writes through, so that a failing write is seen at once, as the OSError it is.

    Unbuffered, since FFmpeg reads it back by its name to move the index to the front.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._raw = path.open("xb", buffering=0)
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        """All of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._raw.write(rest) :]
        self.size_bytes = max(self.size_bytes, self._raw.tell())
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of every file."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """As of every file."""
        return self._raw.tell()

    def close(self) -> None:
        """As of every file."""
        self._raw.close()
