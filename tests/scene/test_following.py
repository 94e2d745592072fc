"""Cameras travel with people who walk, gently, and stand still for whoever stands."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.motion.presets import NATURAL
from avatar_server.performance import Performance
from avatar_server.scene.cameras import CAMERAS, Orbit
from avatar_server.scene.following import BOTH, LEFT, RIGHT, whom
from avatar_server.testing import motion_formats as formats
from avatar_server.testing.world_pair import WorldPerson

RATE_HZ = 30
SECONDS = 6.0
SHOWN = {"left": (0,), "close-left": (0,), "over-left": (1,), "over-right": (0,), "two-shot": (0, 1)}
SHOWN |= {"right": (1,), "close-right": (1,)}


def open_pair(folder: Path, paces_m_s: tuple[float, float]) -> Performance:
    """Two people, each of whom walks straight ahead at a pace of his own."""
    count = round(SECONDS * RATE_HZ)
    for index, (x, z, pace) in enumerate(((0.0, 0.0, paces_m_s[0]), (0.8, -0.6, paces_m_s[1]))):
        joints = np.zeros((count, 52, 3))
        joints[:, 0] = [0.0, 0.64 + np.pi * index, 0.0]
        way = np.arange(count)[:, None] / RATE_HZ * pace * np.array([0.6, 0.0, 0.8])
        walker = WorldPerson(joints, way + np.array([x, 0.94, z]))
        formats.write(folder / f"{index}.npz", formats.amass(walker, RATE_HZ))
    take = open_interaction(str(folder), Path())
    return open_performance(take, body=None, preset=NATURAL, staging=None)


@pytest.fixture(scope="module")
def walkers(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """One of them gets 5.4 m far, the other as far in half a metre less."""
    return open_pair(tmp_path_factory.mktemp("walkers"), (0.9, 0.8))


def head_in(performance: Performance, camera: str, person: int, time_s: float) -> NDArray[np.float64]:
    """Where a head is in the picture, -1..1 from left to right and from bottom to top."""
    snapshot = performance.snapshot_at(time_s, performance.camera(camera))
    figure = snapshot.figures[person]
    # The head is above the pelvis, more or less.
    head = figure.translation + figure.body.rest_joints[15]
    whole = snapshot.camera.projection_matrix(16 / 9) @ snapshot.camera.view_matrix()
    clip = whole @ np.append(head, 1.0)
    assert clip[3] > 0
    return np.asarray(clip[:2] / clip[3])


@pytest.mark.parametrize("camera", CAMERAS)
def test_whoever_a_camera_is_for_stays_in_the_picture(walkers: Performance, camera: str) -> None:
    for time_s in np.linspace(0.0, SECONDS, 7).tolist():
        for person in SHOWN[camera]:
            assert np.abs(head_in(walkers, camera, person, time_s)).max() < 0.95, (person, time_s)


def test_a_close_camera_is_as_near_as_it_is_to_somebody_who_stands(
    walkers: Performance, tmp_path: Path
) -> None:
    still = open_pair(tmp_path, (0.0, 0.0))
    for name in ("close-left", "close-right"):
        orbits = [performance.orbit(name) for performance in (walkers, still)]
        assert orbits[0].distance_m == pytest.approx(orbits[1].distance_m, rel=0.15)


def test_nobody_is_followed_who_stays(tmp_path: Path, walkers: Performance) -> None:
    standing = open_pair(tmp_path, (0.0, 0.01))
    assert standing.following is None
    camera = standing.camera("two-shot")
    assert standing.snapshot_at(3.0, camera).camera == camera
    assert walkers.with_staging("side-by-side").following is None
    assert walkers.with_preset("genea").following is None


def test_a_camera_moves_gently_and_a_free_one_not_at_all(walkers: Performance) -> None:
    named = walkers.camera("two-shot")
    times_s = np.arange(0, SECONDS, 1 / 30).tolist()
    assert walkers.following is not None
    eyes = [np.array(walkers.following.moved(named, time_s).eye) for time_s in times_s]
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1) * 30
    assert steps.max() < 1.1, "metres a second: no faster than people walk"
    assert np.abs(np.diff(steps)).max() < 0.2, "and without a jerk"
    assert np.ptp(eyes, axis=0)[1] == 0.0
    free = Orbit((0.0, 1.0, 0.0), 0.1, 0.1, 4.0).camera()
    assert walkers.snapshot_at(5.0, free).camera == free


def test_a_camera_that_is_dragged_goes_on_following(walkers: Performance) -> None:
    dragged = walkers.orbit("close-left", 1.5).turned(0.3, 0.1).zoomed(1.2).panned(0.1, 0.0)
    assert dragged.follows == LEFT
    before, after = (walkers.snapshot_at(t, dragged.camera()).camera for t in (1.0, 5.0))
    assert np.linalg.norm(np.subtract(before.eye, after.eye)) > 2.0


def test_whom_a_camera_follows() -> None:
    found = {name: whom(name) for name in CAMERAS}
    portraits = {"left": LEFT, "right": RIGHT, "close-left": LEFT, "close-right": RIGHT}
    assert found == dict.fromkeys(CAMERAS, BOTH) | portraits


def test_one_who_walks_alone_is_followed(tmp_path: Path) -> None:
    open_pair(tmp_path, (1.0, 0.0))
    alone = open_performance(
        open_interaction(str(tmp_path / "0.npz"), Path()), body=None, preset=NATURAL, staging=None
    )
    assert alone.following is not None
    assert alone.parts[0].motion.repairs is not None
    assert Fraction(alone.parts[0].motion.repairs.rate) == RATE_HZ
    for camera in CAMERAS:
        for time_s in (0.0, 3.0, 5.9):
            assert np.abs(head_in(alone, camera, 0, time_s)).max() < 0.95, (camera, time_s)
