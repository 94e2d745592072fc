"""What is in a motion file of any kind, by its first bytes: arrays under names, or a BVH text.

Nothing in a file is run: NPZ members are read one by one, pickles by `safe_pickle`, and object arrays never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import READ_ERRORS, NpzArchive, broken, check_array, npy_header
from avatar_server.dataset.safe_pickle import read_arrays_only
from avatar_server.errors import InputError

FileKind = Literal["npz", "npy", "pickle", "bvh"]

SUFFIXES = (".npz", ".npy", ".pkl", ".pickle", ".bvh")
"""What motion files are called; what is in them is found out by looking."""

BARE = "the array"
"""Name of the one array of an NPY file, which has none."""

_PICKLE_STARTS = (b"\x80", b"(", b"]", b"}", b"c")
"""Protocol 2 and later; and what a dict, a list or an object begin with in the older ones."""


class MotionArrays(Protocol):
    """Arrays under names, from any kind of file."""

    @property
    def where(self) -> str:
        """The file, and the part of it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names, sorted."""

    def shape(self, key: str) -> tuple[int, ...]:
        """Of the array `key`; raises InputError for what is damaged, and for what is no array of numbers."""

    def numbers(self, key: str) -> NDArray[np.float64]:
        """The array `key`; raises InputError for anything but numbers, objects above all."""

    def text(self, key: str) -> str:
        """The text under `key`; empty if there is none."""


def kind_of_file(path: Path) -> FileKind:
    """By the first bytes. Raises InputError for a file that is none of these, or cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        came = str(error.strerror or error).lower()
        raise InputError(expected="a readable motion file", came=came, where=path) from None
    if start.startswith(b"PK"):
        return "npz"
    if start.startswith(b"\x93NUMPY"):
        return "npy"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].upper() == b"HIERARCHY":
        return "bvh"
    if start.startswith(_PICKLE_STARTS):
        return "pickle"
    came = "an empty file" if not start else f"one that begins with {start[:12]!r}"
    raise InputError(expected="an NPZ, an NPY, a pickle of arrays or a BVH file", came=came, where=path)


@contextmanager
def opened_arrays(path: Path) -> Iterator[MotionArrays]:
    """The arrays of an NPZ, an NPY or a pickle, while the block lasts; InputError as the readers raise it."""
    kind = kind_of_file(path)
    if kind == "npz":
        with NpzArchive(path) as archive:
            yield _NpzArrays(path, archive)
    elif kind == "npy":
        yield HeldArrays(str(path), {BARE: _read_npy(path)})
    elif kind == "pickle":
        yield HeldArrays(str(path), read_arrays_only(path))
    else:
        raise InputError(expected="arrays", came="a BVH text", where=path)


class _NpzArrays:
    """Each array is read when it is asked for."""

    def __init__(self, path: Path, archive: NpzArchive) -> None:
        self._path = path
        self._archive = archive

    @property
    def where(self) -> str:
        return str(self._path)

    @property
    def keys(self) -> tuple[str, ...]:
        return self._archive.keys

    def shape(self, key: str) -> tuple[int, ...]:
        return self._archive.header(key)[0]

    def numbers(self, key: str) -> NDArray[np.float64]:
        return _numbers(self._archive.read_plain(key), f"{self._path} ({key})")

    def text(self, key: str) -> str:
        if key not in self.keys or self._archive.header(key)[1].kind not in "US":
            return ""
        return _text(self._archive.read_plain(key))


class HeldArrays:
    """Values that are here already: of an NPY, a pickle, or one person of a pickle."""

    def __init__(self, where: str, values: Mapping[str, object]) -> None:
        self.where = where
        self._values = values

    @property
    def keys(self) -> tuple[str, ...]:
        """Names, sorted."""
        return tuple(sorted(self._values))

    def shape(self, key: str) -> tuple[int, ...]:
        """As an array of numbers has it."""
        return self.numbers(key).shape

    def numbers(self, key: str) -> NDArray[np.float64]:
        """An array, a number, or lists of numbers."""
        value = self._values[key]
        where = f"{self.where} ({key})"
        if not isinstance(value, np.ndarray | np.generic | int | float | list | tuple):
            raise InputError(expected="numbers", came=f"a {type(value).__name__}", where=where)
        try:
            array = np.asarray(value)
        except ValueError:
            raise InputError(expected="numbers", came="lists of different lengths", where=where) from None
        return _numbers(array, where)

    def text(self, key: str) -> str:
        """Text as Python 2 and 3 and numpy write it."""
        value = self._values.get(key)
        if isinstance(value, bytes):
            return value.decode("latin1")
        if isinstance(value, str):
            return value
        return _text(value) if isinstance(value, np.ndarray | np.generic) else ""

    def part(self, key: str) -> HeldArrays | None:
        """The values under `key`, if it has further names below it."""
        value = self._values.get(key)
        if not isinstance(value, dict):
            return None
        return HeldArrays(f"{self.where} ({key})", {str(name): below for name, below in value.items()})


def _numbers(array: NDArray[Any], where: str) -> NDArray[np.float64]:
    if array.dtype.hasobject:
        raise InputError(expected="plain numbers", came="objects, which are never loaded", where=where)
    if array.dtype.kind not in "fbiu":
        raise InputError(expected="numbers", came=f"type {array.dtype}", where=where)
    return array.astype(np.float64, order="C", copy=False)


def _text(array: NDArray[Any] | np.generic) -> str:
    if array.dtype.kind not in "US" or array.size != 1:
        return ""
    value = np.asarray(array).reshape(-1)[0]
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _read_npy(path: Path) -> NDArray[Any]:
    try:
        with path.open("rb") as file:
            return _npy_array(file, path)
    except READ_ERRORS as error:
        raise broken(error, path) from None


def _npy_array(file: BinaryIO, path: Path) -> NDArray[Any]:
    shape, dtype = npy_header(file, path)
    check_array(shape, dtype, path.stat().st_size, path)
    file.seek(0)
    return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
