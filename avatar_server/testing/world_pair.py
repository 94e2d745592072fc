"""Two people in one measured world, as motion capture has them: what the writers of `motion_formats` store.

Truth first: joints and pelvis in a world that is y up, in metres. One walks up to the other, in a place that
is nobody's origin; they stand and talk at an arm's length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.body_motion import move
from avatar_server.testing.dialogue import plan_dialogue
from avatar_server.testing.trajectory import minimum_jerk

Array = NDArray[np.float64]

STANDING_PELVIS_M = 0.94
"""Of the mannequin on straight legs."""

PLACES_M = ((2.0, 1.0), (2.6, 1.9))
"""x and z of the two, when they stand."""

WALK_M, WALK_S = 0.8, 1.0


@dataclass(frozen=True, eq=False, slots=True)
class WorldPerson:
    """joints: (N, 52, 3) axis-angle rad, the root in the world. pelvis: (N, 3) metres, the joint's place."""

    joints: Array
    pelvis: Array


def two_in_a_world(seconds: float, rate_hz: float, seed: int = 0) -> tuple[WorldPerson, WorldPerson]:
    """The first walks, the second waits; both face each other."""
    dialogue = plan_dialogue(max(seconds, 2.0), seed)
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    (first_x, first_z), (second_x, second_z) = PLACES_M
    yaw = np.arctan2(second_x - first_x, second_z - first_z)
    people = []
    for person, (x, z) in enumerate(PLACES_M):
        motion = move(dialogue, person, times_s, seed)
        facing = yaw + np.pi * person
        turn = Rotation.from_rotvec([0.0, facing, 0.0])
        joints = motion.joints.copy()
        joints[:, 0] = (turn * Rotation.from_rotvec(joints[:, 0])).as_rotvec()
        back = WALK_M * (1 - minimum_jerk(times_s / WALK_S)) if person == 0 else 0 * times_s
        own = np.column_stack([motion.sway_m[:, 0], 0.0 * times_s, -back])
        pelvis = turn.apply(own) + np.array([x, STANDING_PELVIS_M, z])
        people.append(WorldPerson(joints, pelvis))
    return people[0], people[1]
