from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import InputError


def arrays_of(count: int) -> dict[str, NDArray[Any]]:
    numbers = np.random.default_rng(1)
    return {
        "smplh:global_orient": numbers.normal(size=(count, 3)).astype(np.float32),
        "smplh:body_pose": numbers.normal(size=(count, 21, 3)).astype(np.float32),
        "smplh:left_hand_pose": numbers.normal(size=(count, 15, 3)).astype(np.float32),
        "smplh:right_hand_pose": numbers.normal(size=(count, 15, 3)).astype(np.float32),
        "smplh:translation": numbers.normal(size=(count, 3)).astype(np.float32),
        "smplh:is_valid": np.arange(count) % 2 == 0,
        "boxes_and_keypoints:box": numbers.normal(size=(count, 4)).astype(np.float32),
        "movement:hypernet_features": np.ones((max(count // 15, 1), 5120), np.float32),
        "movement:is_valid": np.ones((count, 1), np.float32),
        "something else": np.array(["text"]),
    }


def write(path: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=True, **arrays)
    return path


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    return tmp_path / "V00_S0809_I00000582_P1275.npz"


def test_the_real_shapes_are_read_and_unknown_keys_ignored(npz: Path) -> None:
    stored = arrays_of(6)
    read = read_arrays(write(npz, stored))
    assert read.frame_count == 6
    np.testing.assert_array_equal(read.global_orient, stored["smplh:global_orient"])
    np.testing.assert_array_equal(read.body_pose, stored["smplh:body_pose"])
    np.testing.assert_array_equal(read.hands_tracked, [True, False, True, False, True, False])
    assert read.groups == ("boxes_and_keypoints", "movement", "smplh")
    assert read.notices == ()


def test_flattened_float64_model_outputs_are_taken(npz: Path) -> None:
    stored = arrays_of(4)
    flat = {
        "smplh:global_orient": stored["smplh:global_orient"].astype(np.float64)[:, None],
        "smplh:body_pose": stored["smplh:body_pose"].astype(np.float64).reshape(4, 63),
        "smplh:left_hand_pose": stored["smplh:left_hand_pose"].reshape(4, 45),
        "smplh:right_hand_pose": np.asfortranarray(stored["smplh:right_hand_pose"].reshape(4, 45)),
        "smplh:is_valid": np.ones((4, 1), np.float32),
    }
    read = read_arrays(write(npz, flat))
    np.testing.assert_array_equal(read.body_pose, stored["smplh:body_pose"])
    np.testing.assert_array_equal(read.right_hand_pose, stored["smplh:right_hand_pose"])
    assert read.global_orient.shape == (4, 3)
    assert read.body_pose.dtype == np.float32
    assert read.hands_tracked.all()


def test_missing_optional_arrays_become_notices(npz: Path) -> None:
    stored = arrays_of(3)
    read = read_arrays(write(npz, {key: stored[key] for key in ("smplh:global_orient", "smplh:body_pose")}))
    assert read.left_hand_pose is None
    assert read.translation is None
    assert read.box is None
    assert read.hands_tracked.all()
    assert len(read.notices) == 2


def test_boxes_that_do_not_fit_are_ignored_with_a_notice(npz: Path) -> None:
    read = read_arrays(write(npz, arrays_of(3) | {"boxes_and_keypoints:box": np.zeros((4, 4), np.float32)}))
    assert read.box is None
    assert "boxes ignored" in read.notices[0]


def test_a_group_nobody_asked_for_may_be_broken(npz: Path) -> None:
    broken = arrays_of(3) | {"movement:expression": np.array([{"a": 1}], dtype=object)}
    read = read_arrays(write(npz, broken))
    with pytest.raises(InputError, match="movement:expression"):
        read.read("movement:expression")
    valid = read.read("movement:is_valid")
    assert valid is not None
    assert valid.shape == (3, 1)
    assert read.read("movement:nothing") is None


def test_zero_frames_are_refused(npz: Path) -> None:
    with pytest.raises(InputError, match="at least one frame of motion, but found zero frames"):
        read_arrays(write(npz, arrays_of(0)))


def test_an_npz_without_motion_is_refused(npz: Path) -> None:
    with pytest.raises(InputError, match="an array smplh:global_orient, but found no arrays at all"):
        read_arrays(write(npz, {}))


@pytest.mark.parametrize(
    ("key", "shape", "said"),
    [
        ("smplh:global_orient", (5, 4), r"shape \(N, 3\), but found \(5, 4\)"),
        ("smplh:body_pose", (5, 22, 3), r"shape \(N, 21, 3\), but found \(5, 22, 3\)"),
        ("smplh:body_pose", (), r"shape \(N, 21, 3\), but found \(\)"),
        ("smplh:left_hand_pose", (5, 44), r"shape \(N, 15, 3\), but found \(5, 44\)"),
        ("smplh:is_valid", (5, 2), r"shape \(N,\), but found \(5, 2\)"),
        ("smplh:translation", (6, 3), "5 frames as in smplh:body_pose, but found 6"),
    ],
)
def test_wrong_shapes_name_file_and_key(npz: Path, key: str, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_arrays(write(npz, arrays_of(5) | {key: np.zeros(shape, np.float32)}))
    assert str(npz) in caught.value.where
    assert key in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [np.full((5, 3), "x"), np.zeros((5, 3), complex), np.zeros((5, 3), "M8[s]")]
)
def test_what_is_no_number_is_refused(npz: Path, wrong: NDArray[Any]) -> None:
    with pytest.raises(InputError, match="expected numbers, but found type"):
        read_arrays(write(npz, arrays_of(5) | {"smplh:global_orient": wrong}))


class _Bomb:
    """Unpickling it would leave a mark."""

    mark: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def test_pickled_objects_are_never_loaded(npz: Path, tmp_path: Path) -> None:
    _Bomb.mark = tmp_path / "exploded"
    holder = np.empty(1, dtype=object)
    holder[0] = _Bomb()
    with pytest.raises(InputError, match="pickled objects"):
        read_arrays(write(npz, arrays_of(5) | {"smplh:global_orient": holder}))
    assert not _Bomb.mark.exists()


def test_a_file_cut_short_anywhere_is_an_input_error(npz: Path) -> None:
    whole = write(npz, arrays_of(20)).read_bytes()
    for length in range(0, len(whole), len(whole) // 40):
        npz.write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_arrays(npz)


def test_a_damaged_file_is_read_or_refused_but_never_crashes(npz: Path) -> None:
    whole = write(
        npz, {key: value for key, value in arrays_of(20).items() if "movement" not in key}
    ).read_bytes()
    numbers = np.random.default_rng(7)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in numbers.integers(len(whole), size=3):
            damaged[place] = numbers.integers(256)
        npz.write_bytes(damaged)
        try:
            read_arrays(npz)
        except InputError:
            refused += 1
    assert refused > 200


def test_not_a_zip_and_not_there(npz: Path, tmp_path: Path) -> None:
    npz.write_text("hello")
    with pytest.raises(InputError, match="an NPZ file"):
        read_arrays(npz)
    with pytest.raises(InputError, match="no such file"):
        read_arrays(tmp_path / "missing.npz")
    with pytest.raises(InputError):
        read_arrays(tmp_path)


def test_a_header_that_promises_more_than_the_file_holds_allocates_nothing(npz: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 3)}
    )
    with zipfile.ZipFile(npz, "w") as archive:
        archive.writestr("smplh:global_orient.npy", member.getvalue() + bytes(12))
    with pytest.raises(InputError, match="an array that fits its"):
        read_arrays(npz)
