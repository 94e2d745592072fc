"""One process at a time works on a recording that arrives."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

from avatar_server.errors import MachineError

LOCK_NAME = "lock"

_TRIES = 1000
"""Others may remove the folder again and again; one that can never be made must not hold us for ever."""


class FolderLock:
    """A folder that is this process's own until it is released, or the process ends, however it ends.

    The lock is of the open file (flock), so two holders in one process exclude each other, too.
    """

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path) -> Self | None:
        """The lock of `folder`, which is made if need be; None if another one has it. Raises MachineError."""
        return cls._lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @classmethod
    def wait_for(cls, folder: Path) -> Self:
        """The lock of `folder`, which is made if need be, once nobody else has it. Raises MachineError."""
        lock = cls._lock(folder, fcntl.LOCK_EX)
        assert lock is not None
        return lock

    @classmethod
    def _lock(cls, folder: Path, operation: int) -> Self | None:
        path = folder / LOCK_NAME
        reason: str | None = "it goes away again and again"
        for _ in range(_TRIES):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except (FileNotFoundError, FileExistsError) as error:
                reason = error.strerror
                continue  # Whoever had it has just removed the folder.
            except OSError as error:
                raise MachineError(f"{folder} cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(descriptor, operation)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except OSError as error:
                os.close(descriptor)
                raise MachineError(f"{folder} cannot be locked: {error.strerror}") from None
            if _is_still(path, descriptor):
                return cls(folder, descriptor)
            os.close(descriptor)
        raise MachineError(f"{folder} cannot be written: {reason}")

    def release(self, *, remove: bool = False) -> None:
        """Let others have it, or remove it with all that is in it; releasing twice is fine."""
        if self._descriptor is not None:
            if remove:
                self._remove()
            os.close(self._descriptor)
            self._descriptor = None

    def _remove(self) -> None:
        """The lock goes last: whoever finds none makes a new one, and what is there then is theirs.

        A link to a folder elsewhere, and folders in it, are nothing we made, and stay.
        """
        if self.folder.is_symlink():
            return
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name != LOCK_NAME:
                    path.unlink()
            (self.folder / LOCK_NAME).unlink()
            self.folder.rmdir()
            self.folder.parent.rmdir()


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file is the one that others would lock: a folder may go between open and lock."""
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return named.st_ino == os.fstat(descriptor).st_ino
