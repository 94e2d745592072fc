from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.motion.clip import MotionClip
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.rotations import quaternion_from_axis_angle


def clip_turning_about_y(*radians: float, rate_hz: Fraction = Fraction(10)) -> MotionClip:
    count = len(radians)
    vectors = np.zeros((count, 52, 3))
    vectors[:, :, 1] = np.array(radians)[:, None]
    sway = np.zeros((count, 3), np.float32)
    sway[:, 0] = np.arange(count)
    return MotionClip(
        FrameRate(rate_hz, "known", None),
        quaternion_from_axis_angle(vectors).astype(np.float32),
        sway,
        np.arange(count) != 1,
        "still",
    )


@pytest.mark.parametrize(
    ("time_s", "radians", "sway_m"),
    [
        (-3.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
        (0.025, 0.1, 0.25),
        (0.05, 0.2, 0.5),
        (0.1, 0.4, 1.0),
        (0.15, 0.3, 1.5),
        (0.2, 0.2, 2.0),
        (0.29, 0.2, 2.0),
        (1e9, 0.2, 2.0),
    ],
)
def test_poses_between_before_and_after_the_frames(time_s: float, radians: float, sway_m: float) -> None:
    pose = clip_turning_about_y(0.0, 0.4, 0.2).pose_at(time_s)
    expected = Rotation.from_rotvec([0, radians, 0]).as_matrix()
    np.testing.assert_allclose(pose.rotations, np.broadcast_to(expected, (52, 3, 3)), atol=1e-6)
    np.testing.assert_allclose(pose.sway, [sway_m, 0, 0], atol=1e-6)
    assert pose.rotations.dtype == np.float64


def test_presence_is_that_of_the_nearest_frame() -> None:
    clip = clip_turning_about_y(0.0, 0.4, 0.2)
    assert [clip.pose_at(time_s).present for time_s in (0.04, 0.06, 0.14, 0.16, 9.0)] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_the_last_frame_lasts_as_long_as_every_other() -> None:
    clip = clip_turning_about_y(0.0, 0.4, 0.2, rate_hz=Fraction(30000, 1001))
    assert clip.duration_s == pytest.approx(3 * 1001 / 30000)
    assert (clip.frame_count, clip.rate_hz) == (3, Fraction(30000, 1001))


def test_ten_minutes_take_little_memory() -> None:
    clip = clip_turning_about_y(*np.zeros(600))
    bytes_a_frame = (
        np.asarray(clip.rotations).nbytes + clip.sway.nbytes + clip.present.nbytes
    ) / clip.frame_count
    assert bytes_a_frame * 18_000 < 16e6


def test_arrays_that_do_not_fit_are_refused() -> None:
    clip = clip_turning_about_y(0.0, 1.0)
    with pytest.raises(ValueError, match="rotations"):
        MotionClip(clip.frame_rate, np.asarray(clip.rotations)[:0], clip.sway, clip.present, "still")
    with pytest.raises(ValueError, match="do not fit"):
        MotionClip(clip.frame_rate, clip.rotations, clip.sway[:1], clip.present, "still")
