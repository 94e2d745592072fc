"""A shared world comes onto the stage as one rigid body; people of their own worlds each to their place."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.body.builds import Build
from avatar_server.body.kinematics import joint_positions
from avatar_server.body.skinning import skin
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.scene.cameras import CAMERAS, named_orbit
from avatar_server.scene.on_stage import (
    ROAM_LIMIT_M,
    OnStage,
    back_to_viewer,
    stage_alone,
    stage_together,
    standing,
    surveyed,
)
from avatar_server.scene.staging import AS_RECORDED, Place, places
from avatar_server.testing.world_pair import WorldPerson, two_in_a_world
from avatar_server.wardrobe import shaped_bodies

BODY, _ = shaped_bodies(None, (Build(), Build()))
PEOPLE = two_in_a_world(3.0, 30)
TIMES_S = np.linspace(0.0, 2.9, 30).tolist()


def world_of(
    person: WorldPerson, turn: Rotation | None = None, shift: NDArray[np.float64] | None = None
) -> WorldMotion:
    turn, shift = turn or Rotation.identity(), np.zeros(3) if shift is None else shift
    joints = person.joints.copy()
    joints[:, 0] = (turn * Rotation.from_rotvec(joints[:, 0])).as_rotvec()
    quaternions = Rotation.from_rotvec(joints.reshape(-1, 3)).as_quat(scalar_first=True)
    return WorldMotion(
        FrameRate(Fraction(30), "stated", None),
        quaternions.reshape(-1, 52, 4).astype(np.float32),
        turn.apply(person.pelvis) + shift,
        "made",
    )


def joints_at(motion: OnStage, time_s: float) -> NDArray[np.float64]:
    pose = motion.pose_at(time_s)
    assert pose.pelvis is not None
    return joint_positions(BODY, pose.rotations, pose.pelvis - BODY.rest_joints[0])


def recorded_joints(world: WorldMotion, time_s: float) -> NDArray[np.float64]:
    rotations, pelvis = world.posed_at(time_s)
    return joint_positions(BODY, rotations, pelvis - BODY.rest_joints[0])


@cache
def pair_at(index: int) -> tuple[OnStage, ...]:
    """On stage, from one of `WHEREVER`."""
    return stage_together([surveyed(world_of(person, *WHEREVER[index]), BODY) for person in PEOPLE])


WHEREVER = (
    (Rotation.identity(), np.zeros(3)),
    (Rotation.from_euler("y", 123, degrees=True), np.array([-40.0, 3.0, 12.0])),
)


@pytest.mark.parametrize("index", [0, 1])
def test_every_distance_between_the_two_is_kept_within_a_millimetre(index: int) -> None:
    worlds = [world_of(person, *WHEREVER[index]) for person in PEOPLE]
    for time_s in TIMES_S[::3]:
        there = [recorded_joints(world, time_s) for world in worlds]
        here = [joints_at(motion, time_s) for motion in pair_at(index)]
        before = np.linalg.norm(there[0][:, None] - there[1][None], axis=-1)
        after = np.linalg.norm(here[0][:, None] - here[1][None], axis=-1)
        assert np.abs(after - before).max() < 1e-3


@pytest.mark.parametrize("index", [0, 1])
def test_the_first_stands_left_the_second_right_and_both_on_the_floor(index: int) -> None:
    staged = pair_at(index)
    left, right = (joints_at(motion, 2.5)[0] for motion in staged)
    assert left[0] < -0.3
    assert right[0] > 0.3
    assert abs(left[2] - right[2]) < 0.05
    lowest = []
    for motion in staged:
        pose = motion.pose_at(2.0)
        assert pose.pelvis is not None
        lowest.append(skin(BODY, pose.rotations, pose.pelvis - BODY.rest_joints[0])[:, 1].min())
    assert abs(min(lowest)) < 0.01, "the lowest sole touches the floor"


def test_nothing_but_the_whole_is_moved() -> None:
    """Feet keep the speed they were recorded with: no foot is planted anew."""
    worlds = [world_of(person) for person in PEOPLE]
    for world, motion in zip(
        worlds, stage_together([surveyed(world, BODY) for world in worlds]), strict=True
    ):
        recorded = recorded_joints(world, 0.6)[[7, 8]] - recorded_joints(world, 0.5)[[7, 8]]
        shown = joints_at(motion, 0.6)[[7, 8]] - joints_at(motion, 0.5)[[7, 8]]
        assert np.allclose(np.linalg.norm(shown, axis=1), np.linalg.norm(recorded, axis=1), atol=1e-6)


def test_two_who_walk_round_each_other_are_turned_by_where_they_begin() -> None:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.full(90, 0.94), np.sin(angle)])
    turning = [WorldPerson(PEOPLE[0].joints[:90], sign * circle) for sign in (1, -1)]
    first, second = stage_together([surveyed(world_of(one), BODY) for one in turning])
    assert joints_at(first, 0.0)[0, 0] == pytest.approx(-1.0, abs=0.05)
    assert joints_at(second, 0.0)[0, 0] == pytest.approx(1.0, abs=0.05)


def test_backs_to_the_viewer_are_seen() -> None:
    toward = [0.0, 0.0, 0.0]
    for first_x, backs in ((-1.0, False), (1.0, True)):
        people = []
        for x in (first_x, -first_x):
            joints = np.zeros((30, 52, 3))
            joints[:, 0] = toward
            people.append(world_of(WorldPerson(joints, np.tile([x, 0.94, 0.0], (30, 1)))))
        assert back_to_viewer(people) is backs


def test_alone_one_faces_ahead_over_the_middle_of_the_way() -> None:
    motion = surveyed(world_of(PEOPLE[1], *WHEREVER[1]), BODY)
    assert math.remainder(motion.yaw_rad, math.tau) == pytest.approx(0.0, abs=1e-9)
    assert np.abs(np.median(motion.way(), axis=0)).max() < 0.01
    ahead = np.mean([motion.pose_at(t).rotations[0][:, 2] for t in TIMES_S], axis=0)
    assert ahead[2] > 0.9


def test_who_walks_far_stays_near_his_partner_from_another_world() -> None:
    walk = np.column_stack([np.zeros(90), np.full(90, 0.94), np.linspace(0, 4, 90)])
    world = world_of(WorldPerson(np.zeros((90, 52, 3)), walk))
    limited = stage_alone(surveyed(world, BODY), limited=True)
    assert np.abs(limited.way()).max() <= ROAM_LIMIT_M
    assert any("within reach" in notice for notice in limited.notices)
    assert np.ptp(surveyed(world, BODY).way()[:, 1]) == pytest.approx(4.0, abs=0.1)


def test_without_a_place_the_lowest_sole_is_on_the_floor_in_every_picture() -> None:
    joints = PEOPLE[0].joints.copy()
    joints[:, 1, 0] = joints[:, 2, 0] = np.linspace(0, -1.0, len(joints))
    joints[:, 4, 0] = joints[:, 5, 0] = np.linspace(0, 2.0, len(joints))
    world = replace(world_of(WorldPerson(joints, np.zeros((len(joints), 3)))), is_placed=False)
    motion = surveyed(world, BODY)
    for time_s in TIMES_S[::15]:
        pose = motion.pose_at(time_s)
        assert pose.pelvis is not None
        feet = skin(BODY, pose.rotations, pose.pelvis - BODY.rest_joints[0])[:, 1].min()
        assert abs(feet) < 0.02


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
def test_cameras_look_at_where_people_are(camera: str, aspect: float) -> None:
    staged = pair_at(0)
    people = [
        standing(motion, place, BODY) for motion, place in zip(staged, places(AS_RECORDED, 2), strict=True)
    ]
    seen = named_orbit(camera, AS_RECORDED, people, aspect).camera()
    whole = seen.projection_matrix(aspect) @ seen.view_matrix()
    for index, motion in enumerate(staged):
        if camera in ("close-left", "left", "over-right") and index == 1:
            continue
        if camera in ("close-right", "right", "over-left") and index == 0:
            continue
        heads = np.array([joints_at(motion, time_s)[15] for time_s in TIMES_S])
        clip = np.column_stack([heads, np.ones(len(heads))]) @ whole.T
        assert (clip[:, 3] > 0).all()
        assert np.abs(clip[:, :2] / clip[:, 3:]).max() < 1.0, "the head is in the picture all the way"


def test_a_place_turns_and_moves_what_a_camera_knows() -> None:
    motion = surveyed(world_of(PEOPLE[1]), BODY)
    there = standing(motion, Place(-0.7, 0.0, math.pi / 2), BODY)
    assert there.place.x_m == pytest.approx(-0.7, abs=0.05)
    assert there.place.yaw_rad == pytest.approx(math.pi / 2, abs=0.01)
    assert there.height_m == pytest.approx(1.7, abs=0.15)
