r"""Retargeting, by arms drawn small enough to turn by hand.

source at rest (an A)        target at rest (a T)

  0 --.                        0 ----- 1 ----- 2
       `1.
          `2
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.motion.retargeting import (
    Correspondence,
    Follows,
    arc_with_second_axis,
    retarget,
    shortest_arc,
    spread,
)
from avatar_server.motion.rotations import IDENTITY, inverse, multiply, quaternion_from_axis_angle, rotate

Floats = NDArray[np.float64]

X, Y, Z = np.eye(3)
DOWN_45 = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)


def about(axis: Floats, degrees: float) -> Floats:
    return quaternion_from_axis_angle(np.radians(degrees) * axis)


def arm(
    alignment: Floats,
    *,
    rest_turns: Floats | None = None,
    rest_frame: Floats | None = None,
    world: Floats | None = None,
) -> Correspondence:
    return Correspondence(
        parents=np.array([-1, 0, 1]),
        follows=(Follows(0, 0), Follows(1, 1), None),
        alignments=np.array([alignment, alignment, IDENTITY]),
        rest_turns=np.tile(IDENTITY, (2, 1)) if rest_turns is None else rest_turns,
        rest_frame=np.eye(3) if rest_frame is None else rest_frame,
        world=np.eye(3) if world is None else world,
        otherwise={},
    )


def in_world(local: Floats) -> Floats:
    """(M, 3, 4) of a chain."""
    turns = local.copy()
    for joint in (1, 2):
        turns[:, joint] = multiply(turns[:, joint - 1], local[:, joint])
    return turns


def test_an_a_at_rest_leaves_the_targets_arm_hanging_by_45_degrees() -> None:
    local = retarget(np.tile(IDENTITY, (1, 2, 1)), arm(shortest_arc(X, DOWN_45)))
    np.testing.assert_allclose(local[0, 0], about(Z, -45), atol=1e-15)
    np.testing.assert_allclose(local[0, 1:], [IDENTITY, IDENTITY], atol=1e-15)


def test_raising_the_source_by_45_degrees_and_bending_its_elbow_by_90() -> None:
    # The source's arm goes from an A to a T and its forearm up: relative to its parent, 90 degrees more.
    turns = np.array([[about(Z, 45), about(Z, 135)]])
    local = retarget(turns, arm(shortest_arc(X, DOWN_45)))
    np.testing.assert_allclose(local[0, 0], IDENTITY, atol=1e-15)
    np.testing.assert_allclose(local[0, 1], about(Z, 90), atol=1e-15)
    np.testing.assert_allclose(rotate(in_world(local)[0, 1], X), Y, atol=1e-15)


def test_a_rest_pose_that_looks_along_x_is_turned_into_one_that_looks_along_z() -> None:
    # The source faces +x, its left is -z, where its left arm lies at rest. Raised by 90 about x it points up.
    facing_x = np.array([-Z, Y, X])
    by = arm(IDENTITY, rest_frame=facing_x)
    raised = np.tile(about(X, 90), (1, 2, 1))
    np.testing.assert_allclose(rotate(about(X, 90), -Z), Y, atol=1e-15)
    turned = in_world(retarget(raised, by))[0, 0]
    np.testing.assert_allclose(rotate(turned, X), Y, atol=1e-15)
    # Its chest looks where the source's does: along +x.
    np.testing.assert_allclose(rotate(turned, Z), X, atol=1e-15)
    # With the world turned by the same, all of it looks along +z.
    turned = in_world(retarget(raised, arm(IDENTITY, rest_frame=facing_x, world=facing_x)))[0, 0]
    np.testing.assert_allclose(rotate(turned, Z), Z, atol=1e-15)


def test_a_z_up_world_is_turned_upright() -> None:
    upright = np.array([X, Z, -Y])
    local = retarget(np.tile(about(X, 90), (1, 2, 1)), arm(IDENTITY, world=upright))
    # Standing up in a world where z is up is a quarter turn about x; in the target's it is none.
    np.testing.assert_allclose(local[0, 0], IDENTITY, atol=1e-15)


def test_a_frame_may_be_the_rest_pose() -> None:
    at_rest = np.array([about(Z, 30), about(Y, 50)])
    local = retarget(at_rest[None], arm(IDENTITY, rest_turns=at_rest))
    np.testing.assert_allclose(np.abs(local[0] @ IDENTITY), 1, atol=1e-15)


def test_who_has_no_source_stays_as_it_is_or_as_it_should() -> None:
    by = arm(IDENTITY)
    assert retarget(np.tile(about(Y, 10), (2, 2, 1)), by)[0, 2].tolist() == IDENTITY.tolist()
    curled = Correspondence(
        by.parents, by.follows, by.alignments, by.rest_turns, by.rest_frame, by.world, {2: about(Z, 20)}
    )
    np.testing.assert_allclose(retarget(np.tile(IDENTITY, (1, 2, 1)), curled)[0, 2], about(Z, 20))


def test_a_joint_between_two_turns_by_its_share() -> None:
    by = Correspondence(
        np.array([-1]),
        (Follows(0, 1, 0.25),),
        IDENTITY[None],
        np.tile(IDENTITY, (2, 1)),
        np.eye(3),
        np.eye(3),
        {},
    )
    local = retarget(np.array([[about(Y, 10), about(Y, 50)]]), by)
    np.testing.assert_allclose(local[0, 0], about(Y, 20), atol=1e-12)


@pytest.mark.parametrize(
    ("length", "place", "expected"),
    [(4, 0.0, (0, 0.0)), (4, 3.0, (3, 0.0)), (4, 1.5, (1, 0.5)), (1, 0.0, (0, 0.0)), (2, 1 / 3, (0, 1 / 3))],
)
def test_a_place_on_a_chain(length: int, place: float, expected: tuple[int, float]) -> None:
    found = spread(range(10, 10 + length), place)
    assert found.one - 10 == expected[0]
    assert found.share == pytest.approx(expected[1])


directions = st.tuples(*[st.floats(-1, 1)] * 3).map(np.array).filter(lambda v: np.linalg.norm(v) > 0.1)
turns = st.tuples(*[st.floats(-3, 3)] * 3).map(lambda v: quaternion_from_axis_angle(np.array(v)))


@settings(max_examples=40, deadline=None)
@given(directions, directions)
def test_the_shortest_arc_turns_one_direction_onto_the_other_and_no_further(a: Floats, b: Floats) -> None:
    arc = shortest_arc(a, b)
    ours = rotate(arc, a / np.linalg.norm(a))
    np.testing.assert_allclose(ours, b / np.linalg.norm(b), atol=1e-7)
    angle = 2 * np.arctan2(np.linalg.norm(arc[1:]), abs(arc[0]))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert np.cos(angle) == pytest.approx(cosine, abs=1e-9)


@pytest.mark.parametrize("direction", [X, Y, Z, DOWN_45])
def test_opposite_directions_have_an_arc_too(direction: Floats) -> None:
    np.testing.assert_allclose(rotate(shortest_arc(direction, -direction), direction), -direction, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(turns)
def test_a_second_axis_leaves_no_turn_open(turn: Floats) -> None:
    found = arc_with_second_axis(X, X + 2 * Z, rotate(turn, X), rotate(turn, X + 2 * Z))
    assert abs(found @ turn) == pytest.approx(1, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(turns, turns, directions, directions, turns, turns)
def test_posed_bones_of_the_target_lie_along_the_sources_whatever_the_rest_poses(
    upper: Floats, lower: Floats, source_bone: Floats, target_bone: Floats, frame: Floats, world: Floats
) -> None:
    axes = Rotation.from_quat(frame[[1, 2, 3, 0]]).as_matrix()
    to_world = Rotation.from_quat(world[[1, 2, 3, 0]]).as_matrix()
    by = arm(shortest_arc(target_bone, axes @ source_bone), rest_frame=axes, world=to_world)
    local = retarget(np.array([[upper, lower]]), by)
    ours = rotate(in_world(local)[0, :2], target_bone / np.linalg.norm(target_bone))
    theirs = rotate(np.array([upper, lower]), source_bone / np.linalg.norm(source_bone)) @ to_world.T
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(turns, turns, turns)
def test_turning_the_sources_world_turns_the_target(upper: Floats, lower: Floats, turn: Floats) -> None:
    by = arm(shortest_arc(X, DOWN_45))
    once = retarget(np.array([[upper, lower]]), by)
    turned = retarget(multiply(turn, np.array([[upper, lower]])), by)
    assert abs(multiply(inverse(once[0, 0]), multiply(inverse(turn), turned[0, 0]))[0]) == pytest.approx(1)
    assert abs(once[0, 1] @ turned[0, 1]) == pytest.approx(1)
