"""Numbers that are too many for the memory, kept in a nameless temporary file and read a few at a time."""

from __future__ import annotations

import errno
import math
import os
import tempfile
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import NoRoomError

Scalar = TypeVar("Scalar", bound=np.generic)


class KeptRows(Generic[Scalar]):
    """(N, *row_shape) numbers of one type, which grow at the end.

    Memory does not grow with N. The file is gone when this is closed or the process ends, however it ends.
    Reading is safe from several threads at once, and from forked processes.
    """

    def __init__(self, row_shape: tuple[int, ...], dtype: type[Scalar], what: str) -> None:
        """what: is kept, for people whose disk is full."""
        self._row_shape = row_shape
        self._dtype: np.dtype[Scalar] = np.dtype(dtype)
        self._row_bytes = self._dtype.itemsize * math.prod(row_shape)
        self._what = what
        self._count = 0
        self._descriptor: int | None = None
        with tempfile.TemporaryFile(prefix="avatar-server-rows-") as file:
            self._descriptor = os.dup(file.fileno())

    @classmethod
    def of(cls, rows: NDArray[Scalar], what: str) -> KeptRows[Scalar]:
        """All of (N, *row_shape); NoRoomError if the temporary file finds no room."""
        kept = cls(rows.shape[1:], rows.dtype.type, what)
        kept.append(rows)
        return kept

    def append(self, rows: NDArray[Scalar]) -> None:
        """Keep (n, *row_shape) more; NoRoomError if the temporary file finds no room."""
        if rows.shape[1:] != self._row_shape or rows.dtype != self._dtype:
            raise ValueError(f"rows: expected (n, *{self._row_shape}) {self._dtype}, got {rows.shape}")
        rest = memoryview(rows.tobytes())
        place = self._count * self._row_bytes
        try:
            while rest:
                written = os.pwrite(self._open_descriptor(), rest, place)
                rest, place = rest[written:], place + written
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                folder = tempfile.gettempdir()
                raise NoRoomError(f"no room to keep {self._what} in {folder}: {error.strerror}") from None
            raise
        self._count += len(rows)

    def read(self, first: int, last: int) -> NDArray[Scalar]:
        """Rows `first` to before `last`; ValueError if there are not as many."""
        if not 0 <= first <= last <= self._count:
            raise ValueError(f"rows {first} to {last} of {self._count}")
        size = (last - first) * self._row_bytes
        data = os.pread(self._open_descriptor(), size, first * self._row_bytes)
        return np.frombuffer(data, dtype=self._dtype).reshape(last - first, *self._row_shape)

    def __len__(self) -> int:
        return self._count

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (self._count, *self._row_shape)

    def __getitem__(self, row: int) -> NDArray[Scalar]:
        found: NDArray[Scalar] = self.read(row, row + 1)[0]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it, for whoever has the memory."""
        return np.array(self.read(0, self._count), dtype=dtype)

    def close(self) -> None:
        """Give the file back; closing twice is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError(f"{self._what}: closed")
        return self._descriptor
