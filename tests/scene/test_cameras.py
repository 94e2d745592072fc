"""Orbits move as a hand expects, and named cameras keep what they name in the picture."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import UsageError
from avatar_server.scene.cameras import CAMERAS, FURTHEST_M, NEAREST_M, Orbit, Standing, named_orbit
from avatar_server.scene.snapshot import Camera
from avatar_server.scene.staging import STAGINGS, places

ASPECTS = (16 / 9, 4 / 3, 1.0, 9 / 16)
VIEWS = list(itertools.product(STAGINGS, ASPECTS))


def people(staging: str, count: int = 2) -> list[Standing]:
    heights = (1.74, 1.62)
    return [Standing(place, height) for place, height in zip(places(staging, count), heights, strict=False)]


def seen(camera: Camera, aspect: float, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) clip coordinates: the picture reaches from -1 to 1 to the right and up, depth likewise."""
    clip = camera.projection_matrix(aspect) @ camera.view_matrix() @ [*point, 1.0]
    assert clip[3] > 0, f"{point} is behind the camera"
    projected: NDArray[np.float64] = clip[:3] / clip[3]
    return projected


def head_and_feet(person: Standing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return person.at(1.0), person.at(0.0)


def test_an_orbit_looks_from_where_its_angles_say() -> None:
    front = Orbit((1, 1, 0), 0, 0, 2).camera()
    assert front.eye == pytest.approx((1, 1, 2))
    left = Orbit((1, 1, 0), math.pi / 2, 0, 2).camera()
    assert left.eye == pytest.approx((-1, 1, 0))
    above = Orbit((1, 1, 0), 0, math.radians(30), 2).camera()
    assert above.eye == pytest.approx((1, 2, math.sqrt(3)))


def test_dragging_to_the_right_moves_the_scene_to_the_right() -> None:
    orbit = Orbit((0, 1, 0), 0.3, 0.1, 3)
    nearer = np.array(orbit.camera().eye) * 0.5 + np.array(orbit.target) * 0.5
    before = seen(orbit.camera(), 1.0, nearer)
    after = seen(orbit.turned(0.1, 0).camera(), 1.0, nearer)
    assert after[0] > before[0]


def test_panning_moves_the_target_in_the_plane_of_the_picture() -> None:
    orbit = Orbit((0.2, 1, -0.1), 0.7, 0.4, 3)
    for x_m, y_m in ((0.3, 0), (0, 0.2), (-0.1, 0.15)):
        moved = orbit.panned(x_m, y_m)
        offset = orbit.camera().view_matrix()[:3, :3] @ (np.array(moved.target) - orbit.target)
        assert offset == pytest.approx([x_m, y_m, 0], abs=1e-12)
        assert (moved.azimuth_rad, moved.elevation_rad) == (orbit.azimuth_rad, orbit.elevation_rad)


def test_distances_and_heights_stay_within_bounds() -> None:
    orbit = Orbit((0, 0.9, 0), 0, 0.2, 3)
    assert orbit.zoomed(100).distance_m == FURTHEST_M
    assert orbit.zoomed(0.001).distance_m == NEAREST_M
    for low in (orbit.turned(0, -3), orbit.turned(0, -3).zoomed(3), orbit.turned(0, -3).panned(0, -5)):
        assert low.camera().eye[1] > 0
        assert np.isfinite(low.camera().view_matrix()).all()
    high = orbit.turned(0, 3).camera()
    assert np.isfinite(high.view_matrix()).all()
    assert high.eye[2] > 0, "never over the top"


def test_many_turns_end_where_they_began() -> None:
    orbit = Orbit((0, 1, 0), 0.5, 0, 3)
    turned = orbit
    for _ in range(12):
        turned = turned.turned(math.tau / 4, 0)
    assert turned.camera().eye == pytest.approx(orbit.camera().eye)
    assert abs(turned.azimuth_rad) <= math.pi


@pytest.mark.parametrize(("staging", "aspect"), VIEWS)
def test_the_two_shot_shows_both_from_head_to_foot(staging: str, aspect: float) -> None:
    pair = people(staging)
    camera = named_orbit("two-shot", staging, pair, aspect).camera()
    points = [seen(camera, aspect, point) for person in pair for point in head_and_feet(person)]
    assert all(abs(x) < 0.95 and -0.97 < y < 0.97 for x, y, _ in points)
    heads = [y for _, y, _ in points[::2]]
    assert max(heads) < 0.9, "there is air above the heads"
    assert points[0][0] < 0 < points[2][0], "the left one is left"


@pytest.mark.parametrize(("staging", "aspect"), VIEWS)
@pytest.mark.parametrize("kind", ["", "close-"])
def test_single_shots_show_a_face_and_not_the_partner(staging: str, aspect: float, kind: str) -> None:
    pair = people(staging)
    for name, me, other in (("left", pair[0], pair[1]), ("right", pair[1], pair[0])):
        camera = named_orbit(kind + name, staging, pair, aspect).camera()
        head = seen(camera, aspect, me.at(1.0))
        assert abs(head[0]) < 0.6
        assert 0.4 < head[1] < 0.93 or aspect < 1
        assert abs(seen(camera, aspect, other.at(0.9))[0]) > 1
        facing = me.place.rotation() @ [0, 0, 1]
        towards = np.array(camera.eye) - me.at(0.9)
        towards /= np.linalg.norm(towards)
        assert facing @ towards > 0.6, "from in front, within 53 degrees"


@pytest.mark.parametrize(("staging", "aspect"), VIEWS)
def test_over_the_shoulder_the_near_one_stands_at_the_edge(staging: str, aspect: float) -> None:
    pair = people(staging)
    for name, near, far, side in (
        ("over-left", pair[0], pair[1], -1),
        ("over-right", pair[1], pair[0], 1),
    ):
        camera = named_orbit(name, staging, pair, aspect).camera()
        eye = np.array(camera.eye)
        assert np.linalg.norm(eye - near.at(0.8)) < np.linalg.norm(eye - far.at(0.8))
        near_shoulder, far_face = seen(camera, aspect, near.at(0.8)), seen(camera, aspect, far.at(0.92))
        assert 0.5 < side * near_shoulder[0] < 1.25
        assert abs(far_face[0]) < 0.55
        assert abs(far_face[1]) < 0.9


@pytest.mark.parametrize("name", CAMERAS)
@pytest.mark.parametrize(("staging", "aspect"), VIEWS)
def test_every_camera_shows_a_lone_person_from_in_front(name: str, staging: str, aspect: float) -> None:
    (person,) = people(staging, 1)
    camera = named_orbit(name, staging, [person], aspect).camera()
    face = seen(camera, aspect, person.at(0.93))
    assert abs(face[0]) < 0.6
    assert 0 < face[1] < 0.95
    facing = person.place.rotation() @ [0, 0, 1]
    assert facing @ (np.array(camera.eye) - person.at(0.9)) > 0


def test_tall_people_are_seen_from_further_away() -> None:
    place = places("face-to-face", 1)[0]
    short, tall = ([Standing(place, height)] for height in (1.5, 2.0))
    near, far = (named_orbit("two-shot", "face-to-face", who) for who in (short, tall))
    assert far.distance_m > near.distance_m
    assert far.target[1] > near.target[1]


def test_unknown_cameras_are_refused() -> None:
    with pytest.raises(UsageError, match=r"ceiling.*two-shot"):
        named_orbit("ceiling", STAGINGS[0], people(STAGINGS[0]))
