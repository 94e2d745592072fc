"""Which parts of a picture a changed cell of the floor shows in: never too few."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.opengl.cells import CELL_HEIGHT, CELL_WIDTH, CellGrid
from avatar_server.render.opengl.floor_sight import FloorSight
from avatar_server.render.opengl.framing import picture_rays
from avatar_server.render.opengl.quality import FINE, QUICK, Quality
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.opengl.shadow_geometry import FloorPatch
from avatar_server.scene.snapshot import Camera
from avatar_server.testing.renderer_suite import two_people

SIZE = PictureSize(326, 178)
PICTURE = PictureSize(320, 180)
PATCH = FloorPatch(-1.2, -0.8, 80, 48, 0.03)
CAMERAS = {
    "across the room": Camera((0.0, 1.2, 4.2), (0.0, 0.85, 0.0), 0.56),
    "from above": Camera((0.3, 5.0, 0.2), (0.0, 0.0, 0.0), 0.5),
    "at the horizon": Camera((0.4, 0.15, 1.4), (0.0, 0.2, 0.0), 0.9),
    "standing on it": Camera((0.0, 1.6, 0.0), (0.0, 0.9, -2.0), 0.9),
    "turned away": Camera((0.0, 1.2, 3.0), (0.0, 1.4, 9.0), 0.7),
}


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_whoever_filters_a_changed_cell_is_found(camera: Camera) -> None:
    shape = CellGrid(SIZE).shape
    sight = FloorSight(PATCH, camera, SIZE, shape)
    corner, right, down = picture_rays(camera, SIZE)
    y, x = np.mgrid[: SIZE.height, : SIZE.width] + 0.5
    rays = corner + x[..., None] * right + y[..., None] * down
    floor = rays[..., 1] < -1e-4
    distance = camera.eye[1] / np.where(floor, rays[..., 1], -1.0)
    across = (camera.eye[0] - rays[..., 0] * distance - PATCH.x_m) / PATCH.cell_m
    deep = (camera.eye[2] - rays[..., 2] * distance - PATCH.z_m) / PATCH.cell_m
    random = np.random.default_rng(3)
    for _ in range(60):
        changed = np.zeros((PATCH.rows, PATCH.columns), dtype=bool)
        row, column = random.integers(PATCH.rows), random.integers(PATCH.columns)
        changed[row, column] = True
        filters = floor & (np.abs(across - column - 0.5) < 1) & (np.abs(deep - row - 0.5) < 1)
        needed = np.zeros(shape, dtype=bool)
        needed[np.nonzero(filters)[0] // CELL_HEIGHT, np.nonzero(filters)[1] // CELL_WIDTH] = True
        found = sight.touched(changed)
        assert not (needed & ~found).any()


def test_what_is_seen_from_above_is_found_where_it_is() -> None:
    """Not much more than what is needed: all this is there to draw less."""
    sight = FloorSight(PATCH, CAMERAS["from above"], SIZE, CellGrid(SIZE).shape)
    changed = np.zeros((PATCH.rows, PATCH.columns), dtype=bool)
    assert not sight.touched(changed).any()
    changed[20:24, 30:34] = True
    assert 0 < sight.touched(changed).mean() < 0.02


@pytest.mark.opengl
@pytest.mark.parametrize("quality", [FINE, QUICK])
def test_a_little_movement_is_drawn_as_if_nothing_had_been_there(quality: Quality) -> None:
    """Only the floor whose light has changed is drawn again, also near the horizon."""
    cameras = [Camera((0.0, 1.2, 4.2), (0.0, 0.85, 0.0), 0.56), Camera((1.1, 0.2, 1.6), (0.0, 0.3, 0.0), 0.9)]
    moments = [two_people(time_s) for time_s in (0.5, 0.503, 0.52, 0.6)]
    views = [replace(moment, camera=camera) for moment in moments for camera in cameras]
    with closing(OpenGLRenderer(PICTURE, on_cpu=quality)) as renderer:
        after_others = [draw(renderer, view).i420 for view in views]
    for view, picture in list(zip(views, after_others, strict=True))[2:]:
        with closing(OpenGLRenderer(PICTURE, on_cpu=quality)) as fresh:
            np.testing.assert_array_equal(draw(fresh, view).i420, picture)
