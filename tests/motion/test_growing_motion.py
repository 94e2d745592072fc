"""A motion that is shown while it arrives moves without a jerk, and in the end as a whole file says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.errors import InputError
from avatar_server.motion.growing_motion import (
    GROWTH,
    HURRY_S,
    TAIL_S,
    GrowingMotion,
    stretch_to_make,
)
from avatar_server.motion.pose import Pose
from avatar_server.motion.presets import NATURAL
from avatar_server.motion.seamless import motion_from_recording

MakeArrays = Callable[..., RecordingArrays]
RATE_HZ = 30
COUNT = 20 * RATE_HZ
WHERE = Path("made.npz")


class Frames:
    """Frames of which some are here."""

    def __init__(self, arrays: RecordingArrays) -> None:
        self.arrays = arrays
        self.here = ByteSpans()
        self.read_count = 0

    @property
    def frame_count(self) -> int | None:
        return self.arrays.frame_count

    def frames_here(self) -> ByteSpans:
        return self.here

    def come(self, first_s: float, last_s: float) -> None:
        self.here = ByteSpans.of([*self.here, (round(first_s * RATE_HZ), round(last_s * RATE_HZ))])

    def read(self, first: int, last: int) -> RecordingArrays:
        assert self.here.covers(first, last)
        self.read_count += last - first
        arrays = self.arrays
        return replace(
            arrays,
            frame_count=last - first,
            global_orient=arrays.global_orient[first:last],
            body_pose=arrays.body_pose[first:last],
            left_hand_pose=None if arrays.left_hand_pose is None else arrays.left_hand_pose[first:last],
            right_hand_pose=None if arrays.right_hand_pose is None else arrays.right_hand_pose[first:last],
            translation=None if arrays.translation is None else arrays.translation[first:last],
            hands_tracked=arrays.hands_tracked[first:last],
        )


@pytest.fixture
def frames(make_arrays: MakeArrays) -> Frames:
    """Somebody who turns, nods and leans to and fro before a camera that hangs askew by 12 degrees."""
    t = np.arange(COUNT) / RATE_HZ
    turn = 0.5 * np.sin(0.7 * t) + 0.02 * t
    lean = np.radians(12) + 0.1 * np.sin(1.3 * t)
    root = Rotation.from_rotvec([np.pi, 0, 0]) * Rotation.from_euler("YX", np.stack([turn, lean], axis=1))
    body = np.zeros((COUNT, 21, 3), np.float32)
    body[:, 11, 0] = 0.3 * np.sin(2 * t)
    body[:, 16, 2] = -1.0 + 0.5 * np.sin(3 * t)
    arrays = make_arrays(COUNT, global_orient=root.as_rotvec().astype(np.float32), body_pose=body)
    return Frames(arrays)


def growing(frames: Frames) -> GrowingMotion:
    return GrowingMotion(frames, COUNT / RATE_HZ, NATURAL, WHERE)


def turned_deg(first: Pose, second: Pose) -> float:
    """The greatest angle by which a joint differs."""
    between = np.swapaxes(first.rotations, 1, 2) @ second.rotations
    return float(np.degrees(Rotation.from_matrix(between).magnitude()).max())


@pytest.mark.parametrize(
    ("made", "here", "playhead", "wanted"),
    [
        (None, [], 0, None),
        (None, [(0, 40)], 0, (0, 40)),
        (None, [(0, 40), (300, 400)], 320, (300, 400)),
        (None, [(0, 40)], 100, None),
        ((0, 40), [(0, 40)], 0, None),
        ((0, 100), [(0, round(100 * GROWTH) - 1)], 0, None),
        ((0, 100), [(0, round(100 * GROWTH))], 0, (0, round(100 * GROWTH))),
        ((0, 100), [(0, 110)], 100 - round(HURRY_S * RATE_HZ), (0, 110)),
        ((0, 100), [(0, 110)], 100 - round(HURRY_S * RATE_HZ) - 1, None),
        ((0, 550), [(0, 600)], 0, (0, 600)),
        ((0, 100), [(0, 100), (300, 310)], 305, (300, 310)),
        ((300, 600), [(0, 100), (300, 600)], 600, None),
        (None, [(0, 100), (300, 600)], 600, (300, 600)),
        (None, [(0, 100)], 600, None),
    ],
)
def test_when_a_clip_is_made_and_of_what(
    made: tuple[int, int] | None,
    here: list[tuple[int, int]],
    playhead: int,
    wanted: tuple[int, int] | None,
) -> None:
    assert stretch_to_make(made, ByteSpans.of(here), playhead, 600, RATE_HZ) == wanted


def test_when_all_is_here_it_is_what_a_whole_file_gives(frames: Frames) -> None:
    motion = growing(frames)
    for second in range(1, 21):
        frames.come(0, second)
        motion.grow(second - 1)
    assert motion.is_whole
    assert motion.span_s == (0.0, float("inf"))
    whole = motion_from_recording(frames.arrays, COUNT / RATE_HZ, NATURAL)
    assert motion.repairs == whole.repairs
    assert motion.notices == whole.notices
    assert motion.duration_s == whole.duration_s
    motion.pose_at(-10.0)
    for time_s in np.arange(0.0, 20.0, 0.37):
        found, wanted = motion.pose_at(float(time_s)), whole.pose_at(float(time_s))
        np.testing.assert_allclose(found.rotations, wanted.rotations, atol=1e-6)
        np.testing.assert_allclose(found.sway, wanted.sway, atol=1e-6)
        assert found.present == wanted.present


def test_nobody_sees_when_a_clip_is_made_anew(frames: Frames) -> None:
    """Watched at 30 Hz, a second behind what arrives: no step is much greater than the motion's own."""
    motion = growing(frames)
    whole = motion_from_recording(frames.arrays, COUNT / RATE_HZ, NATURAL)
    frames.come(0, 1.5)
    assert motion.grow(0)
    steps, own, made = [], [], 0
    before, before_whole = motion.pose_at(0.0), whole.pose_at(0.0)
    for tick in range(1, 12 * 30):
        time_s = tick / 30
        frames.come(0, min(20.0, time_s + 1.5))
        made += tick % 8 == 0 and motion.grow(time_s)
        assert motion.span_s[1] >= time_s
        pose, pose_whole = motion.pose_at(time_s), whole.pose_at(time_s)
        steps.append(turned_deg(before, pose))
        own.append(turned_deg(before_whole, pose_whole))
        before, before_whole = pose, pose_whole
    assert made > 3
    assert max(steps) < max(own) + 0.7, "degrees in a thirtieth of a second"


