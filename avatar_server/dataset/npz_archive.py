"""An NPZ read member by member: each header is judged before anything is allocated, and nothing is run.

An NPZ is a zip of NPY files. `numpy.load` would unpack groups nobody asked for, and believes their headers.
"""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

Floats = NDArray[np.float32]

MAX_FRAME_COUNT = 2_000_000
"""More than 18 hours at 30 Hz: what is longer is a broken or hostile file."""

MAX_ARRAY_BYTES = 4 << 30
_PIECE_BYTES = 1 << 20

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # how zipfile says encrypted, or packed in an unknown way
    # What numpy's parser of damaged headers lets through:
    MemoryError,
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    IndexError,
    OverflowError,
)


class NpzArchive:
    """An open NPZ, used in a `with` block; every error out of it is an InputError naming file and key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise InputError(
                expected="a readable NPZ file", came=str(error.strerror).lower(), where=path
            ) from None
        except READ_ERRORS as error:
            raise InputError(
                expected="an NPZ file (a zip of arrays)",
                came=f"no whole zip ({error}); the file may be cut short",
                where=path,
            ) from None
        self._members = {
            info.filename.removesuffix(".npy"): info
            for info in self._zip.infolist()
            if info.filename.endswith(".npy")
        }

    def __enter__(self) -> NpzArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of all arrays, sorted."""
        return tuple(sorted(self._members))

    def read_as(self, key: str, row_shape: tuple[int, ...]) -> Floats | None:
        """`key` as (N, *row_shape), None if the archive lacks it; flattened rows and spare axes are fine."""
        if key not in self._members:
            return None
        array = self.read(key)
        _check_rows(array.shape, row_shape, f"{self._path} ({key})")
        return array.reshape((len(array), *row_shape))

    def pieces(self, key: str, row_shape: tuple[int, ...]) -> Iterator[Floats]:
        """The same of an array that is there, a megabyte at a time: (n, *row_shape) each."""
        info = self._members[key]
        where = f"{self._path} ({key})"
        shape, dtype = self.header(key)
        check_array(shape, dtype, info.file_size, where)
        _check_numbers(dtype, where)
        _check_rows(shape, row_shape, where)
        row_bytes = dtype.itemsize * math.prod(shape[1:])
        if not shape[0] or not row_bytes:
            return
        try:
            with self._zip.open(info) as stream:
                is_by_column = npy_layout(stream, where)[2]
                if is_by_column and len(shape) > 1:
                    stream.seek(0)
                    yield _floats(np.lib.format.read_array(stream, allow_pickle=False)).reshape(
                        -1, *row_shape
                    )
                    return
                left = shape[0]
                while left:
                    count = min(left, max(1, _PIECE_BYTES // row_bytes))
                    data = stream.read(count * row_bytes)
                    if len(data) < count * row_bytes:
                        raise EOFError(f"{left} rows are missing")
                    left -= count
                    yield _floats(np.frombuffer(data, dtype)).reshape(-1, *row_shape)
                stream.read(1)  # The checksum is compared at the end.
        except READ_ERRORS as error:
            raise broken(error, where) from None

    def is_empty(self, key: str) -> bool:
        """Whether there is such an array without a single number."""
        return key in self._members and 0 in self.header(key)[0]

    def header(self, key: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Shape and type of `key`; nothing is unpacked but the header."""
        where = f"{self._path} ({key})"
        try:
            with self._zip.open(self._members[key]) as stream:
                return npy_header(stream, where)
        except READ_ERRORS as error:
            raise broken(error, where) from None

    def read(self, key: str) -> Floats:
        """`key` as float32, in the shape it was stored."""
        array = self.read_plain(key)
        _check_numbers(array.dtype, f"{self._path} ({key})")
        return _floats(array)

    def read_plain(self, key: str) -> NDArray[Any]:
        """`key` as it was stored: numbers, truths or text; objects are never loaded."""
        info = self._members[key]
        where = f"{self._path} ({key})"
        shape, dtype = self.header(key)
        check_array(shape, dtype, info.file_size, where)
        try:
            with self._zip.open(info) as stream:
                return np.lib.format.read_array(stream, allow_pickle=False)
        except READ_ERRORS as error:
            raise broken(error, where) from None


def _floats(array: NDArray[Any]) -> Floats:
    with np.errstate(over="ignore"):
        return array.astype(np.float32, order="C", copy=False)


def _check_numbers(dtype: np.dtype[Any], where: str) -> None:
    if dtype.kind not in "fbiu":
        raise InputError(expected="numbers", came=f"type {dtype}", where=where)


def _check_rows(shape: tuple[int, ...], row_shape: tuple[int, ...], where: str) -> None:
    row = tuple(size for size in shape[1:] if size != 1)
    if not shape or row not in (row_shape, (math.prod(row_shape),) if row_shape else ()):
        expected = "(N" + "".join(f", {size}" for size in row_shape) + ("," if not row_shape else "") + ")"
        raise InputError(expected=f"shape {expected}", came=f"{shape}", where=where)
    if shape[0] > MAX_FRAME_COUNT:
        raise InputError(expected=f"at most {MAX_FRAME_COUNT} frames", came=f"{shape[0]}", where=where)


def npy_header(stream: BinaryIO | Any, where: str | Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an NPY file; InputError for an unknown version, numpy's errors for the rest."""
    return npy_layout(stream, where)[:2]


def npy_layout(stream: BinaryIO | Any, where: str | Path) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """The same, and whether numbers are stored column by column (Fortran's order)."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, is_by_column, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, is_by_column, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise InputError(expected="NPY format 1.0 or 2.0", came=f"{version}", where=where)
    return shape, dtype, is_by_column


def check_array(shape: tuple[int, ...], dtype: np.dtype[Any], stored_bytes: int, where: str | Path) -> None:
    """Refuse, with InputError, what would run code or does not fit the bytes there are."""
    if dtype.hasobject:
        raise InputError(
            expected="plain numbers", came="pickled objects, which are never loaded", where=where
        )
    if dtype.kind not in "fbiuUS":
        raise InputError(expected="numbers", came=f"type {dtype}", where=where)
    if math.prod(shape) * dtype.itemsize > min(stored_bytes, MAX_ARRAY_BYTES):
        raise InputError(
            expected=f"an array that fits its {stored_bytes} bytes", came=f"shape {shape}", where=where
        )


def broken(error: Exception, where: str | Path) -> InputError:
    """What is said of an array that cannot be read."""
    detail = " ".join(str(error).split()) or type(error).__name__
    return InputError(expected="a whole array", came=f"a damaged one ({detail})", where=where)
