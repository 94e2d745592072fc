"""The arrays of one recording while they arrive, one NPY each: frames are read as soon as they are here."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.bundling import read_npy_header
from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.modalities import NEEDED, SMPLH
from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.errors import ChangedError, InputError

HEADER_BYTES = 10_256
"""More than the longest header that is read; numpy's own have 128 bytes."""

ROW_SHAPES: dict[str, tuple[int, ...]] = {
    "smplh:global_orient": (3,),
    "smplh:body_pose": (21, 3),
    "smplh:left_hand_pose": (15, 3),
    "smplh:right_hand_pose": (15, 3),
    "smplh:translation": (3,),
    "smplh:is_valid": (),
}

_HANDS = ("smplh:left_hand_pose", "smplh:right_hand_pose")


class GrowingBytes(Protocol):
    """A file of which some is here; `PartialFile` is one."""

    @property
    def size_bytes(self) -> int | None:
        """Of the whole file, if that is known yet."""

    @property
    def version(self) -> str:
        """Of the bytes that are here."""

    @property
    def source(self) -> str:
        """Where they come from, for people."""

    @property
    def here(self) -> ByteSpans:
        """What is here."""

    def read(self, position: int, count: int) -> bytes:
        """Bytes that are here; ValueError if they are not, or not any more."""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """An NPY of `rows` rows of `row_bytes` each; the first begins at `start`."""

    start: int
    rows: int
    row_bytes: int
    dtype: np.dtype[Any]

    def rows_here(self, here: ByteSpans) -> ByteSpans:
        """Stretches of whole rows that are here."""
        return ByteSpans.of(
            (first, last)
            for start, end in here
            if (first := max(0, math.ceil((start - self.start) / self.row_bytes)))
            < (last := min(self.rows, (end - self.start) // self.row_bytes))
        )


def row_layout(key: str, file: GrowingBytes, where: str) -> RowLayout | None:
    """How the array `key` of SMPL-H lies in its file; None if too little of it is here.

    Raises InputError for what is no such array. One that can be missing may have no rows.
    """
    beginning = file.here.end_of_run(0)
    size_bytes = file.size_bytes
    if size_bytes is None or not beginning:
        return None
    try:
        header = file.read(0, min(beginning, HEADER_BYTES))
    except ValueError:
        return None  # It has just become another file.
    try:
        start, shape, dtype = read_npy_header(io.BytesIO(header), where)
    except InputError:
        if beginning < min(size_bytes, HEADER_BYTES):
            return None
        raise
    row = tuple(size for size in shape[1:] if size != 1)
    wanted = ROW_SHAPES[key]
    if 0 in shape and key not in NEEDED and size_bytes == start:
        return RowLayout(start, 0, max(1, math.prod(wanted)) * dtype.itemsize, dtype)
    if not shape or row not in (wanted, (math.prod(wanted),) if wanted else ()):
        raise InputError(expected=f"rows of shape {wanted}", came=f"shape {shape}", where=where)
    row_bytes = math.prod(wanted) * dtype.itemsize
    if not 0 < shape[0] <= MAX_FRAME_COUNT or size_bytes != start + shape[0] * row_bytes:
        raise InputError(
            expected=f"1 to {MAX_FRAME_COUNT} frames that fill the file",
            came=f"{shape[0]} of {row_bytes} bytes in {size_bytes}",
            where=where,
        )
    return RowLayout(start, shape[0], row_bytes, dtype)


class ArrivingArrays:
    """What the camera's fit says about one person, as far as it is here; reading is safe from any thread.

    absent: says which arrays the store does not have; those are left out, as in an NPZ without them.
    """

    def __init__(
        self,
        where: Path,
        files: Mapping[str, GrowingBytes],
        absent: Callable[[], frozenset[str]],
    ) -> None:
        """files: by key; where: the NPZ that they will become."""
        self._where = where
        self._files = files
        self._absent = absent
        self._layouts: dict[str, tuple[tuple[int | None, str], RowLayout]] = {}
        """And of which file: its size and version."""

    def layout(self, key: str) -> RowLayout | None:
        """Of one array; None if too little of it is here. Raises InputError."""
        file = self._files[key]
        of = file.size_bytes, file.version
        known = self._layouts.get(key)
        if known is not None and known[0] == of:
            return known[1]
        found = row_layout(key, file, file.source)
        if found is not None:
            self._layouts[key] = of, found
        return found

    @property
    def frame_count(self) -> int | None:
        """N, as soon as the array tells that has to be there."""
        layout = self.layout("smplh:body_pose")
        return None if layout is None else layout.rows

    def frames_here(self) -> ByteSpans:
        """Stretches of frames of which every array is here. Raises InputError, also for unequal lengths."""
        spans: ByteSpans | None = None
        for key in self._with_rows():
            layout, count = self.layout(key), self.frame_count
            if layout is None or count is None:
                return ByteSpans()
            if layout.rows != count:
                raise InputError(
                    expected=f"{count} frames as in smplh:body_pose",
                    came=f"{layout.rows}",
                    where=f"{self._where} ({key})",
                )
            rows = layout.rows_here(self._files[key].here)
            spans = rows if spans is None else _both(spans, rows)
        return spans or ByteSpans()

    def read(self, first: int, last: int) -> RecordingArrays:
        """Frames `first` to before `last`, all of which must be here.

        Raises InputError without an array that is needed, and ChangedError if any are not here any more.
        """
        present = self._with_rows()
        lacking = NEEDED & {*SMPLH} - {*present}
        if lacking:
            raise InputError(
                expected=f"an array {min(lacking)}", came=", ".join(present) or "none", where=self._where
            )
        rows = {key: self._rows(key, first, last) for key in present}
        notices = [f"{key} is empty" for key in _HANDS if self._is_empty(key)]
        if not rows.keys() >= {*_HANDS}:
            notices.append("hand poses are missing: the hands rest")
        if self._is_empty("smplh:translation"):
            notices.append("smplh:translation is empty")
        if "smplh:translation" not in rows:
            notices.append("smplh:translation is missing: no sway")
        if self._is_empty("smplh:is_valid"):
            notices.append("smplh:is_valid is empty")
        valid = rows.get("smplh:is_valid")
        return RecordingArrays(
            where=self._where,
            frame_count=last - first,
            global_orient=rows["smplh:global_orient"],
            body_pose=rows["smplh:body_pose"],
            left_hand_pose=rows.get("smplh:left_hand_pose"),
            right_hand_pose=rows.get("smplh:right_hand_pose"),
            translation=rows.get("smplh:translation"),
            hands_tracked=np.ones(last - first, bool) if valid is None else valid > 0.5,
            box=None,
            keys=tuple(sorted(rows)),
            notices=tuple(notices),
        )

    def _with_rows(self) -> list[str]:
        absent = self._absent()
        return [key for key in SMPLH if key in self._files and key not in absent and not self._is_empty(key)]

    def _is_empty(self, key: str) -> bool:
        """Whether it is there without a single number, which is as good as missing."""
        layout = self.layout(key) if key in self._files else None
        return layout is not None and not layout.rows

    def _rows(self, key: str, first: int, last: int) -> NDArray[np.float32]:
        layout = self.layout(key)
        try:
            if layout is None:
                raise ValueError(f"{key} is not here")
            start = layout.start + first * layout.row_bytes
            data = self._files[key].read(start, (last - first) * layout.row_bytes)
        except ValueError:
            raise ChangedError("it is not here any more", where=f"{self._where} ({key})") from None
        with np.errstate(over="ignore"):
            numbers = np.frombuffer(data, layout.dtype).astype(np.float32)
        return numbers.reshape((last - first, *ROW_SHAPES[key]))


def _both(one: ByteSpans, other: ByteSpans) -> ByteSpans:
    """What is in both."""
    return ByteSpans.of((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))
