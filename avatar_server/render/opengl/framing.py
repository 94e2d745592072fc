"""Where things land: in the picture, in the shadow map, on the floor. Pure geometry in numpy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera

_STEP = 4
"""Borders of rectangles are multiples of this: whole cells of chroma, and of what rasterisers work on."""

_BAND = 32
"""Rows of a band: what is seen is enclosed by a rectangle a band, on one grid for everything."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Pixels from the top left; `right` and `bottom` are just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Nothing inside."""
        return self.right <= self.left or self.bottom <= self.top


def disjoint(rectangles: Iterable[Rectangle], holes: Iterable[Rectangle] = ()) -> tuple[Rectangle, ...]:
    """Rectangles that cover all of `rectangles` but for `holes`, each pixel once.

    Strip by strip between all upper and lower borders: few strips, because bands lie on one grid.
    """
    drawn = [part for part in rectangles if not part.is_empty]
    left_out = [part for part in holes if not part.is_empty]
    levels = sorted({level for part in (*drawn, *left_out) for level in (part.top, part.bottom)})
    found: list[Rectangle] = []
    for top, bottom in pairwise(levels):
        spans = sorted((part.left, part.right) for part in drawn if part.top <= top < part.bottom)
        if not spans:
            continue
        gaps = sorted((part.left, part.right) for part in left_out if part.top <= top < part.bottom)
        reached = spans[0][0]
        for left, right in spans:
            start = max(left, reached)
            for gap_left, gap_right in gaps:
                if gap_right > start and gap_left < right:
                    if gap_left > start:
                        found.append(Rectangle(start, top, gap_left, bottom))
                    start = gap_right
            if start < right:
                found.append(Rectangle(start, top, right, bottom))
            reached = max(reached, right)
    return tuple(found)


NOTHING = Rectangle(0, 0, 0, 0)


def whole(size: PictureSize) -> Rectangle:
    """All of the picture."""
    return Rectangle(0, 0, size.width, size.height)


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


@dataclass(frozen=True, eq=False, slots=True)
class LightFrame:
    """Orthographic view along the key light, tight round what casts shadows.

    clip_from_world: (4, 4). depth_m: metres that a depth of 0..1 spans. texels: of the map's
    width and height. texel_m: metres of one.
    """

    clip_from_world: NDArray[np.float64]
    depth_m: float
    texels: int
    texel_m: float


_LIGHT_STEP_M = 0.2
_LIGHT_MARGIN_M = 0.08


def light_frame(points: NDArray[np.float64], direction: NDArray[np.float64], texels: int) -> LightFrame:
    """Round the (N, 3) world points; width grows in steps and the centre moves by whole texels, so that the
    edges of shadows do not crawl while people move.
    """
    aside = np.cross([0.0, 1.0, 0.0], direction)
    length = np.linalg.norm(aside)
    aside = aside / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
    axes = np.stack([aside, np.cross(direction, aside), direction])
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    extent = float((high - low)[:2].max()) + 2 * _LIGHT_MARGIN_M
    extent = np.ceil(extent / _LIGHT_STEP_M) * _LIGHT_STEP_M
    texel = extent / texels
    centre = np.round((low + high) / 2 / texel) * texel
    depth = float(high[2] - low[2]) + 4.0  # the floor behind the lowest point has to be inside, too
    scale = np.array([2 / extent, 2 / extent, -2 / depth])
    matrix = np.eye(4)
    matrix[:3, :3] = axes * scale[:, None]
    matrix[:3, 3] = -np.array([centre[0], centre[1], high[2] + 0.1 - depth / 2]) * scale
    return LightFrame(matrix, depth, texels, texel)


@dataclass(frozen=True, slots=True)
class FloorPatch:
    """The part of the floor that people darken: corner, cells in use, and the width of a cell."""

    x_m: float
    z_m: float
    columns: int
    rows: int
    cell_m: float

    def corners(self) -> NDArray[np.float64]:
        """(4, 3) world points, in order round it."""
        x, z = self.x_m + self.columns * self.cell_m, self.z_m + self.rows * self.cell_m
        return np.array([[self.x_m, 0.0, self.z_m], [x, 0.0, self.z_m], [x, 0.0, z], [self.x_m, 0.0, z]])


EMPTY_PATCH = FloorPatch(0.0, 0.0, 1, 1, 1.0)
"""One cell of border, where everything arrives."""

_FLOOR_MARGIN_M = 0.32
FLOOR_CELL_M = 0.02


def floor_patch(points: NDArray[np.float64], direction: NDArray[np.float64], cells: int) -> FloorPatch:
    """Round the (N, 3) points and their shadows, at most `cells` wide and deep, an even number of them.

    Cells stay where they are while people move.
    """
    slant = direction / max(float(direction[1]), 0.15)
    shadows = points - np.maximum(points[:, 1:2], 0.0) * slant
    everything = np.concatenate([points[:, [0, 2]], shadows[:, [0, 2]]])
    low, high = everything.min(axis=0) - _FLOOR_MARGIN_M, everything.max(axis=0) + _FLOOR_MARGIN_M
    cell = FLOOR_CELL_M
    while (high - low).max() / cell > cells - 4:
        cell *= 2
    first, last = 2 * np.floor(low / cell / 2), 2 * np.ceil(high / cell / 2)
    columns, rows = (int(count) for count in last - first)
    return FloorPatch(float(first[0] * cell), float(first[1] * cell), columns, rows, cell)
