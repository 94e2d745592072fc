from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import body_missing, hand_missing, longest_run, plan_body, plan_hands, runs
from avatar_server.motion.rotations import IDENTITY, axis_angle_from_quaternion, quaternion_from_axis_angle

RATE_HZ = Fraction(30)
REST = quaternion_from_axis_angle([1.0, 0.0, 0.0])
MakeArrays = Callable[..., RecordingArrays]


def about_x(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return quaternion_from_axis_angle(np.column_stack([angles, 0 * angles, 0 * angles]))


def angles_about_x(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    return axis_angle_from_quaternion(quaternions)[:, 0]


def mask(count: int, *gaps: tuple[int, int]) -> NDArray[np.bool_]:
    missing = np.zeros(count, bool)
    for start, stop in gaps:
        missing[start:stop] = True
    return missing


def test_runs() -> None:
    assert runs(mask(10, (0, 2), (5, 6), (9, 10))) == [(0, 2), (5, 6), (9, 10)]
    assert longest_run(mask(10, (0, 2), (5, 8))) == 3
    assert runs(mask(4)) == []
    assert longest_run(mask(0)) == 0


def test_three_lost_frames_of_a_hand_are_bridged_at_even_steps() -> None:
    # frame     0    1    2    3    4    5
    # angle    0.0  0.2   .    .    .   1.0   ->  0.4, 0.6, 0.8
    hand = about_x(np.array([0.0, 0.2, 9.0, 9.0, 9.0, 1.0]))
    plan_hands(mask(6, (2, 5)), RATE_HZ).fill(hand, REST)
    np.testing.assert_allclose(angles_about_x(hand), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], atol=1e-12)


def test_half_a_second_is_bridged_and_a_frame_more_is_not() -> None:
    for lost, middle in ((15, 0.0), (16, 1.0)):
        hand = about_x(np.zeros(60))
        plan_hands(mask(60, (20, 20 + lost)), RATE_HZ).fill(hand, REST)
        np.testing.assert_allclose(angles_about_x(hand)[28], middle, atol=1e-9)


def test_short_gaps_at_the_ends_hold_the_nearest_seen_frame() -> None:
    hand = about_x(np.array([9.0, 9.0, 0.3, 0.5, 9.0]))
    plan_hands(mask(5, (0, 2), (4, 5)), RATE_HZ).fill(hand, REST)
    np.testing.assert_allclose(angles_about_x(hand), [0.3, 0.3, 0.3, 0.5, 0.5], atol=1e-12)


def test_over_a_long_gap_the_hand_relaxes_and_comes_back_without_a_jump() -> None:
    hand = about_x(np.full(300, -0.5))
    hand[200:] = about_x(np.full(100, 0.7))
    hand[100:200] = about_x(np.full(100, 3.0))
    plan_hands(mask(300, (100, 200)), RATE_HZ).fill(hand, REST)
    angles = angles_about_x(hand)
    np.testing.assert_allclose(angles[[99, 200]], [-0.5, 0.7], atol=1e-12)
    np.testing.assert_allclose(angles[112:188], 1.0, atol=1e-9)
    # Half way through the 12 frames of easing, half the way to rest.
    np.testing.assert_allclose(angles[105], 0.25, atol=1e-9)
    np.testing.assert_allclose(angles[194], 0.85, atol=1e-9)
    assert np.abs(np.diff(angles)).max() < 0.2


def test_hands_never_seen_rest_all_the_time() -> None:
    hand = about_x(np.linspace(0, 1, 40))
    plan_hands(mask(40, (0, 40)), RATE_HZ).fill(hand, REST)
    np.testing.assert_allclose(angles_about_x(hand), 1.0, atol=1e-12)


def test_a_glimpse_between_two_long_gaps_does_not_make_the_hand_twitch() -> None:
    hand = about_x(np.zeros(100))
    plan_hands(mask(100, (10, 45), (48, 90)), RATE_HZ).fill(hand, REST)
    np.testing.assert_allclose(angles_about_x(hand)[25:75], 1.0, atol=1e-9)
    # Between short gaps every seen frame counts.
    hand = about_x(np.zeros(30))
    hand[12] = about_x(np.array([0.4]))[0]
    plan_hands(mask(30, (5, 12), (13, 20)), RATE_HZ).fill(hand, REST)
    np.testing.assert_allclose(angles_about_x(hand)[12], 0.4, atol=1e-12)


def test_a_body_away_for_a_moment_is_bridged_and_stays_present() -> None:
    body = about_x(np.array([0.0, 9.0, 9.0, 9.0, 0.4]))
    plan, present = plan_body(mask(5, (1, 4)), RATE_HZ)
    plan.fill(body, IDENTITY)
    np.testing.assert_allclose(angles_about_x(body), [0.0, 0.1, 0.2, 0.3, 0.4], atol=1e-12)
    assert present.all()


def test_a_body_away_for_long_holds_still_is_absent_and_eases_into_its_return() -> None:
    body = about_x(np.concatenate([np.full(50, 0.2), np.full(60, 9.0), np.full(50, 1.0)]))
    plan, present = plan_body(mask(160, (50, 110)), RATE_HZ)
    plan.fill(body, IDENTITY)
    angles = angles_about_x(body)
    np.testing.assert_allclose(angles[50:98], 0.2, atol=1e-9)
    np.testing.assert_allclose(angles[104], 0.6, atol=1e-9)
    assert np.abs(np.diff(angles)).max() < 0.15
    np.testing.assert_array_equal(np.flatnonzero(~present), np.arange(50, 110))


def test_sentinels_and_not_a_number_are_a_missing_body(make_arrays: MakeArrays) -> None:
    arrays = make_arrays(8)
    assert arrays.translation is not None
    arrays.translation[1] = 4.2e12
    arrays.translation[2] = [0, 0, -3e13]
    arrays.translation[3] = [999.0, 0, 39]
    arrays.translation[4] = np.nan
    arrays.body_pose[5, 20, 2] = np.nan
    arrays.global_orient[6, 0] = np.inf
    np.testing.assert_array_equal(np.flatnonzero(body_missing(arrays)), [1, 2, 5, 6])


def test_without_translation_an_empty_box_is_a_missing_body(make_arrays: MakeArrays) -> None:
    box = np.full((4, 4), 100, np.float32)
    box[2] = 0
    np.testing.assert_array_equal(
        body_missing(make_arrays(4, translation=None, box=box)), [False, False, True, False]
    )


def test_a_hand_is_missing_by_flag_by_number_or_with_its_body(make_arrays: MakeArrays) -> None:
    tracked = np.array([True, False, True, True, True])
    arrays = make_arrays(5, hands_tracked=tracked)
    left, right = arrays.left_hand_pose, arrays.right_hand_pose
    assert left is not None
    assert right is not None
    assert arrays.translation is not None
    left[2, 0, 0] = np.nan
    arrays.translation[3] = 1e13
    np.testing.assert_array_equal(hand_missing(arrays, left), [False, True, True, True, False])
    np.testing.assert_array_equal(hand_missing(arrays, right), [False, True, False, True, False])
