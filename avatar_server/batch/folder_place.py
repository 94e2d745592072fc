"""A folder of this machine, or one that several machines share, as the place of a batch."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from avatar_server.batch.inputs import hash_file
from avatar_server.batch.places import UNFINISHED, unfinished
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.sinks.disk_errors import disk_error

_AT_WORK = "at-work"
"""File of an unfinished entry that is locked (flock, shared) by every process that writes to it."""


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """See `Place`. Temporary files lie beside what is unfinished, and go away with it."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    def prepare(self) -> None:
        """Make it, and write a byte into it."""
        probe = self.folder / UNFINISHED / f"{secrets.token_hex(8)}.part"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"\0")
            probe.unlink()
            with contextlib.suppress(OSError):
                probe.parent.rmdir()
        except OSError as error:
            raise disk_error(error, self.folder) from None

    def read(self, name: str) -> bytes | None:
        """The content."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise disk_error(error, self.folder / name) from None

    def write(self, name: str, data: bytes) -> None:
        """By a temporary file in a folder of its own name, which two writers have one after the other."""
        lock = FolderLock.wait_for(self.folder / unfinished(f"{name.replace('/', '+')}.being-written"))
        temporary = lock.folder / "new"
        target = self.folder / name
        try:
            temporary.write_bytes(data)
            temporary.replace(target)
        except OSError as error:
            raise disk_error(error, target) from None
        finally:
            lock.release(remove=True)

    def append(self, name: str, line: bytes) -> None:
        """In one call, so that lines of several processes do not mix."""
        path = self.folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, path) from None

    def state(self, name: str) -> tuple[int, str] | None:
        """Size and hash."""
        path = self.folder / name
        try:
            return path.stat().st_size, hash_file(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise disk_error(error, path) from None

    def names(self, folder: str) -> tuple[str, ...]:
        """Sorted."""
        try:
            return tuple(sorted(path.name for path in (self.folder / folder).iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    @contextlib.contextmanager
    def scratch(self, entry: str) -> Iterator[Path]:
        """The folder of what is unfinished, so that keeping is renaming."""
        folder = self.folder / unfinished(entry)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / _AT_WORK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise disk_error(error, folder) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield folder
        finally:
            os.close(descriptor)

    def keep(self, path: Path, name: str) -> None:
        """Rename it."""
        target = self.folder / name
        if path == target:
            return
        try:
            path.replace(target)
        except OSError as error:
            raise disk_error(error, target) from None

    def local(self, name: str, scratch: Path) -> Path:
        """Where it is."""
        return self.folder / name

    def remove(self, name: str) -> None:
        """A file, or a folder that nobody has locked."""
        path = self.folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, path) from None

    def lock(self, entry: str) -> FolderLock | None:
        """By flock: it ends with the process, however that ends."""
        return FolderLock.take(self.folder / unfinished(entry))

    def nobody_works(self, entry: str) -> bool:
        """Whether the file that workers lock can be had alone."""
        try:
            descriptor = os.open(self.folder / unfinished(entry, _AT_WORK), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def free_bytes(self) -> int | None:
        """Of the disk."""
        try:
            return shutil.disk_usage(self.folder).free
        except OSError:
            return None
