from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.errors import InputError
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.presets import GENEA, NATURAL, MotionPreset
from avatar_server.motion.rest_poses import LEG_JOINTS, RELAXED_LEFT_HAND, RELAXED_RIGHT_HAND
from avatar_server.motion.rotations import matrix_from_quaternion
from avatar_server.motion.seamless import camera_offset, motion_from_recording

MakeArrays = Callable[..., RecordingArrays]
Floats = NDArray[np.float64]

TO_CAMERA = Rotation.from_rotvec([np.pi, 0, 0])
UNSMOOTHED = replace(NATURAL, smoothing_s=0.0)
NECK_JOINT, HEAD_JOINT = 12, 15


def about(axis: str, degrees: float | Floats) -> Rotation:
    unit = np.eye(3)["xyz".index(axis)]
    return Rotation.from_rotvec(np.radians(np.asarray(degrees))[..., None] * unit)


def camera_orient(upright: Rotation, count: int) -> NDArray[np.float32]:
    """(count, 3) what a fit in the camera's frame says of a root that is `upright` in the person's."""
    vectors = np.atleast_2d((TO_CAMERA * upright).as_rotvec())
    return np.broadcast_to(vectors, (count, 3)).astype(np.float32)


def root_matrices(arrays: RecordingArrays) -> Floats:
    clip = motion_from_recording(arrays, arrays.frame_count / 30, UNSMOOTHED)
    return np.stack([clip.pose_at(frame / 30).rotations[0] for frame in range(arrays.frame_count)])


def angle_deg(first: Floats, second: Floats) -> float:
    return float(np.degrees(Rotation.from_matrix(first.T @ second).magnitude()))


def test_somebody_upright_before_the_camera_is_the_identity(make_arrays: MakeArrays) -> None:
    np.testing.assert_allclose(root_matrices(make_arrays())[7], np.eye(3), atol=1e-6)


@pytest.mark.parametrize(
    "added",
    [
        about("x", 13),
        about("x", -8),
        about("z", 6),
        about("y", 35),
        about("y", 40) * about("x", 13) * about("z", 5),
    ],
)
def test_what_the_camera_adds_to_every_frame_is_removed(make_arrays: MakeArrays, added: Rotation) -> None:
    arrays = make_arrays(global_orient=camera_orient(added, 60))
    np.testing.assert_allclose(root_matrices(arrays)[7], np.eye(3), atol=1e-5)


def test_the_lean_is_reported_as_the_page_has_it(make_arrays: MakeArrays) -> None:
    # The camera looks down, so people lean towards it: -13 degrees.
    offset = camera_offset(make_arrays(global_orient=camera_orient(about("x", 13), 60)))
    assert offset is not None
    assert np.degrees(offset.lean_rad) == pytest.approx(-13, abs=1e-3)
    assert offset.quarter_turns == 0


def test_a_bow_keeps_its_size_when_the_lean_goes(make_arrays: MakeArrays) -> None:
    bow = 20 * np.clip(np.sin(2 * np.pi * np.arange(300) / 150), 0, None) ** 4
    leaning = about("x", 13 + bow)
    matrices = root_matrices(make_arrays(300, global_orient=camera_orient(leaning, 300)))
    assert angle_deg(np.eye(3), matrices[0]) < 1.0
    assert angle_deg(matrices[0], matrices[37]) == pytest.approx(bow[37] - bow[0], abs=0.01)


@pytest.mark.parametrize(("degrees", "said"), [(90, "sideways"), (-90, "sideways"), (180, "upside down")])
def test_a_picture_stored_rolled_is_turned_upright_with_a_notice(
    make_arrays: MakeArrays, degrees: float, said: str
) -> None:
    rolled = about("z", degrees) * about("x", 13)
    arrays = make_arrays(global_orient=camera_orient(rolled, 60))
    clip = motion_from_recording(arrays, 2.0, NATURAL)
    np.testing.assert_allclose(clip.pose_at(0.5).rotations[0], np.eye(3), atol=1e-5)
    assert any(said in notice for notice in clip.notices)


def test_arrays_that_are_upright_already_come_out_upright(make_arrays: MakeArrays) -> None:
    arrays = make_arrays(global_orient=np.zeros((60, 3), np.float32))
    np.testing.assert_allclose(root_matrices(arrays)[7], np.eye(3), atol=1e-6)


def test_static_offsets_of_neck_and_head_go_and_a_nod_stays(make_arrays: MakeArrays) -> None:
    time_s = np.arange(300) / 30
    nod = 8 * np.sin(2 * np.pi * 1.5 * time_s)
    pose = np.zeros((300, 21, 3), np.float32)
    pose[:, NECK_JOINT - 1] = np.radians([15, 0, 4])
    pose[:, HEAD_JOINT - 1] = (about("x", 10) * about("x", nod)).as_rotvec()
    clip = motion_from_recording(make_arrays(300, body_pose=pose), 10.0, NATURAL)
    poses = [clip.pose_at(frame / 30).rotations for frame in range(300)]
    np.testing.assert_allclose(poses[50][NECK_JOINT], np.eye(3), atol=1e-5)
    pitch = np.degrees(
        [np.arctan2(rotations[HEAD_JOINT][2, 1], rotations[HEAD_JOINT][1, 1]) for rotations in poses]
    )
    assert np.abs(pitch.mean()) < 0.1
    np.testing.assert_allclose(pitch[10:-10], nod[10:-10], atol=0.15)


