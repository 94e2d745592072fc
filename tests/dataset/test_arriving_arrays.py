"""Arrays while they arrive, against what a whole NPZ of the same arrays gives."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.arriving_arrays import HEADER_BYTES, ArrivingArrays
from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.errors import ChangedError, InputError
from avatar_server.testing.loose_pieces import npy

COUNT = 40
STORE = "https://bucket.example"
BODY, ROOT, LEFT = "smplh:body_pose", "smplh:global_orient", "smplh:left_hand_pose"
Arrays = dict[str, NDArray[Any]]


def arrays_of(count: int = COUNT) -> Arrays:
    numbers = np.random.default_rng(1)
    shapes = [(3,), (21, 3), (15, 3), (15, 3), (3,)]
    return {
        **{
            key: numbers.normal(size=(count, *shape)).astype("f4")
            for key, shape in zip(SMPLH, shapes, strict=False)
        },
        "smplh:is_valid": np.arange(count) % 3 > 0,
    }


class Coming:
    """Files of which nothing is here before it is said to come."""

    def __init__(self, folder: Path, files: dict[str, bytes], absent: frozenset[str] = frozenset()) -> None:
        self.data = files
        self.partials = {
            key: PartialFile(folder / key.replace(":", "-"), source=f"{STORE}/{key}") for key in SMPLH
        }
        self.absent = frozenset(SMPLH) - files.keys() | absent
        self.arrays = ArrivingArrays(folder / "V00.npz", self.partials, lambda: self.absent)

    def come(self, key: str, start: int = 0, end: int | None = None, *, version: str = "v1") -> None:
        data = self.data[key]
        self.partials[key].describe(len(data), version)
        self.partials[key].write(start, data[start:end])

    def come_all(self) -> ArrivingArrays:
        for key in self.data:
            self.come(key)
        return self.arrays


def arriving(folder: Path, arrays: Arrays) -> ArrivingArrays:
    return Coming(folder, {key: npy(array) for key, array in arrays.items()}).come_all()


def assert_same(came: RecordingArrays, whole: RecordingArrays, first: int = 0, last: int = COUNT) -> None:
    assert came.frame_count == last - first
    for field in (
        "global_orient",
        "body_pose",
        "left_hand_pose",
        "right_hand_pose",
        "translation",
        "hands_tracked",
    ):
        one, other = getattr(came, field), getattr(whole, field)
        assert (one is None) == (other is None), field
        if other is not None:
            np.testing.assert_array_equal(one, other[first:last], err_msg=field)
            assert one.dtype == other.dtype
    assert came.notices == whole.notices


def whole_of(folder: Path, arrays: Arrays) -> RecordingArrays:
    path = folder / "whole.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return read_arrays(path)


def variants() -> dict[str, Arrays]:
    plain = arrays_of()
    hands = (LEFT, "smplh:right_hand_pose")
    return {
        "as the data set has them": plain,
        "float64": {key: array.astype("f8") for key, array in plain.items()},
        "float16": {key: array.astype("f2") for key, array in plain.items()},
        "the other byte order": {
            key: array.astype(array.dtype.newbyteorder(">")) for key, array in plain.items()
        },
        "flattened, as models give them": {
            key: array.reshape(COUNT, -1) if array.ndim > 1 else array for key, array in plain.items()
        },
        "spare axes": {key: array[:, None] for key, array in plain.items()},
        "validity as numbers": {**plain, "smplh:is_valid": plain["smplh:is_valid"].astype("f4")[:, None]},
        "too large for 32 bits": {**plain, BODY: plain[BODY].astype("f8") * 1e300},
        "without hands": {key: array for key, array in plain.items() if key not in hands},
        "with one hand": {key: array for key, array in plain.items() if key != hands[1]},
        "only what is needed": {key: plain[key] for key in (ROOT, BODY)},
        "empty where it may be": {
            **{key: array[:0] for key, array in plain.items()},
            ROOT: plain[ROOT],
            BODY: plain[BODY],
        },
        "empty in another axis": {**plain, "smplh:translation": np.zeros((COUNT, 0), "f4")},
        "one-dimensional in Fortran's order": {
            **plain,
            "smplh:is_valid": np.asfortranarray(plain["smplh:is_valid"]),
        },
    }


@pytest.mark.parametrize("name", variants())
def test_what_arrives_is_what_the_whole_file_has(name: str, tmp_path: Path) -> None:
    stored = variants()[name]
    arrays, whole = arriving(tmp_path, stored), whole_of(tmp_path, stored)
    assert arrays.frame_count == whole.frame_count == COUNT
    assert arrays.frames_here() == ByteSpans(((0, COUNT),))
    assert_same(arrays.read(0, COUNT), whole)
    assert_same(arrays.read(7, 19), whole, 7, 19)


def test_a_header_may_come_byte_by_byte(tmp_path: Path) -> None:
    coming = Coming(tmp_path, {BODY: npy(arrays_of()[BODY])})
    start = len(coming.data[BODY]) - COUNT * 63 * 4
    for position in range(start):
        assert coming.arrays.layout(BODY) is None, position
        assert coming.arrays.frame_count is None
        coming.come(BODY, position, position + 1)
    layout = coming.arrays.layout(BODY)
    assert layout is not None
    assert (layout.start, layout.rows, layout.row_bytes) == (start, COUNT, 252)


def test_a_frame_is_here_when_every_array_has_all_its_bytes(tmp_path: Path) -> None:
    stored = arrays_of()
    coming = Coming(tmp_path, {key: npy(array) for key, array in stored.items()})
    for key in coming.data:
        if key != BODY:
            coming.come(key)
    assert coming.arrays.frames_here() == ByteSpans()
    start = len(coming.data[BODY]) - COUNT * 252
    coming.come(BODY, 0, start + 10 * 252 - 1)
    assert coming.arrays.frames_here() == ByteSpans(((0, 9),))
    coming.come(BODY, start + 10 * 252 - 1, start + 10 * 252)
    assert coming.arrays.frames_here() == ByteSpans(((0, 10),))
    coming.come(BODY, start + 20 * 252 + 1, start + 31 * 252 - 1)
    assert coming.arrays.frames_here() == ByteSpans(((0, 10), (21, 30)))
    assert_same(coming.arrays.read(21, 30), whole_of(tmp_path, stored), 21, 30)
    with pytest.raises(ChangedError, match="not here any more"):
        coming.arrays.read(20, 30)


def test_a_file_that_becomes_another_one_is_looked_at_anew(tmp_path: Path) -> None:
    long, short = ({key: npy(array) for key, array in arrays_of(count).items()} for count in (COUNT, 12))
    coming = Coming(tmp_path, long)
    coming.come_all()
    assert coming.arrays.frame_count == COUNT
    coming.partials[BODY].forget()
    assert coming.arrays.frame_count is None
    assert coming.arrays.frames_here() == ByteSpans()
    with pytest.raises(ChangedError, match="not here any more"):
        coming.arrays.read(0, 5)
    coming.data = short
    for key in short:
        coming.come(key, version="v2")
    assert coming.arrays.frame_count == 12
    assert_same(coming.arrays.read(0, 12), whole_of(tmp_path, arrays_of(12)), 0, 12)


def test_whoever_looks_while_it_changes_sees_nothing(tmp_path: Path) -> None:
    """Between the question of what is here and the reading the bytes may go."""
    coming = Coming(tmp_path, {BODY: npy(arrays_of()[BODY])})
    coming.come(BODY)
    partial = coming.partials[BODY]

    class Going(PartialFile):
        @property
        def here(self) -> ByteSpans:
            return ByteSpans(((0, 5000),))

    partial.__class__ = Going
    partial.forget()
    partial.describe(5000, "v2")
    assert coming.arrays.layout(BODY) is None


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("unpickled",)


@pytest.mark.parametrize(
    ("key", "data", "said"),
    [
        (BODY, npy(np.asfortranarray(np.zeros((COUNT, 63), "f4"))), "columns first"),
        (BODY, npy(np.zeros((COUNT, 22, 3), "f4")), "(40, 22, 3)"),
        (BODY, npy(np.zeros((), "f4")), "shape ()"),
        (BODY, npy(np.zeros((COUNT, 63), "c8")), "complex64"),
        (BODY, npy(np.zeros((COUNT, 63), "U4")), "<U4"),
        (BODY, npy(np.zeros((0, 21, 3), "f4")), "1 to 2000000 frames"),
        (ROOT, npy(np.zeros((0, 3), "f4")), "1 to 2000000 frames"),
        (BODY, npy(np.zeros((COUNT, 63), "f4"))[:-1], "fill the file"),
        (BODY, npy(np.zeros((COUNT, 63), "f4")) + b"\0", "fill the file"),
        (LEFT, npy(np.zeros((0, 15, 3), "f4")) + b"\0", "fill the file"),
        (BODY, npy(np.zeros((COUNT, 63), "f4")).replace(b"(40, 63)", b"(-1, 63)"), "0 or more"),
        (BODY, npy(np.zeros((COUNT, 63), "f4")).replace(b"(40, 63), }    ", b"(1<<40, 63), }"), "NPY format"),
        (
            BODY,
            npy(np.zeros((COUNT, 63), "f4")).replace(b"(40, 63), }     ", b"(9**9, 63), }   "),
            "NPY format",
        ),
        (BODY, b"<Error><Code>AccessDenied</Code></Error>", "NPY format"),
        (BODY, b"\x93NUMPY\x01\x00\xff\xff" + b" " * 70_000, "NPY format"),
        (BODY, b"\x93NUMPY\x03\x00" + npy(np.zeros((COUNT, 63), "f4"))[8:], "1.0 or 2.0"),
        (BODY, b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4'", "NPY format"),
    ],
)
def test_what_is_no_array_of_this_kind_is_refused(key: str, data: bytes, said: str, tmp_path: Path) -> None:
    coming = Coming(tmp_path, {key: data})
    coming.come(key)
    with pytest.raises(InputError, match=f"{STORE}/{key}") as refused:
        coming.arrays.layout(key)
    assert said in str(refused.value)


def test_pickles_are_refused_unread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = io.BytesIO()
    np.save(content, np.array([Trap()], object), allow_pickle=True)
    coming = Coming(tmp_path, {BODY: content.getvalue()})
    coming.come(BODY)
    with pytest.raises(InputError, match="never loaded"):
        coming.arrays.layout(BODY)
    assert capsys.readouterr().out == ""


def test_what_is_no_array_is_known_when_as_much_as_the_longest_header_is_here(tmp_path: Path) -> None:
    coming = Coming(tmp_path, {BODY: b"\x93NUMPY\x01\x00\xff\xff" + b" " * 70_000})
    coming.come(BODY, 0, HEADER_BYTES - 1)
    assert coming.arrays.layout(BODY) is None
    coming.come(BODY, 0, HEADER_BYTES)
    with pytest.raises(InputError):
        coming.arrays.layout(BODY)


def test_arrays_of_unequal_length_are_refused_as_in_a_whole_file(tmp_path: Path) -> None:
    stored = {**arrays_of(), LEFT: arrays_of(COUNT - 1)[LEFT]}
    arrays = arriving(tmp_path, stored)
    with pytest.raises(InputError, match=r"expected 40 frames as in smplh:body_pose, but found 39"):
        arrays.frames_here()
    with pytest.raises(InputError, match=r"expected 40 frames as in smplh:body_pose, but found 39"):
        whole_of(tmp_path, stored)


def test_without_what_is_needed_there_is_no_motion(tmp_path: Path) -> None:
    arrays = arriving(tmp_path, {key: array for key, array in arrays_of().items() if key != ROOT})
    with pytest.raises(InputError, match="expected an array smplh:global_orient, but found smplh:body_pose"):
        arrays.read(0, COUNT)


def test_what_was_read_does_not_share_memory_with_anybody(tmp_path: Path) -> None:
    read = arriving(tmp_path, arrays_of()).read(0, COUNT)
    for field in dataclasses.fields(read):
        value = getattr(read, field.name)
        if isinstance(value, np.ndarray):
            value[...] = 0
