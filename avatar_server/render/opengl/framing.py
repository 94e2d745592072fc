"""Where things land: in the picture, in the shadow map, on the floor. Pure geometry in numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera

_BANDS = 10

_STEP = 4
"""Borders of rectangles are multiples of this: whole cells of chroma, and of what rasterisers work on."""


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

    def minus(self, hole: Rectangle) -> tuple[Rectangle, ...]:
        """What is left without `hole`: up to four rectangles that do not overlap."""
        top, bottom = max(self.top, hole.top), min(self.bottom, hole.bottom)
        left, right = max(self.left, hole.left), min(self.right, hole.right)
        if top >= bottom or left >= right:
            return (self,)
        pieces = (
            Rectangle(self.left, self.top, self.right, top),
            Rectangle(self.left, bottom, self.right, self.bottom),
            Rectangle(self.left, top, left, bottom),
            Rectangle(right, top, self.right, bottom),
        )
        return tuple(piece for piece in pieces if not piece.is_empty)


def disjoint(rectangles: Iterable[Rectangle], holes: Iterable[Rectangle] = ()) -> tuple[Rectangle, ...]:
    """Rectangles that cover all of `rectangles` but for `holes`, each pixel once."""
    taken = list(holes)
    found: list[Rectangle] = []
    for rectangle in rectangles:
        pieces = [] if rectangle.is_empty else [rectangle]
        for hole in taken:
            if (
                hole.left >= rectangle.right
                or hole.right <= rectangle.left
                or hole.top >= rectangle.bottom
                or hole.bottom <= rectangle.top
            ):
                continue
            pieces = [rest for piece in pieces for rest in piece.minus(hole)]
        taken += pieces
        found += pieces
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
    clip_from_world = camera.projection_matrix(size.width / size.height) @ camera.view_matrix()
    clip = points @ clip_from_world[:, :3].T + clip_from_world[:, 3]
    depth = np.where(np.abs(clip[:, 3]) > 1e-9, clip[:, 3], 1e-9)
    x = (clip[:, 0] / depth * 0.5 + 0.5) * size.width
    y = (0.5 - clip[:, 1] / depth * 0.5) * size.height
    return np.stack([x, y, clip[:, 3]], axis=1)


def hull_rectangle(points: NDArray[np.float64], camera: Camera, size: PictureSize) -> Rectangle:
    """The part of the picture in which the hull of (N, 3) world points can be seen."""
    seen = projected(points, camera, size)
    near = seen[:, 2] <= camera.near_m
    if near.all():
        return NOTHING
    if near.any():
        return whole(size)
    low, high = seen[:, :2].min(axis=0) - 1, seen[:, :2].max(axis=0) + 1
    return _inside(size, low[0], low[1], high[0], high[1])


def figure_rectangles(outline: Outline, camera: Camera, size: PictureSize) -> tuple[Rectangle, ...]:
    """Where a figure can be seen: a rectangle for each of a dozen bands of the picture."""
    seen = projected(outline.points, camera, size)
    near = seen[:, 2] <= camera.near_m
    if near.all():
        return ()
    if near.any():
        return (whole(size),)
    pixel_m = 2.0 * np.tan(camera.vertical_fov_rad / 2) * seen[:, 2].min() / size.height
    margin = 1.5 + outline.error_m / pixel_m
    a, b, c = (seen[outline.faces[:, corner], :2] for corner in range(3))
    low = np.minimum(np.minimum(a, b), c) - margin
    high = np.maximum(np.maximum(a, b), c) + margin
    shown = (high[:, 0] > 0) & (high[:, 1] > 0) & (low[:, 0] < size.width) & (low[:, 1] < size.height)
    if not shown.any():
        return ()
    low, high = low[shown], high[shown]
    top, bottom = max(float(low[:, 1].min()), 0.0), min(float(high[:, 1].max()), float(size.height))
    step = max(_STEP, -(-int(bottom - top) // _BANDS // _STEP) * _STEP)
    start = int(top) // step * step
    count = int(bottom - start) // step + 1
    first = np.clip((low[:, 1] - start) // step, 0, count - 1).astype(np.int64)
    last = np.clip((high[:, 1] - start) // step, 0, count - 1).astype(np.int64)
    left, right = np.full(count, np.inf), np.full(count, -np.inf)
    for further in range(int((last - first).max()) + 1):
        reached = first + further <= last
        np.minimum.at(left, first[reached] + further, low[reached, 0])
        np.maximum.at(right, first[reached] + further, high[reached, 0])
    bands = (
        _inside(size, left[i], start + i * step, right[i], start + (i + 1) * step - 1)
        for i in range(count)
        if left[i] < right[i]
    )
    return tuple(band for band in bands if not band.is_empty)


def _inside(size: PictureSize, left: float, top: float, right: float, bottom: float) -> Rectangle:
    """The rectangle of whole steps round these borders that is inside the picture."""
    rectangle = Rectangle(
        max(0, int(left // _STEP) * _STEP),
        max(0, int(top // _STEP) * _STEP),
        min(size.width, int(right // _STEP + 1) * _STEP),
        min(size.height, int(bottom // _STEP + 1) * _STEP),
    )
    return NOTHING if rectangle.is_empty else rectangle


def picture_rays(camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(3, 3): the view ray through the upper left corner, and what a pixel right and down add."""
    right, up, back = camera.view_matrix()[:3, :3]
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
        """(4, 3) world points."""
        x, z = self.x_m + self.columns * self.cell_m, self.z_m + self.rows * self.cell_m
        return np.array([[a, 0.0, b] for a in (self.x_m, x) for b in (self.z_m, z)])


EMPTY_PATCH = FloorPatch(0.0, 0.0, 0, 0, 1.0)
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
