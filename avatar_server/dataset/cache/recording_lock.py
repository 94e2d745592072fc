"""One process at a time works on a recording that arrives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import Self

from avatar_server.errors import MachineError

LOCK_NAME = "lock"


class FolderLock:
    """A folder that is this process's own until it is released, or the process ends, however it ends.

    The lock is of the open file (flock), so two holders in one process exclude each other, too.
    """

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path) -> Self | None:
        """The lock of `folder`, which is made if need be; None if another one has it."""
        path = folder / LOCK_NAME
        while True:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except FileNotFoundError:
                continue  # Whoever had it has just removed the folder.
            except OSError as error:
                raise MachineError(f"{folder} cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if _is_still(path, descriptor):
                return cls(folder, descriptor)
            os.close(descriptor)

    def release(self, *, remove: bool = False) -> None:
        """Let others have it, or remove it with all that is in it; releasing twice is fine."""
        if self._descriptor is not None:
            if remove:
                shutil.rmtree(self.folder, ignore_errors=True)
                with contextlib.suppress(OSError):
                    self.folder.parent.rmdir()
            os.close(self._descriptor)
            self._descriptor = None


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file is the one that others would lock: a folder may go between open and lock."""
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return named.st_ino == os.fstat(descriptor).st_ino
