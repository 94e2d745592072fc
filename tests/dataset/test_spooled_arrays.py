"""A recording read piece by piece is the one that is read at once, and as broken as that."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.dataset.spooled_arrays import SpooledArrays
from avatar_server.errors import InputError

COUNT = 9000
"""More than a megabyte of body poses."""


def arrays(count: int = COUNT) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "smplh:global_orient": rng.normal(size=(count, 3)).astype(np.float32),
        "smplh:body_pose": rng.normal(size=(count, 21, 3)).astype(np.float32),
        "smplh:left_hand_pose": rng.normal(size=(count, 45)),
        "smplh:right_hand_pose": np.asfortranarray(rng.normal(size=(count, 15, 3)).astype(np.float32)),
        "smplh:translation": rng.normal(size=(count, 1, 3)).astype(np.float32),
        "smplh:is_valid": rng.random((count, 1)) > 0.2,
        "boxes_and_keypoints:box": rng.integers(0, 2000, (count, 4)).astype(np.int32),
        "unknown": np.zeros(3),
    }


def assert_same(found: RecordingArrays, wanted: RecordingArrays) -> None:
    for field in fields(RecordingArrays):
        first, second = getattr(found, field.name), getattr(wanted, field.name)
        if isinstance(second, np.ndarray):
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)
        else:
            assert first == second


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("without", ["", "smplh:left_hand_pose", "smplh:is_valid"])
def test_every_part_is_that_of_the_whole(tmp_path: Path, packed: bool, without: str) -> None:
    path = tmp_path / "motion.npz"
    stored = {key: array for key, array in arrays().items() if key != without}
    (np.savez_compressed if packed else np.savez)(path, **stored)  # type: ignore[arg-type]
    whole = read_arrays(path)
    with SpooledArrays(path) as spooled:
        assert (spooled.frame_count, spooled.notices, spooled.where) == (COUNT, whole.notices, path)
        for first, last in ((0, COUNT), (4090, 4100), (COUNT - 1, COUNT)):
            assert_same(spooled.part(first, last), whole.part(first, last))
    assert_same(whole.part(0, COUNT), whole)


@pytest.mark.parametrize("damage", ["no zip", "no frames", "short", "flipped", "wrong shape", "objects"])
def test_what_is_broken_is_said_in_the_same_words(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "motion.npz"
    stored = arrays(0 if damage == "no frames" else 300)
    if damage == "short":
        stored["smplh:translation"] = stored["smplh:translation"][:-1]
    if damage == "wrong shape":
        stored["smplh:body_pose"] = stored["smplh:body_pose"][:, :20]
    if damage == "objects":
        stored["smplh:global_orient"] = np.array([{}] * 300)
    np.savez(path, **stored)  # type: ignore[arg-type]
    if damage == "flipped":
        content = bytearray(path.read_bytes())
        content[content.index(b"body_pose") + 5000] ^= 0xFF
        path.write_bytes(content)
    if damage == "no zip":
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError) as at_once:
        read_arrays(path)
    with pytest.raises(InputError) as spooled:
        SpooledArrays(path)
    assert str(spooled.value) == str(at_once.value)
