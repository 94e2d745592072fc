"""Where the partner is for a head that is turned, in every staging."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.body.cache import load_mannequin
from avatar_server.body.kinematics import joint_positions, joint_transforms
from avatar_server.body.model import shape_body
from avatar_server.scene.eye_contact import Placed, partners_degrees
from avatar_server.scene.staging import places

HEAD, NECK, PELVIS, ELBOW = 15, 12, 0, 18


def standing(staging: str, count: int, *turns: tuple[int, float, float]) -> list[Placed]:
    """People at rest; turns: of joints of the first one, degrees to his left and down."""
    people, body = [], shape_body(load_mannequin())
    for place in places(staging, count):
        rotations = np.tile(np.eye(3), (52, 1, 1))
        rotations[0] = place.rotation()
        people.append(Placed(body, rotations, np.array([place.x_m, 0.9, place.z_m])))
    for joint, to_left, down in turns:
        turn = Rotation.from_euler("YX", (to_left, down), degrees=True).as_matrix()
        people[0].rotations[joint] = people[0].rotations[joint] @ turn
    return people


@pytest.mark.parametrize("staging", ["face-to-face", "side-by-side"])
@pytest.mark.parametrize("count", [1, 2])
def test_who_stands_straight_has_the_partner_or_the_viewer_straight_ahead(staging: str, count: int) -> None:
    for degrees in partners_degrees(standing(staging, count), staging):
        assert degrees == pytest.approx((0.0, 0.0), abs=1e-6)


@pytest.mark.parametrize(
    ("turns", "wanted"),
    [
        ([(HEAD, 20.0, 0.0)], (-20.0, 0.0)),
        ([(NECK, 5.0, 0.0), (HEAD, 10.0, 0.0)], (-15.0, 0.0)),
        ([(HEAD, 0.0, 12.0)], (0.0, 12.0)),
        ([(ELBOW, 40.0, 0.0)], (0.0, 0.0)),
    ],
    ids=["head", "neck and head", "nodding", "an elbow"],
)
def test_the_partner_is_on_the_other_side_of_where_a_head_turns(
    turns: list[tuple[int, float, float]], wanted: tuple[float, float]
) -> None:
    first, second = partners_degrees(standing("face-to-face", 2, *turns), "face-to-face")
    assert first == pytest.approx(wanted, abs=1.0)
    assert second == pytest.approx((0.0, 0.0), abs=1.0)


def test_in_a_shared_world_the_partner_is_where_he_is() -> None:
    one, other = standing("as-recorded", 2)
    moved = replace(other, translation=other.translation + np.array([1.0, 0.0, 1.0]))
    first, second = partners_degrees([one, moved], "as-recorded")
    assert first == pytest.approx((45.0, 0.0), abs=1e-6)
    assert second[0] == pytest.approx(-135.0, abs=1e-6)


def test_the_head_is_where_the_body_has_it() -> None:
    person = standing("face-to-face", 2, (NECK, 30.0, 10.0), (PELVIS, 10.0, 0.0))[0]
    place, turn = person.head()
    pose = (person.body, person.rotations, person.translation)
    assert np.allclose(place, joint_positions(*pose)[HEAD])
    assert np.allclose(turn, joint_transforms(*pose)[HEAD, :3, :3])
