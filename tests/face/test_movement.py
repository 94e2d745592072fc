"""Faces of the data set's own groups: valid frames, gaze without calibration, and recordings without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.face_features import FAU_NAMES
from avatar_server.face.arkit import ARKIT_INDEX, GAZE_NAMES
from avatar_server.face.movement import GAZE_SIZE, read_movement_face

COUNT = 600
JAW = ARKIT_INDEX["jawOpen"]
GAZE = [ARKIT_INDEX[name] for name in GAZE_NAMES]


def arrays(group: str = "movement") -> dict[str, NDArray[Any]]:
    at = np.arange(COUNT)[:, None] / 30
    units = 0.5 + 0.4 * np.sin(at * (1 + np.arange(24) / 7) + np.arange(24))
    units[:, FAU_NAMES.index("EyesClosed")] = np.where(np.arange(COUNT) % 100 < 5, 1.5, 0.0)
    yaw = np.where(np.arange(COUNT) % 120 < 60, 71.5, 70.0) + 0.05 * np.sin(at[:, 0])
    return {
        f"{group}:FAUValue": units.astype(np.float32),
        f"{group}:gaze_encodings": np.column_stack([yaw, np.full(COUNT, -3.0)]).astype(np.float32),
        f"{group}:is_valid": np.ones((COUNT, 1), np.float32),
    }


def saved(folder: Path, values: dict[str, NDArray[Any]]) -> Path:
    path = folder / "V00_S0809_I00000582_P0947.npz"
    np.savez(path, **values)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("group", ["movement", "movement_v4"])
def test_action_units_at_the_rate_of_the_recording(tmp_path: Path, group: str) -> None:
    values = arrays(group)
    face, notices = read_movement_face(saved(tmp_path, values), COUNT / 25)
    assert face is not None
    assert face.base.rate_hz == 25
    assert (notices, face.origin) == ((), "data")
    assert face.repairs.source == f"action units ({group})"
    jaw = values[f"{group}:FAUValue"][:, FAU_NAMES.index("JawDrop")]
    assert face.weights_at(100 / 25)[JAW] == pytest.approx(float(jaw[100]), abs=1e-5)


def test_blocks_without_a_face_are_bridged_or_made_up(tmp_path: Path) -> None:
    values = arrays()
    values["movement:is_valid"][200:260] = 0
    for name in ("FAUValue", "gaze_encodings"):
        values[f"movement:{name}"][200:260] = 0
    values["movement:FAUValue"][400:404] = np.nan
    face, _ = read_movement_face(saved(tmp_path, values), None)
    assert face is not None
    assert (face.repairs.replaced_frames, face.repairs.bridged_frames) == (60, 4)
    assert face.notices == ("no face in 10.7 % of the frames, for 2.0 s at the longest: made up there",)
    assert face.weights_at(230 / 30)[JAW] == 0
    seen = np.array([face.weights_at(frame / 30)[JAW] for frame in range(190, 270)])
    assert np.abs(np.diff(seen)).max() < 0.2


def test_gaze_is_centred_and_kept_small(tmp_path: Path) -> None:
    face, _ = read_movement_face(saved(tmp_path, arrays()), None)
    assert face is not None
    assert (face.repairs.gaze, face.notices) == ("uncalibrated", ())
    seen = np.array([face.weights_at(frame / 30)[GAZE] for frame in range(COUNT)])
    assert 0.15 < seen.max() < GAZE_SIZE
    left = face.weights_at(30 / 30)
    assert left[ARKIT_INDEX["eyeLookOutLeft"]] > 0.1
    assert left[ARKIT_INDEX["eyeLookInRight"]] == left[ARKIT_INDEX["eyeLookOutLeft"]]
    assert seen[:, [GAZE_NAMES.index("eyeLookUpLeft"), GAZE_NAMES.index("eyeLookDownLeft")]].max() < 0.02


@pytest.mark.parametrize("gaze", [None, np.zeros((COUNT, 2), np.float32), np.full((COUNT, 2), np.nan)])
def test_without_gaze_the_eyes_are_another_faces(tmp_path: Path, gaze: NDArray[Any] | None) -> None:
    values = arrays()
    del values["movement:gaze_encodings"]
    if gaze is not None:
        values["movement:gaze_encodings"] = gaze
    face, _ = read_movement_face(saved(tmp_path, values), None)
    assert face is not None
    assert (face.repairs.gaze, face.notices) == ("made up", ())


def test_eyes_that_never_close_blink_all_the_same(tmp_path: Path) -> None:
    values = arrays()
    values["movement:FAUValue"][:, FAU_NAMES.index("EyesClosed")] = 0
    face, _ = read_movement_face(saved(tmp_path, values), None)
    assert face is not None
    assert face.repairs.lids == "made up"
    assert max(face.weights_at(frame / 30)[0] for frame in range(COUNT)) > 0.8


def test_recordings_without_a_face(tmp_path: Path) -> None:
    for values in (
        {"smplh:is_valid": np.ones(4, bool)},
        {"movement:is_valid": np.zeros((0, 1), np.float32)},
        {
            "movement:FAUValue": np.ones((9, 24), np.float32),
            "movement:is_valid": np.zeros((9, 1), np.float32),
        },
    ):
        assert read_movement_face(saved(tmp_path, values), 10.0) == (None, ())
    broken = {"movement:FAUValue": np.ones((9, 3), np.float32)}
    face, notices = read_movement_face(saved(tmp_path, broken), 10.0)
    assert face is None
    assert "expected 24 columns" in notices[0]