def test_a_pitched_chest_still_carries_a_head_that_looks_ahead(make_arrays: MakeArrays) -> None:
    # Spine curled forward at spine1 and back at spine3: the fits of standing people look like this.
    pose = np.zeros((60, 21, 3), np.float32)
    pose[:, 2, 0], pose[:, 8, 0] = np.radians(20), np.radians(12)
    clip = motion_from_recording(make_arrays(body_pose=pose), 2.0, NATURAL)
    rotations = clip.pose_at(1.0).rotations
    head = np.linalg.multi_dot([rotations[joint] for joint in (0, 3, 6, 9, NECK_JOINT, HEAD_JOINT)])
    np.testing.assert_allclose(head @ [0.0, 0.0, 1.0], [0, 0, 1], atol=1e-5)


def test_still_legs_do_not_move_and_raw_ones_do(make_arrays: MakeArrays) -> None:
    pose = np.zeros((60, 21, 3), np.float32)
    pose[:, :, 0] = np.linspace(0, 1, 60)[:, None]
    arrays = make_arrays(body_pose=pose)
    still = motion_from_recording(arrays, 2.0, UNSMOOTHED)
    raw = motion_from_recording(arrays, 2.0, replace(UNSMOOTHED, legs="raw"))
    first, last = still.pose_at(0.0).rotations, still.pose_at(2.0).rotations
    np.testing.assert_array_equal(first[list(LEG_JOINTS)], last[list(LEG_JOINTS)])
    assert angle_deg(np.eye(3), first[4]) < 10
    knee = raw.pose_at(2.0).rotations[4]
    assert angle_deg(np.eye(3), knee) == pytest.approx(np.degrees(1), abs=1e-3)


def test_sway_is_sideways_calm_and_bounded_and_depth_is_dropped(make_arrays: MakeArrays) -> None:
    time_s = np.arange(600) / 30
    place = np.zeros((600, 3), np.float32)
    place[:, 0] = 0.3 + 0.05 * np.sin(2 * np.pi * 0.25 * time_s)
    place[:, 1] = 0.8
    place[:, 2] = 39 + 10 * np.sin(time_s)
    clip = motion_from_recording(make_arrays(600, translation=place), 20.0, NATURAL)
    assert clip.pose_at(1.0).sway == pytest.approx([0.2 * np.tanh(0.25), 0, 0], abs=1e-3)
    assert clip.pose_at(3.0).sway == pytest.approx([-0.2 * np.tanh(0.25), 0, 0], abs=1e-3)
    place[300:, 0] = 900
    assert np.abs(motion_from_recording(make_arrays(600, translation=place), 20.0, NATURAL).sway).max() <= 0.2


def test_a_sentinel_leaves_no_trace_in_the_sway(make_arrays: MakeArrays) -> None:
    arrays = make_arrays(90)
    assert arrays.translation is not None
    arrays.translation[40:45] = 7e13
    arrays.translation[50] = np.nan
    clip = motion_from_recording(arrays, 3.0, NATURAL)
    np.testing.assert_allclose(clip.sway, 0, atol=1e-6)
    assert clip.present.all()
    assert any("no body in 5.6 %" in notice for notice in clip.notices)


def test_untracked_hands_relax_over_long_stretches(make_arrays: MakeArrays) -> None:
    tracked = np.ones(300, bool)
    tracked[100:200] = False
    clip = motion_from_recording(make_arrays(300, hands_tracked=tracked), 10.0, NATURAL)
    rotations = clip.pose_at(5.0).rotations
    np.testing.assert_allclose(rotations[22:37], matrix_from_quaternion(RELAXED_LEFT_HAND), atol=1e-6)
    np.testing.assert_allclose(rotations[37:52], matrix_from_quaternion(RELAXED_RIGHT_HAND), atol=1e-6)
    np.testing.assert_allclose(clip.pose_at(2.0).rotations[22:], np.tile(np.eye(3), (30, 1, 1)), atol=1e-6)


def test_missing_hand_arrays_rest(make_arrays: MakeArrays) -> None:
    clip = motion_from_recording(make_arrays(right_hand_pose=None), 2.0, NATURAL)
    np.testing.assert_allclose(
        clip.pose_at(0.0).rotations[37:], matrix_from_quaternion(RELAXED_RIGHT_HAND), atol=1e-6
    )


def test_a_relaxed_hand_is_curled_towards_the_palm_and_mirrored() -> None:
    # Palms face down in the rest pose: the tip of a curled finger is below its knuckle on both sides.
    for hand, outwards in ((RELAXED_LEFT_HAND, 1.0), (RELAXED_RIGHT_HAND, -1.0)):
        bones = matrix_from_quaternion(hand)
        for finger in range(4):
            tip = bones[3 * finger] @ bones[3 * finger + 1] @ bones[3 * finger + 2] @ [outwards, 0, 0]
            assert tip[1] < -0.4
            assert abs(tip[2]) < 0.2


