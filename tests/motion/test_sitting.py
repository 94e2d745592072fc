from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.motion.sitting import LegMeasures, judge_posture, measure_legs
from avatar_server.testing.synthetic_interaction import synthesize
from tests.motion.conftest import MakeArrays


def test_the_rest_pose_measures_what_was_published_for_it(make_arrays: MakeArrays) -> None:
    """172 degrees and 0.54, by full forward kinematics of the licensed body (lwang29/seamless_processing)."""
    legs = measure_legs(make_arrays())
    assert legs is not None
    assert legs.hip_deg == pytest.approx(172, abs=1.5)
    assert legs.knee_share == pytest.approx(0.54, abs=0.01)


def test_neither_the_root_nor_lost_frames_matter(make_arrays: MakeArrays) -> None:
    pose = np.zeros((60, 21, 3), np.float32)
    pose[:, :2, 0] = -1.5
    pose[:, 3:5, 0] = 1.5
    sitting = measure_legs(make_arrays(body_pose=pose))
    assert sitting is not None
    assert sitting.hip_deg == pytest.approx(92, abs=8)
    gone = np.tile(np.array([0.1, -0.2, 39.0], np.float32), (60, 1))
    gone[10:] = 1e13
    tumbling = np.random.default_rng(0).normal(0, 2, (60, 3)).astype(np.float32)
    pose[10:] = 0
    assert measure_legs(make_arrays(body_pose=pose, global_orient=tumbling, translation=gone)) == sitting
    assert measure_legs(make_arrays(translation=np.full((60, 3), 1e13, np.float32))) is None


@pytest.mark.parametrize(
    ("vendor", "hip_deg", "knee_share", "posture"),
    [
        (0, 100.0, 0.29, "seated"),
        (0, 100.0, 0.40, "unclear"),
        (0, 100.0, 0.48, "standing"),
        (3, 135.0, 0.60, "seated"),
        (3, 146.0, 0.60, "unclear"),
        (3, 153.0, 0.10, "standing"),
        (2, 119.0, 0.39, "seated"),
        (2, 119.0, 0.60, "unclear"),
        (1, 136.0, 0.50, "standing"),
        (1, float("nan"), 0.5, "unclear"),
    ],
)
def test_each_vendor_has_its_rule(vendor: int, hip_deg: float, knee_share: float, posture: str) -> None:
    assert judge_posture(vendor, LegMeasures(hip_deg, knee_share)) == posture


def test_synthetic_people_sit_and_stand(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2.0, quirks=("seated", "sideways"))
    postures = []
    for recording in made.recordings:
        legs = measure_legs(read_arrays(recording.npz))
        assert legs is not None
        postures.append(judge_posture(0, legs))
    assert postures == ["standing", "seated"]
