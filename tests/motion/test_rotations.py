from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.motion.rotations import (
    axis_angle_from_quaternion,
    continuous,
    inverse,
    matrix_from_quaternion,
    mean_rotation,
    multiply,
    quaternion_from_axis_angle,
    quaternion_from_matrix,
    rotate,
    slerp,
)

QUARTER_TURN_Z = [0.0, 0.0, np.pi / 2]
HALF = np.sqrt(0.5)


def test_a_quarter_turn_about_z_in_every_form() -> None:
    q = quaternion_from_axis_angle(QUARTER_TURN_Z)
    np.testing.assert_allclose(q, [HALF, 0, 0, HALF], atol=1e-15)
    np.testing.assert_allclose(matrix_from_quaternion(q), [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-15)
    np.testing.assert_allclose(rotate(q, [1.0, 0.0, 0.0]), [0, 1, 0], atol=1e-15)
    np.testing.assert_allclose(axis_angle_from_quaternion(q), QUARTER_TURN_Z, atol=1e-15)


def test_an_unwrapped_axis_angle_of_norm_4_7_is_the_short_turn_the_other_way() -> None:
    axis = np.array([0.6, 0.0, 0.8])
    back = axis_angle_from_quaternion(quaternion_from_axis_angle(4.7 * axis))
    np.testing.assert_allclose(back, (4.7 - 2 * np.pi) * axis, atol=1e-14)


def test_neighbours_two_pi_apart_meet_in_the_middle() -> None:
    # 3.1 and 3.3 about x, the second one written as 3.3 - 2 pi: the mean of the vectors would be 0.06.
    between = slerp(
        quaternion_from_axis_angle([3.1, 0, 0]), quaternion_from_axis_angle([3.3 - 2 * np.pi, 0, 0]), 0.5
    )
    expected = quaternion_from_axis_angle([3.2, 0, 0])
    assert abs(between @ expected) == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize(("fraction", "degrees"), [(0.0, 10.0), (0.25, 30.0), (0.5, 50.0), (1.0, 90.0)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_slerp_turns_at_constant_speed_by_any_sign(fraction: float, degrees: float, sign: float) -> None:
    start = quaternion_from_axis_angle([0, np.radians(10), 0])
    end = sign * quaternion_from_axis_angle([0, np.radians(90), 0])
    turned = axis_angle_from_quaternion(slerp(start, end, fraction))
    np.testing.assert_allclose(np.degrees(turned), [0, degrees, 0], atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-300, 1e-12, 1e-9, 1e-8, 1e-7, 1e-4])
def test_tiny_angles_are_exact(angle: float) -> None:
    vector = np.array([angle, 0.0, 0.0])
    q = quaternion_from_axis_angle(vector)
    np.testing.assert_allclose(axis_angle_from_quaternion(q), vector, rtol=1e-9)
    half = slerp(quaternion_from_axis_angle(np.zeros(3)), q, 0.5)
    np.testing.assert_allclose(axis_angle_from_quaternion(half), vector / 2, rtol=1e-7)


def test_everything_agrees_with_scipy_on_random_rotations() -> None:
    vectors = np.random.default_rng(3).normal(scale=2.0, size=(500, 3))
    oracle = Rotation.from_rotvec(vectors)
    q = quaternion_from_axis_angle(vectors)
    matrices = matrix_from_quaternion(q)
    np.testing.assert_allclose(matrices, oracle.as_matrix(), atol=1e-14)
    np.testing.assert_allclose(axis_angle_from_quaternion(q), oracle.as_rotvec(), atol=1e-12)
    np.testing.assert_allclose(matrix_from_quaternion(quaternion_from_matrix(matrices)), matrices, atol=1e-14)
    products = multiply(q[:250], q[250:])
    np.testing.assert_allclose(matrix_from_quaternion(products), matrices[:250] @ matrices[250:], atol=1e-14)
    np.testing.assert_allclose(multiply(q, inverse(q)), np.tile([1.0, 0, 0, 0], (500, 1)), atol=1e-14)


def test_half_turns_survive_the_way_through_a_matrix() -> None:
    for diagonal in ([1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0], [1.0, 1.0, 1.0]):
        q = quaternion_from_matrix(np.diag(diagonal))
        np.testing.assert_allclose(matrix_from_quaternion(q), np.diag(diagonal), atol=1e-15)


def test_continuous_changes_signs_only_and_leaves_no_jump() -> None:
    angles = np.linspace(0, 6 * np.pi, 200)
    wrapped = (angles + np.pi) % (2 * np.pi) - np.pi
    q = quaternion_from_axis_angle(np.column_stack([wrapped, 0 * angles, 0 * angles]))
    smooth = continuous(q)
    assert (np.abs(np.diff(q, axis=0)).max(axis=1) > 1).sum() == 3
    assert np.abs(np.diff(smooth, axis=0)).max() < 0.05
    np.testing.assert_array_equal(np.abs(smooth), np.abs(q))


def test_the_mean_does_not_care_for_signs() -> None:
    q = quaternion_from_axis_angle([[0.1, 0, 0], [0.3, 0, 0], [0.2, 0.1, 0], [0.2, -0.1, 0]])
    q[1] *= -1
    q[3] *= -1
    np.testing.assert_allclose(axis_angle_from_quaternion(mean_rotation(q)), [0.2, 0, 0], atol=1e-4)