@pytest.mark.parametrize("preset", [NATURAL, GENEA])
def test_a_recording_without_a_body_is_an_input_error(make_arrays: MakeArrays, preset: MotionPreset) -> None:
    arrays = make_arrays(20, translation=np.full((20, 3), 1e12, np.float32))
    with pytest.raises(InputError, match="20 frames, all invalid"):
        motion_from_recording(arrays, 1.0, preset)


def test_numbers_that_are_none_never_reach_a_pose(make_arrays: MakeArrays) -> None:
    arrays = make_arrays(60)
    arrays.body_pose[10:14] = np.nan
    arrays.global_orient[30] = np.inf
    assert arrays.left_hand_pose is not None
    arrays.left_hand_pose[:, 3] = np.nan
    for preset in (NATURAL, GENEA):
        clip = motion_from_recording(arrays, 2.0, preset)
        assert np.isfinite(clip.rotations).all()
        np.testing.assert_allclose(np.linalg.norm(clip.rotations, axis=2), 1.0, atol=1e-6)


def test_nonsense_still_gives_rotations(make_arrays: MakeArrays) -> None:
    # Two frames that face and stand opposite ways have no median direction; huge angles have no meaning.
    orient = np.array([[np.pi, 0, 0], [0, 0, 0]], np.float32)
    numbers = np.random.default_rng(11)
    wild = numbers.normal(size=(40, 21, 3)) * 10.0 ** numbers.uniform(-30, 30, (40, 21, 3))
    for arrays in (
        make_arrays(2, global_orient=orient),
        make_arrays(40, body_pose=wild.astype(np.float32), global_orient=wild[:, 0].astype(np.float32)),
    ):
        clip = motion_from_recording(arrays, None, NATURAL)
        np.testing.assert_allclose(np.linalg.norm(clip.rotations, axis=2), 1.0, atol=1e-5)


def test_one_frame_is_enough(make_arrays: MakeArrays) -> None:
    for preset in (NATURAL, GENEA):
        clip = motion_from_recording(make_arrays(1), None, preset)
        np.testing.assert_allclose(clip.pose_at(5.0).rotations[0], np.eye(3), atol=1e-6)


def test_genea_is_exactly_the_convention_of_the_challenge(make_arrays: MakeArrays) -> None:
    numbers = np.random.default_rng(5)
    arrays = make_arrays(
        90,
        global_orient=numbers.normal(size=(90, 3)).astype(np.float32),
        body_pose=numbers.normal(scale=0.4, size=(90, 21, 3)).astype(np.float32),
        left_hand_pose=numbers.normal(scale=0.4, size=(90, 15, 3)).astype(np.float32),
        right_hand_pose=numbers.normal(scale=0.4, size=(90, 15, 3)).astype(np.float32),
        hands_tracked=np.zeros(90, bool),
    )
    clip = motion_from_recording(arrays, 3.0, GENEA)

    expected = np.array(arrays.body_pose, dtype=np.float64)
    expected[:, [0, 1, 2, 3, 4, 6, 7, 9, 10]] = 0
    for index in (11, 14):
        expected[:, index] -= expected[:, index].mean(axis=0)
    assert arrays.left_hand_pose is not None
    assert arrays.right_hand_pose is not None
    whole = np.concatenate(
        [np.zeros((90, 1, 3)), expected, arrays.left_hand_pose, arrays.right_hand_pose], axis=1
    )
    for frame in (0, 1, 44, 89):
        pose = clip.pose_at(frame / 30)
        np.testing.assert_allclose(pose.rotations, Rotation.from_rotvec(whole[frame]).as_matrix(), atol=1e-6)
        np.testing.assert_array_equal(pose.sway, 0)
        assert pose.present


def test_partners_of_other_rates_and_lengths_are_asked_by_the_same_time(make_arrays: MakeArrays) -> None:
    # Both raise an elbow by 0.1 rad a second; one has 25 frames a second for 4 s, one 30000/1001 for 6 s.
    def clip_of(rate_hz: Fraction, seconds: int) -> MotionClip:
        count = round(rate_hz * seconds)
        pose = np.zeros((count, 21, 3), np.float32)
        pose[:, 17, 1] = 0.1 * np.arange(count) / float(rate_hz)
        return motion_from_recording(make_arrays(count, body_pose=pose), float(count / rate_hz), UNSMOOTHED)

    short, long = clip_of(Fraction(25), 4), clip_of(Fraction(30000, 1001), 6)
    for time_s in (0.0, 0.013, 1.0, 2.719, 3.9):
        for clip in (short, long):
            turned = Rotation.from_matrix(clip.pose_at(time_s).rotations[18]).as_rotvec()
            np.testing.assert_allclose(turned, [0, 0.1 * time_s, 0], atol=1e-5)
