"""Where things land in the picture. Pure geometry in numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """A coarse mesh of one posed figure: enough to tell where it can be seen and where its shadow falls.

    points: (3, N) float32 world. faces: (3, F) into them. error_m: of this mesh, in the rest pose.
    """

    points: NDArray[np.float32]
    faces: NDArray[np.intp]
    error_m: float


NO_OUTLINE = Outline(np.zeros((3, 0), np.float32), np.zeros((3, 0), np.intp), 0.0)


def projected(points: NDArray[np.float64], camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(N, 3) world points to (N, 3): pixels from the top left (x, y), and metres before the eye."""
    clip = _clip_space(points, camera, size)
    depth = np.where(np.abs(clip[:, 3]) > 1e-9, clip[:, 3], 1e-9)
    x = (clip[:, 0] / depth * 0.5 + 0.5) * size.width
    y = (0.5 - clip[:, 1] / depth * 0.5) * size.height
    return np.stack([x, y, clip[:, 3]], axis=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of one figure.

    boxes: (4, B) left, top, right and bottom, pixels, of boxes that enclose all of it that is in the picture.
    faces: which of the outline's faces those are, None for all. pixel_m: metres that a pixel spans at the
    nearest of them.
    """

    boxes: NDArray[np.float32]
    faces: NDArray[np.intp] | None
    pixel_m: float

    @property
    def is_empty(self) -> bool:
        """Out of sight."""
        return not self.boxes.size


_CULL_MARGIN_M = 0.12
"""What is further out than this is out of sight: wider than what one face of an outline stands for."""

_POSED_ERROR_M = 0.004
"""In other poses a coarse mesh may be off by this much more than in the rest pose."""

_BORDER_PX = 1.5
"""Pixels beside a face that its samples may count for."""


def sight(outline: Outline, camera: Camera, size: PictureSize, error_px: float) -> Sight:
    """Find what is inside the camera's pyramid.

    error_px: what the mesh that is drawn may be off by: where that is more than the outline is, the outline
    itself is drawn.
    """
    matrix = clip_from_world(camera, size).astype(np.float32)
    x, y, _, w = matrix[:, :3] @ outline.points + matrix[:, 3:]
    up = 1.0 / math.tan(camera.vertical_fov_rad / 2)
    aside, upright = up * size.height / size.width, up
    margin = outline.error_m + _CULL_MARGIN_M
    beside, above = w + (aside + 1) * margin, w + (upright + 1) * margin
    outside = (np.abs(x) > beside) | (np.abs(y) > above) | (w < camera.near_m - margin)
    faces: NDArray[np.intp] | None = None
    shown, nearest = outline.faces, float(w.min())
    if outside.any():
        flags = (x > beside) * np.uint8(1)
        for bit, beyond in (
            (2, x < -beside),
            (4, y > above),
            (8, y < -above),
            (16, w < camera.near_m - margin),
        ):
            flags |= beyond * np.uint8(bit)
        first, second, third = flags[shown]
        faces = np.flatnonzero((first & second & third) == 0)
        if not len(faces):
            return Sight(np.zeros((4, 0), dtype=np.float32), faces, math.inf)
        shown = np.take(shown, faces, axis=1)  # row by row, or what follows takes five times as long
        nearest = float(w[shown].min())
    pixel_m = 2.0 / up * max(nearest, camera.near_m) / size.height
    if nearest <= camera.near_m:
        everywhere = np.array([[0], [0], [size.width], [size.height]], dtype=np.float32)
        return Sight(everywhere, faces, pixel_m)
    border = _BORDER_PX
    if outline.error_m > error_px * pixel_m:
        border += (outline.error_m + _POSED_ERROR_M) / pixel_m
    with np.errstate(divide="ignore", invalid="ignore"):  # behind the eye; none of those is shown
        px, py = (0.5 * size.width) * (1 + x / w), (0.5 * size.height) * (1 - y / w)
    across, down = px[shown], py[shown]
    boxes = np.stack(
        [
            across.min(axis=0) - border,
            down.min(axis=0) - border,
            across.max(axis=0) + border,
            down.max(axis=0) + border,
        ]
    )
    return Sight(boxes, faces, pixel_m)


@lru_cache(maxsize=8)
def clip_from_world(camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(4, 4) OpenGL clip space of pictures of this size, y up; not to be changed."""
    matrix = np.asarray(camera.projection_matrix(size.width / size.height) @ camera.view_matrix())
    matrix.flags.writeable = False
    return matrix


def _clip_space(points: NDArray[np.float64], camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    matrix = clip_from_world(camera, size)
    return np.asarray(points @ matrix[:, :3].T + matrix[:, 3])


def _pixel(x: float, y: float, w: float, size: PictureSize) -> tuple[float, float]:
    return (x / w * 0.5 + 0.5) * size.width, (0.5 - y / w * 0.5) * size.height


@lru_cache(maxsize=8)
def view_axes(camera: Camera) -> NDArray[np.float64]:
    """(3, 3) unit vectors of the world: right, up and back as the camera sees them."""
    return np.asarray(camera.view_matrix()[:3, :3])


@lru_cache(maxsize=8)
def picture_rays(camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(3, 3): the view ray through the upper left corner, and what a pixel right and down add."""
    right, up, back = view_axes(camera)
    half_height = np.tan(camera.vertical_fov_rad / 2)
    pixel = 2 * half_height / size.height
    half_width = pixel * size.width / 2
    return np.stack([-back - half_width * right + half_height * up, right * pixel, -up * pixel])
