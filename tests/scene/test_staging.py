"""Where people stand and how they are turned."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_server.body.cache import load_mannequin
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import shape_body
from avatar_server.errors import UsageError
from avatar_server.motion.pose import Pose
from avatar_server.scene.grounding import Footing
from avatar_server.scene.staging import STAGINGS, Place, places


def neutral(sway: tuple[float, float, float]) -> Pose:
    return Pose(np.repeat(np.eye(3)[None], 52, axis=0), np.array(sway))


def test_face_to_face_people_look_at_each_other() -> None:
    left, right = places("face-to-face", 2)
    assert (left.x_m, right.x_m) == (-0.7, 0.7)
    assert left.rotation() @ [0, 0, 1] == pytest.approx([1, 0, 0])
    assert right.rotation() @ [0, 0, 1] == pytest.approx([-1, 0, 0])


def test_side_by_side_people_look_at_the_viewer() -> None:
    left, right = places("side-by-side", 2)
    assert (left.x_m, right.x_m) == (-0.8, 0.8)
    for place in (left, right):
        assert place.rotation() @ [0, 0, 1] == pytest.approx([0, 0, 1])


def test_alone_one_stands_in_the_middle() -> None:
    (turned,), (straight,) = places("face-to-face", 1), places("side-by-side", 1)
    assert (turned.x_m, turned.z_m, straight.x_m, straight.z_m) == (0, 0, 0, 0)
    assert 10 < math.degrees(turned.yaw_rad) < 45
    assert straight.yaw_rad == 0


def test_unknown_names_and_crowds_are_refused() -> None:
    with pytest.raises(UsageError, match=r"back-to-back.*face-to-face, side-by-side"):
        places("back-to-back", 2)
    with pytest.raises(UsageError, match="one or two"):
        places(STAGINGS[0], 3)


def test_sway_is_turned_with_the_person_about_the_pelvis() -> None:
    """A step of 5 cm forward by somebody who faces +x goes to +x, and the pelvis is nowhere else."""
    body = shape_body(load_mannequin())
    stand = Footing.of(body).rest_on_floor(neutral((0.02, 0, 0.05)))
    rotations, translation = Place(-0.7, 0.3, math.pi / 2).put(body, stand)
    transforms = joint_transforms(body, rotations, translation)
    pelvis = transforms[0, :3, :3] @ body.rest_joints[0] + transforms[0, :3, 3]
    # Facing +x, the person's left (+x at rest) is at -z.
    assert pelvis == pytest.approx([-0.7 + 0.05, stand.pelvis[1], 0.3 - 0.02])
    head = transforms[15, :3, :3] @ body.rest_joints[15] + transforms[15, :3, 3]
    from_pelvis = body.rest_joints[15] - body.rest_joints[0]
    assert head - pelvis == pytest.approx([from_pelvis[2], from_pelvis[1], -from_pelvis[0]])
    assert np.array_equal(stand.rotations[0], np.eye(3)), "the stand itself is not changed"
