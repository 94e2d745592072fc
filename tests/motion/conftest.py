from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import RecordingArrays

MakeArrays = Callable[..., RecordingArrays]


@pytest.fixture
def make_arrays() -> MakeArrays:
    """Arrays of somebody who stands still and upright in the camera's frame; keywords replace fields."""

    def make(frame_count: int = 60, **changed: Any) -> RecordingArrays:
        orient = np.zeros((frame_count, 3), np.float32)
        orient[:, 0] = np.pi
        fields: dict[str, Any] = {
            "where": Path("made.npz"),
            "frame_count": frame_count,
            "global_orient": orient,
            "body_pose": np.zeros((frame_count, 21, 3), np.float32),
            "left_hand_pose": np.zeros((frame_count, 15, 3), np.float32),
            "right_hand_pose": np.zeros((frame_count, 15, 3), np.float32),
            "translation": np.tile(np.array([0.1, -0.2, 39.0], np.float32), (frame_count, 1)),
            "hands_tracked": np.ones(frame_count, bool),
            "box": None,
            "keys": (),
        }
        return RecordingArrays(**(fields | changed))

    return make
