"""A face between its frames, before them and after them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES, WEIGHT_COUNT
from avatar_server.face.clip import FaceClip

JAW = ARKIT_INDEX["jawOpen"]


def jaw(*values: float, rate_hz: int = 10) -> FaceClip:
    weights = np.zeros((len(values), WEIGHT_COUNT), np.float32)
    weights[:, JAW] = values
    return FaceClip(Fraction(rate_hz), weights, "data")


def test_there_are_52_names_and_no_two_are_the_same() -> None:
    assert WEIGHT_COUNT == len(set(ARKIT_NAMES)) == 52
    assert ARKIT_NAMES[17] == "jawOpen"


@pytest.mark.parametrize(
    ("time_s", "wanted"), [(-3.0, 0.2), (0.0, 0.2), (0.05, 0.4), (0.1, 0.6), (0.125, 0.7), (9.0, 1.0)]
)
def test_a_face_is_a_straight_line_between_frames_and_holds_its_ends(time_s: float, wanted: float) -> None:
    assert jaw(0.2, 0.6, 1.0).weights_at(time_s)[JAW] == pytest.approx(wanted, abs=1e-6)


def test_a_last_frame_lasts_as_long_as_every_other() -> None:
    assert jaw(0, 0, 0).duration_s == pytest.approx(0.3)


@pytest.mark.parametrize("shape", [(0, 52), (3, 51), (52,)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        FaceClip(Fraction(30), np.zeros(shape, np.float32), "data")
