"""A folder in the official layout as a store: what one disk has, another one can be given."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.local_tree import find_recording
from avatar_server.dataset.modalities import BUNDLED_PIECE, Modality
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace, StoredFile
from avatar_server.errors import AbsentError, ChangedError, TransferError


class _FileStream:
    """Keeps the contract `ByteStream` for a file of this machine."""

    def __init__(self, file: BinaryIO, start: int, stop: int, size_bytes: int, version: str) -> None:
        self.start, self.size_bytes, self.version = start, size_bytes, version
        self._file = file
        self._left = stop - start
        file.seek(start)

    def read(self, most: int) -> bytes:
        data = self._file.read(min(most, self._left))
        # Whoever writes into a file that is read leaves a mixture of two.
        if _version(self._file) != self.version:
            raise ChangedError("it has changed", where=self._file.name)
        self._left -= len(data)
        return data

    def relax(self) -> None:
        """It is as fast as it is."""

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _version(file: BinaryIO) -> str:
    found = os.fstat(file.fileno())
    return f"{found.st_mtime_ns}-{found.st_size}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """One file of this machine; its version is its time of change and size."""

    piece: str
    path: Path

    @property
    def where(self) -> str:
        """See the contract."""
        return str(self.path)

    @property
    def size_bytes(self) -> int | None:
        """See the contract."""
        try:
            return self.path.stat().st_size
        except OSError:
            return None

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """See the contract."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            raise AbsentError("not there", where=self.where) from None
        except OSError as error:
            raise TransferError(f"cannot be read ({error.strerror})", where=self.where) from None
        now, size = _version(file), os.fstat(file.fileno()).st_size
        if version not in ("", now) or start > size:
            file.close()
            raise ChangedError("it has changed", where=self.where)
        return _FileStream(file, start, size if stop is None else min(stop, size), size, now)


class LocalStore:
    """Keeps the contract `Store` for a data folder; recordings are found wherever they lie in it."""

    def __init__(self, data_dir: Path) -> None:
        self.name = "local"
        self._data_dir = data_dir

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract."""
        found: RecordingFiles | None = find_recording(self._data_dir, place.id)
        if found is None:
            raise AbsentError(f"no recording {place.id}", where=str(self._data_dir))
        paths = {"npz": found.npz, "wav": found.wav, "json": found.json, "mp4": found.mp4}
        wanted = dict.fromkeys(
            BUNDLED_PIECE[modality] for modality in BUNDLED_PIECE if modality in modalities
        )
        return tuple(LocalFile(piece, path) for piece in wanted if (path := paths[piece]) is not None)

    def close(self) -> None:
        """Nothing is kept open."""
