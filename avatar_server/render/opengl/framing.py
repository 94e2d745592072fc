"""Where things land in the picture. Pure geometry in numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.rectangles import NOTHING, Rectangle, whole
from avatar_server.scene.snapshot import Camera

_STEP = 4
"""Borders of rectangles are multiples of this: whole cells of chroma, and of what rasterisers work on."""

_BAND = 32
"""Rows of a band: what is seen is enclosed by a rectangle a band, on one grid for everything."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """A coarse mesh of one posed figure: enough to tell where it can be seen and where its shadow falls.

    points: (N, 3) world. faces: (F, 3) into them. error_m: how far the figure may stick out of this mesh.
    """

    points: NDArray[np.float64]
    faces: NDArray[np.int64]
    error_m: float


def projected(points: NDArray[np.float64], camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(N, 3) world points to (N, 3): pixels from the top left (x, y), and metres before the eye."""
    clip = _clip_space(points, camera, size)
    depth = np.where(np.abs(clip[:, 3]) > 1e-9, clip[:, 3], 1e-9)
    x = (clip[:, 0] / depth * 0.5 + 0.5) * size.width
    y = (0.5 - clip[:, 1] / depth * 0.5) * size.height
    return np.stack([x, y, clip[:, 3]], axis=1)


def floor_rectangles(
    corners: NDArray[np.float64], camera: Camera, size: PictureSize
) -> tuple[Rectangle, ...]:
    """Where the convex polygon of (N, 3) world points, in order round it, can be seen: a rectangle a band."""
    clip = [tuple(row) for row in _clip_space(corners, camera, size).tolist()]
    shown: list[tuple[float, float]] = []
    for (ax, ay, _, aw), (bx, by, _, bw) in zip(clip, clip[1:] + clip[:1], strict=True):
        if (aw > camera.near_m) != (bw > camera.near_m):
            share = (camera.near_m - aw) / (bw - aw)
            shown.append(_pixel(ax + share * (bx - ax), ay + share * (by - ay), camera.near_m, size))
        if bw > camera.near_m:
            shown.append(_pixel(bx, by, bw, size))
    if not shown:
        return ()
    low, high = min(y for _, y in shown) - 1, max(y for _, y in shown) + 1
    top, bottom, step = int(max(low, 0)) // _BAND * _BAND, min(float(size.height), high), _BAND
    bands = []
    while top < bottom:
        across = [x for x, y in shown if top - 1 <= y <= top + step + 1]
        for (ax, ay), (bx, by) in zip(shown, shown[1:] + shown[:1], strict=True):
            for level in (top - 1, top + step + 1):
                if (ay < level) != (by < level):
                    across.append(ax + (level - ay) / (by - ay) * (bx - ax))
        if across:
            bands.append(_inside(size, min(across) - 1, top, max(across) + 1, top + step - 1))
        top += step
    return tuple(band for band in bands if not band.is_empty)


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of one figure.

    rectangles: where in the picture, one in each of a dozen bands. faces: which of the outline's faces.
    pixel_m: metres that a pixel spans at the nearest of them.
    """

    rectangles: tuple[Rectangle, ...]
    faces: NDArray[np.int64]
    pixel_m: float


_CULL_MARGIN_M = 0.12
"""What is further out than this is out of sight: wider than what one face of an outline stands for."""


def sight(outline: Outline, camera: Camera, size: PictureSize) -> Sight:
    """Find what is inside the camera's pyramid."""
    clip = _clip_space(outline.points, camera, size)
    x, y, w = clip[:, 0], clip[:, 1], clip[:, 3]
    up = 1.0 / math.tan(camera.vertical_fov_rad / 2)
    aside, upright = up * size.height / size.width, up
    margin = outline.error_m + _CULL_MARGIN_M
    beside, above = w + (aside + 1) * margin, w + (upright + 1) * margin
    outside = (x > beside) * 1 | (x < -beside) * 2 | (y > above) * 4 | (y < -above) * 8
    outside |= (w < camera.near_m - margin) * 16
    corners = outside[outline.faces]
    faces = np.flatnonzero((corners[:, 0] & corners[:, 1] & corners[:, 2]) == 0)
    if not len(faces):
        return Sight((), faces, math.inf)
    shown = outline.faces[faces]
    nearest = float(w[shown].min())
    pixel_m = 2.0 / up * max(nearest, camera.near_m) / size.height
    if nearest <= camera.near_m:
        return Sight((whole(size),), faces, pixel_m)
    px, py = (x / w * 0.5 + 0.5) * size.width, (0.5 - y / w * 0.5) * size.height
    return Sight(_bands(px[shown], py[shown], 1.5 + outline.error_m / pixel_m, size), faces, pixel_m)


def _bands(
    x: NDArray[np.float64], y: NDArray[np.float64], margin: float, size: PictureSize
) -> tuple[Rectangle, ...]:
    """Rectangles round faces with corners at pixels x, y (F, 3), each widened by `margin` pixels."""
    left = np.minimum(np.minimum(x[:, 0], x[:, 1]), x[:, 2]) - margin
    right = np.maximum(np.maximum(x[:, 0], x[:, 1]), x[:, 2]) + margin
    low = np.minimum(np.minimum(y[:, 0], y[:, 1]), y[:, 2]) - margin
    high = np.maximum(np.maximum(y[:, 0], y[:, 1]), y[:, 2]) + margin
    inside = (right > 0) & (high > 0) & (left < size.width) & (low < size.height)
    if not inside.any():
        return ()
    left, right, low, high = left[inside], right[inside], low[inside], high[inside]
    top, bottom = max(float(low.min()), 0.0), min(float(high.max()), float(size.height))
    start = int(top) // _BAND
    count = int(bottom) // _BAND + 1 - start
    first = np.clip(low // _BAND - start, 0, count - 1).astype(np.int64)
    last = np.clip(high // _BAND - start, 0, count - 1).astype(np.int64)
    furthest_left, furthest_right = np.full(count, np.inf), np.full(count, -np.inf)
    for further in range(int((last - first).max()) + 1):
        if further:
            reached = first + further <= last
            first, last, left, right = first[reached], last[reached], left[reached], right[reached]
        np.minimum.at(furthest_left, first + further, left)
        np.maximum.at(furthest_right, first + further, right)
    bands = [
        _inside(size, float(x0), row * _BAND, float(x1), (row + 1) * _BAND - 1)
        for row, (x0, x1) in enumerate(zip(furthest_left, furthest_right, strict=True), start)
        if x0 < x1
    ]
    return tuple(band for band in bands if not band.is_empty)


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


def _inside(size: PictureSize, left: float, top: float, right: float, bottom: float) -> Rectangle:
    """The rectangle of whole steps round these borders that is inside the picture."""
    rectangle = Rectangle(
        max(0, int(left // _STEP) * _STEP),
        max(0, int(top // _STEP) * _STEP),
        min(size.width, int(right // _STEP + 1) * _STEP),
        min(size.height, int(bottom // _STEP + 1) * _STEP),
    )
    return NOTHING if rectangle.is_empty else rectangle


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
