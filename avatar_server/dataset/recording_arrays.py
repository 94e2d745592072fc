"""The arrays of one recording's NPZ: checked, in their plain shapes, not yet interpreted.

An NPZ is a zip of NPY files. It is read here member by member rather than through `numpy.load`, so that the
header of each is judged (object arrays, absurd sizes) before anything is allocated, and so that the large
groups nobody asked for are never unpacked.
"""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

Floats = NDArray[np.float32]

MAX_FRAME_COUNT = 2_000_000
"""More than 18 hours at 30 Hz: what is longer is a broken or hostile file."""

_MAX_MEMBER_BYTES = 4 << 30
_READ_ERRORS = (
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


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What an NPZ says about one of its arrays. dtype: as numpy writes it; `object` is never loaded."""

    key: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, eq=False, slots=True)
class RecordingArrays:
    """What the camera's fit says about one person, N frames (N >= 1).

    Rotations are axis-angle in radians, unwrapped (norms beyond pi occur); the frame is the camera's: x
    right, y down, z away. Values may be non-finite or sentinels: see `motion.gaps`.

    where: the file. global_orient: (N, 3). body_pose: (N, 21, 3), SMPL-H joints 1..21.
    left_hand_pose, right_hand_pose: (N, 15, 3) or None. translation: (N, 3) or None, weak-perspective; x
    and y are about metres, z is a scale. hands_tracked: (N,) bool, the array `smplh:is_valid`; all True if
    absent. box: (N, 4) xyxy pixels, or None. keys: names of all arrays in the file, sorted. notices: what
    is missing or was ignored, for people.
    """

    where: Path
    frame_count: int
    global_orient: Floats
    body_pose: Floats
    left_hand_pose: Floats | None
    right_hand_pose: Floats | None
    translation: Floats | None
    hands_tracked: NDArray[np.bool_]
    box: Floats | None
    keys: tuple[str, ...]
    notices: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The parts before the colon, sorted: `smplh`, `movement`, ..."""
        return tuple(sorted({key.partition(":")[0] for key in self.keys if ":" in key}))

    def read(self, key: str) -> Floats | None:
        """The array `key` as float32 in the shape it was stored, unpacked now; None if the file lacks it."""
        if key not in self.keys:
            return None
        with _Archive(self.where) as archive:
            return archive.read(key)


def read_headers(npz: Path) -> tuple[ArrayHeader, ...]:
    """All arrays of `npz` in order of their names, none unpacked; those whose header is damaged are left out.

    Raises InputError for a file that is no NPZ.
    """
    headers = []
    with _Archive(npz) as archive:
        for key in archive.keys:
            try:
                shape, dtype = archive.header(key)
            except InputError:
                continue
            headers.append(ArrayHeader(key, shape, str(dtype)))
    return tuple(headers)


def read_keys(npz: Path, keys: Iterable[str]) -> tuple[Floats, ...]:
    """These arrays of `npz` as float32 in the shapes they were stored in, and nothing else unpacked.

    Raises InputError as `read_arrays` does, also for a key that is not there.
    """
    arrays = []
    with _Archive(npz) as archive:
        for key in keys:
            if key not in archive.keys:
                raise InputError(expected=f"an array {key}", came="none", where=npz)
            arrays.append(archive.read(key))
    return tuple(arrays)


def read_arrays(npz: Path) -> RecordingArrays:
    """Read the arrays that every player needs from `npz`.

    Model outputs flattened to (N, 63) and (N, 45) are taken as well as float64; unknown keys are ignored.
    Raises InputError for a file that is no NPZ, is cut short, holds pickled objects, has wrong shapes or
    types, or has no frames.
    """
    notices: list[str] = []
    with _Archive(npz) as archive:
        global_orient = archive.read_as("smplh:global_orient", (3,))
        body_pose = archive.read_as("smplh:body_pose", (21, 3))
        if global_orient is None or body_pose is None:
            lacking = "smplh:global_orient" if global_orient is None else "smplh:body_pose"
            came = ", ".join(archive.keys[:6]) or "no arrays at all"
            raise InputError(expected=f"an array {lacking}", came=came, where=npz)
        frame_count = len(body_pose)
        if frame_count == 0:
            raise InputError(expected="at least one frame of motion", came="zero frames", where=npz)
        left_hand_pose = archive.read_optional("smplh:left_hand_pose", (15, 3), notices)
        right_hand_pose = archive.read_optional("smplh:right_hand_pose", (15, 3), notices)
        if left_hand_pose is None or right_hand_pose is None:
            notices.append("hand poses are missing: the hands rest")
        translation = archive.read_optional("smplh:translation", (3,), notices)
        if translation is None:
            notices.append("smplh:translation is missing: no sway")
        valid = archive.read_optional("smplh:is_valid", (), notices)
        box: Floats | None = None
        try:
            box = archive.read_optional("boxes_and_keypoints:box", (4,), notices)
            if box is not None and len(box) != frame_count:
                raise InputError(expected=f"{frame_count} boxes", came=f"{len(box)}", where=npz)
        except InputError as error:
            box = None
            notices.append(f"boxes ignored: {error}")
        keys = archive.keys
    for key, array in (
        ("smplh:global_orient", global_orient),
        ("smplh:left_hand_pose", left_hand_pose),
        ("smplh:right_hand_pose", right_hand_pose),
        ("smplh:translation", translation),
        ("smplh:is_valid", valid),
    ):
        if array is not None and len(array) != frame_count:
            raise InputError(
                expected=f"{frame_count} frames as in smplh:body_pose",
                came=f"{len(array)}",
                where=f"{npz} ({key})",
            )
    return RecordingArrays(
        where=npz,
        frame_count=frame_count,
        global_orient=global_orient,
        body_pose=body_pose,
        left_hand_pose=left_hand_pose,
        right_hand_pose=right_hand_pose,
        translation=translation,
        hands_tracked=np.ones(frame_count, bool) if valid is None else valid > 0.5,
        box=box,
        keys=keys,
        notices=tuple(notices),
    )


class _Archive:
    """An open NPZ; every error that comes out of it is an InputError naming file and key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise InputError(
                expected="a readable NPZ file", came=str(error.strerror).lower(), where=path
            ) from None
        except _READ_ERRORS as error:
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

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self._members))

    def read_as(self, key: str, row_shape: tuple[int, ...]) -> Floats | None:
        """`key` as (N, *row_shape), None if the archive lacks it; flattened rows and spare axes are fine."""
        if key not in self._members:
            return None
        array = self.read(key)
        row = tuple(size for size in array.shape[1:] if size != 1)
        if array.ndim == 0 or row not in (row_shape, (math.prod(row_shape),) if row_shape else ()):
            expected = (
                "(N" + "".join(f", {size}" for size in row_shape) + ("," if not row_shape else "") + ")"
            )
            raise InputError(
                expected=f"shape {expected}", came=f"{array.shape}", where=f"{self._path} ({key})"
            )
        if len(array) > MAX_FRAME_COUNT:
            raise InputError(
                expected=f"at most {MAX_FRAME_COUNT} frames",
                came=f"{len(array)}",
                where=f"{self._path} ({key})",
            )
        return array.reshape((len(array), *row_shape))

    def read_optional(self, key: str, row_shape: tuple[int, ...], notices: list[str]) -> Floats | None:
        """As `read_as`; an array without a single number counts as missing, and is said to be empty."""
        if key in self._members and 0 in self.header(key)[0]:
            notices.append(f"{key} is empty")
            return None
        return self.read_as(key, row_shape)

    def header(self, key: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Shape and type of `key`; nothing is unpacked but the header."""
        info = self._members[key]
        where = f"{self._path} ({key})"
        try:
            with self._zip.open(info) as stream:
                version = np.lib.format.read_magic(stream)
                if version == (1, 0):
                    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
                elif version == (2, 0):
                    shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
                else:
                    raise InputError(expected="NPY format 1.0 or 2.0", came=f"{version}", where=where)
        except _READ_ERRORS as error:
            raise _broken(error, where) from None
        return shape, dtype

    def read(self, key: str) -> Floats:
        info = self._members[key]
        where = f"{self._path} ({key})"
        shape, dtype = self.header(key)
        if dtype.hasobject:
            raise InputError(
                expected="plain numbers", came="pickled objects, which are never loaded", where=where
            )
        if dtype.kind not in "fbiu":
            raise InputError(expected="numbers", came=f"type {dtype}", where=where)
        byte_count = math.prod(shape) * dtype.itemsize
        if byte_count > min(info.file_size, _MAX_MEMBER_BYTES):
            raise InputError(
                expected=f"an array that fits its {info.file_size} bytes", came=f"shape {shape}", where=where
            )
        try:
            with self._zip.open(info) as stream:
                array = np.lib.format.read_array(stream, allow_pickle=False)
        except _READ_ERRORS as error:
            raise _broken(error, where) from None
        with np.errstate(over="ignore"):
            return array.astype(np.float32, order="C", copy=False)


def _broken(error: Exception, where: str) -> InputError:
    detail = " ".join(str(error).split()) or type(error).__name__
    return InputError(expected="a whole array", came=f"a damaged one ({detail})", where=where)