def test_making_clips_costs_no_more_than_a_few_times_reading_all(frames: Frames) -> None:
    motion = growing(frames)
    for tick in range(20 * 10):
        frames.come(0, min(20.0, 1.0 + tick / 10))
        motion.grow(0.0)
    assert motion.is_whole
    # All of a geometric series, the whole once more, and the short ones near the playhead.
    assert frames.read_count < (1 / (1 - 1 / GROWTH) + 1 + 0.25) * COUNT


def test_who_seeks_is_shown_what_is_there_and_back_again(frames: Frames) -> None:
    motion = growing(frames)
    frames.come(0, 3)
    assert motion.grow(0)
    assert motion.span_s == pytest.approx((0.0, 3 - TAIL_S), abs=1 / RATE_HZ)
    assert not motion.grow(10.0), "nothing is there yet"
    frames.come(10, 12)
    assert motion.grow(10.0)
    assert motion.span_s == pytest.approx((10.0, 12 - TAIL_S), abs=1 / RATE_HZ)
    np.testing.assert_allclose(motion.pose_at(5.0).rotations, motion.pose_at(10.0).rotations, atol=1e-9)
    whole = motion_from_recording(frames.arrays, COUNT / RATE_HZ, NATURAL)
    there, meant = motion.pose_at(11.0).rotations[1:], whole.pose_at(11.0).rotations[1:]
    np.testing.assert_allclose(there, meant, atol=0.05)
    assert motion.grow(1.0)
    assert motion.span_s[0] == 0.0
    frames.come(18, 20)
    assert motion.grow(25.0), "behind the end the last pose is held"
    assert motion.span_s == (18.0, float("inf"))


def test_nobody_in_the_first_seconds_is_waited_for_but_not_for_ever(make_arrays: MakeArrays) -> None:
    sentinel = np.tile(np.array([0.1, -0.2, 39.0], np.float32), (COUNT, 1))
    sentinel[: COUNT // 2] = 1e12
    frames = Frames(make_arrays(COUNT, translation=sentinel))
    motion = growing(frames)
    frames.come(0, 2)
    assert not motion.grow(0.0)
    with pytest.raises(ValueError, match="no motion is here yet"):
        motion.pose_at(0.0)
    frames.come(0, 12)
    assert motion.grow(0.0)
    assert motion.pose_at(11.0).present

    nobody = Frames(make_arrays(COUNT, translation=np.full((COUNT, 3), 1e12, np.float32)))
    nobody.come(0, 20)
    with pytest.raises(InputError):
        growing(nobody).grow(0.0)


def test_the_number_of_frames_must_be_known(frames: Frames) -> None:
    class Unknown(Frames):
        @property
        def frame_count(self) -> int | None:
            return None

    with pytest.raises(ValueError, match="not known yet"):
        growing(Unknown(frames.arrays))
