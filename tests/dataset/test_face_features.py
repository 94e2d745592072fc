"""The face of a recording: which frames were measured, whatever is missing or odd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.face_features import read_face
from avatar_server.errors import InputError

COUNT = 12
ALL = ("emotion", "valence", "arousal", "fau", "gaze", "head")


def arrays_of(group: str = "movement") -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(1)
    shapes = {
        "emotion_scores": 8,
        "emotion_valence": 1,
        "emotion_arousal": 1,
        "FAUValue": 24,
        "gaze_encodings": 2,
        "head_encodings": 3,
    }
    return {
        **{
            f"{group}:{name}": random.uniform(0.1, 1, (COUNT, width)).astype(np.float32)
            for name, width in shapes.items()
        },
        f"{group}:is_valid": np.ones((COUNT, 1), np.float32),
    }


def saved(folder: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    path = folder / "V00_S0809_I00000582_P0947.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("group", ["movement", "movement_v4"])
def test_every_feature_in_its_columns(tmp_path: Path, group: str) -> None:
    arrays = arrays_of(group)
    face = read_face(saved(tmp_path, arrays), ALL)
    assert (face.group, face.frame_count, face.absent, face.notices) == (group, COUNT, (), ())
    np.testing.assert_array_equal(face.values["fau"], arrays[f"{group}:FAUValue"])
    assert {name: array.shape[1] for name, array in face.values.items()} == {
        "emotion": 8,
        "valence": 1,
        "arousal": 1,
        "fau": 24,
        "gaze": 2,
        "head": 3,
    }


def test_frames_that_were_not_measured(tmp_path: Path) -> None:
    arrays = arrays_of()
    arrays["movement:is_valid"][2] = 0
    arrays["movement:is_valid"][3] = np.nan
    for name in ("emotion_scores", "FAUValue", "emotion_valence"):
        arrays[f"movement:{name}"][5:7] = 0  # A zero block that says it is valid.
    arrays["movement:FAUValue"][8] = 0  # A face at rest, which has an emotion.
    arrays["movement:emotion_valence"][9] = np.inf
    face = read_face(saved(tmp_path, arrays), ["valence", "fau"])
    assert np.flatnonzero(~np.isfinite(face.values["valence"][:, 0])).tolist() == [2, 3, 5, 6, 9]
    assert np.flatnonzero(np.isnan(face.values["fau"]).all(axis=1)).tolist() == [2, 3, 5, 6]


def test_arrays_that_are_missing_empty_broken_or_of_other_lengths(tmp_path: Path) -> None:
    arrays = arrays_of()
    del arrays["movement:is_valid"]
    arrays["movement:gaze_encodings"] = np.zeros((0, 2), np.float32)
    arrays["movement:head_encodings"] = np.ones((COUNT, 4), np.float32)
    arrays["movement:emotion_arousal"] = np.array([{"a": 1}] * COUNT, dtype=object)
    arrays["movement:emotion_valence"] = arrays["movement:emotion_valence"][:5, 0].astype(np.float64)
    face = read_face(saved(tmp_path, arrays), ALL)
    assert face.absent == ("arousal", "gaze", "head")
    assert face.values["valence"].shape == (5, 1)
    assert face.frame_count == COUNT
    said = " ".join(face.notices)
    assert "movement:head_encodings): expected 3 columns, but found 4" in said
    assert "pickled objects, which are never loaded" in said


def test_no_face_and_no_file(tmp_path: Path) -> None:
    face = read_face(saved(tmp_path, {"smplh:body_pose": np.zeros((3, 21, 3), np.float32)}), ["fau"])
    assert (face.group, face.frame_count, face.values, face.absent) == ("", 0, {}, ("fau",))
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(InputError, match=r"broken\.npz"):
        read_face(broken, ["fau"])
