"""Any place that fsspec has a URL for, such as a bucket, as the place of a batch.

Such places have no locks. Two runs at once do not spoil anything there, since every file appears whole and a
film is the same whoever makes it, but they may do the same work.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_server.batch.places import unfinished
from avatar_server.errors import AvatarServerError, InputError, MachineError, NoRoomError

_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "hf", "memory"})
"""Stores that show an object when it is whole; in others a file has another name until it is."""

_BLOCK_BYTES = 1 << 20

_ADDRESS = re.compile(r"[a-z0-9+]+://\S+", re.IGNORECASE)
"""May have a signature in it."""


class _NoLock:
    """There is nothing to be locked."""

    def __init__(self, place: UrlPlace, entry: str) -> None:
        self._place = place
        self._entry = entry

    def release(self, *, remove: bool = False) -> None:
        """Remove what is unfinished of the entry, or nothing."""
        if remove:
            for name in self._place.names(unfinished(self._entry)):
                self._place.remove(unfinished(self._entry, name))
            self._place.remove_empty(unfinished(self._entry))


@dataclass(frozen=True, slots=True)
class UrlPlace:
    """See `Place`. Settings and secrets are those that fsspec finds on each machine."""

    url: str

    def __str__(self) -> str:
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"

    def prepare(self) -> None:
        """Write a file, and remove it."""
        name = f".{secrets.token_hex(8)}.part"
        with self._told(name) as (files, path):
            if not self._is_store:
                files.makedirs(path.rpartition("/")[0], exist_ok=True)
            files.pipe_file(path, b"\0")
            files.rm_file(path)

    def read(self, name: str) -> bytes | None:
        """The content."""
        with self._told(name) as (files, path):
            try:
                data: bytes = files.cat_file(path)
            except FileNotFoundError:
                return None
            return data

    def write(self, name: str, data: bytes) -> None:
        """Whole at once, or by another name."""
        with self._writing(name) as (files, path):
            files.pipe_file(path, data)

    def append(self, name: str, line: bytes) -> None:
        """Buckets cannot append: no log is kept."""

    def state(self, name: str) -> tuple[int, str] | None:
        """Size and hash."""
        found, size = hashlib.sha256(), 0
        with self._told(name) as (files, path):
            try:
                with files.open(path, "rb") as file:
                    while block := file.read(_BLOCK_BYTES):
                        found.update(block)
                        size += len(block)
            except FileNotFoundError:
                return None
        return size, found.hexdigest()

    def names(self, folder: str) -> tuple[str, ...]:
        """Sorted."""
        with self._told(folder) as (files, path):
            files.invalidate_cache()
            try:
                found = files.ls(path, detail=False)
            except FileNotFoundError:
                return ()
            return tuple(sorted({str(one).rstrip("/").rpartition("/")[2] for one in found}))

    @contextlib.contextmanager
    def scratch(self, entry: str) -> Iterator[Path]:
        """A temporary folder of this machine."""
        with tempfile.TemporaryDirectory(prefix="avatar-server-") as folder:
            yield Path(folder)

    def keep(self, path: Path, name: str) -> None:
        """Send it."""
        with self._writing(name) as (files, target):
            files.put_file(str(path), target)

    def local(self, name: str, scratch: Path) -> Path:
        """Fetched."""
        target = scratch / name.replace("/", "+")
        with self._told(name) as (files, path):
            try:
                files.get_file(path, str(target))
            except FileNotFoundError:
                raise InputError(expected="a file", came="none", where=f"{self}/{name}") from None
        return target

    def remove(self, name: str) -> None:
        """A file."""
        with self._told(name) as (files, path), contextlib.suppress(FileNotFoundError):
            files.rm_file(path)

    def remove_empty(self, folder: str) -> None:
        """A folder in which nothing is left, and the one it is in; buckets have none."""
        with self._told(folder) as (files, path):
            for one in (path, path.rpartition("/")[0]):
                with contextlib.suppress(OSError, NotImplementedError):
                    files.rmdir(one)

    def lock(self, entry: str) -> _NoLock:
        """Nobody is kept out."""
        return _NoLock(self, entry)

    def nobody_works(self, entry: str) -> bool:
        """Nobody knows, and files that appear whole do not care."""
        return True

    def free_bytes(self) -> int | None:
        """Not told."""
        return None

    @property
    def _is_store(self) -> bool:
        """One that has no folders, and shows what is written when it is whole."""
        return self.url.partition("://")[0] in _WHOLE_AT_ONCE

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[tuple[Any, str]]:
        """Under another name first where a file is seen while it grows."""
        with self._told(name) as (files, path):
            if self._is_store:
                yield files, path
                return
            folder, _, leaf = path.rpartition("/")
            files.makedirs(folder, exist_ok=True)
            temporary = f"{folder}/.{leaf}.{secrets.token_hex(4)}.part"
            try:
                yield files, temporary
                files.mv(temporary, path)
            except BaseException:
                with contextlib.suppress(Exception):
                    files.rm_file(temporary)
                raise

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[tuple[Any, str]]:
        """The file system and the path in it; whatever a store complains of becomes MachineError."""
        import fsspec

        try:
            files, path = fsspec.url_to_fs(f"{self.url}/{name}")
            yield files, path
        except AvatarServerError:
            raise
        except Exception as error:  # Each store has its own tree of errors.
            reason = _ADDRESS.sub("an address", " ".join(str(error).split())) or type(error).__name__
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoRoomError(f"no room left for {self}/{name} ({reason})") from None
            raise MachineError(f"{self}/{name} cannot be used: {reason}") from None
