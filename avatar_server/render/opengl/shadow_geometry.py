"""What the key light sees, and which part of the floor people darken. Pure geometry in numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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


def light_frame(points: NDArray[np.float32], direction: NDArray[np.float64], texels: int) -> LightFrame:
    """Round the (3, N) world points; width grows in steps and the centre moves by whole texels, so that the
    edges of shadows do not crawl while people move.
    """
    # Cross products written out: for three numbers numpy's takes longer than all the rest.
    x, y, z = direction.tolist()
    length = math.hypot(x, z)
    ax, az = (z / length, -x / length) if length > 1e-6 else (1.0, 0.0)
    axes = np.array([[ax, 0.0, az], [y * az, z * ax - x * az, -y * ax], [x, y, z]])
    seen = axes.astype(np.float32) @ points
    low, high = seen.min(axis=1).astype(np.float64), seen.max(axis=1).astype(np.float64)
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


EMPTY_PATCH = FloorPatch(0.0, 0.0, 1, 1, 1.0)
"""One cell of border, where everything arrives."""

_FLOOR_MARGIN_M = 0.32

_PATCH_STEP = 8
"""Cells: a patch with another border is drawn anew everywhere (`Canvas`), so it should seldom move."""


def floor_patch(
    points: NDArray[np.float32], direction: NDArray[np.float64], cells: int, cell_m: float
) -> FloorPatch:
    """Round the (3, N) points and their shadows, at most `cells` wide and deep, whole steps of them.

    cell_m: how wide a cell is; a patch that would have too many has wider ones.

    Cells stay where they are while people move.
    """
    slant = direction / max(float(direction[1]), 0.15)
    height = np.maximum(points[1], 0.0)
    sides = []
    for place, aside in ((points[0], float(slant[0])), (points[2], float(slant[2]))):
        shadow = place - height * np.float32(aside)
        sides.append((min(place.min(), shadow.min()), max(place.max(), shadow.max())))
    nearest, furthest = np.array(sides, dtype=np.float64).T
    low, high = nearest - _FLOOR_MARGIN_M, furthest + _FLOOR_MARGIN_M
    cell = cell_m
    while (high - low).max() / cell > cells - 2 * _PATCH_STEP:
        cell *= 2
    first = _PATCH_STEP * np.floor(low / cell / _PATCH_STEP)
    last = _PATCH_STEP * np.ceil(high / cell / _PATCH_STEP)
    columns, rows = (int(count) for count in last - first)
    return FloorPatch(float(first[0] * cell), float(first[1] * cell), columns, rows, cell)
