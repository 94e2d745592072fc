"""Where things land: in the picture, in the shadow map, on the floor. Pure geometry in numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera

_CORRECTIVE_MARGIN_M = 0.03
"""How far pose correctives may carry a vertex out of the box of its joint."""


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
            pieces = [rest for piece in pieces for rest in piece.minus(hole)]
        taken += pieces
        found += pieces
    return tuple(found)


NOTHING = Rectangle(0, 0, 0, 0)


def whole(size: PictureSize) -> Rectangle:
    """All of the picture."""
    return Rectangle(0, 0, size.width, size.height)


def joint_boxes(shaped: ShapedBody) -> NDArray[np.float64]:
    """(J, 8, 4) homogeneous rest-pose corners of the box round the vertices that each joint moves.

    A skinned vertex is a mean of its joints' transforms of one point, and that point lies in each of their
    boxes: the hull of all transformed boxes holds the skinned body whatever the pose.
    """
    boxes = np.zeros((shaped.model.weights.shape[1], 8, 4))
    for joint, weights in enumerate(shaped.model.weights.T):
        moved = shaped.rest_vertices[weights > 0]
        low, high = (
            (moved.min(axis=0) - _CORRECTIVE_MARGIN_M, moved.max(axis=0) + _CORRECTIVE_MARGIN_M)
            if len(moved)
            else (shaped.rest_joints[joint],) * 2
        )
        bits = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)], dtype=bool)
        boxes[joint, :, :3] = np.where(bits, high, low)
    boxes[..., 3] = 1.0
    return boxes


def posed_corners(boxes: NDArray[np.float64], matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(J * 8, 3) world points whose hull holds the posed body; `matrices` are its (J, 4, 4) transforms."""
    return np.asarray(np.matmul(boxes, matrices.transpose(0, 2, 1))[..., :3].reshape(-1, 3))


def pixel_rectangle(points: NDArray[np.float64], camera: Camera, size: PictureSize) -> Rectangle:
    """The part of the picture in which the hull of (N, 3) world points can be seen, in steps of four pixels."""
    clip_from_world = camera.projection_matrix(size.width / size.height) @ camera.view_matrix()
    clip = points @ clip_from_world[:, :3].T + clip_from_world[:, 3]
    w = clip[:, 3]
    if (w <= camera.near_m).all():
        return NOTHING
    if (w <= camera.near_m).any():
        return whole(size)
    x = (clip[:, 0] / w * 0.5 + 0.5) * size.width
    y = (0.5 - clip[:, 1] / w * 0.5) * size.height
    left, top = (max(0, int(v.min()) - 1) // _STEP * _STEP for v in (x, y))
    right = min(size.width, (int(x.max()) // _STEP + 1) * _STEP)
    bottom = min(size.height, (int(y.max()) // _STEP + 1) * _STEP)
    rectangle = Rectangle(left, top, right, bottom)
    return NOTHING if rectangle.is_empty else rectangle


def picture_rays(camera: Camera, aspect: float) -> NDArray[np.float64]:
    """(3, 3): the view ray through the upper left corner, and what width and height add."""
    right, up, back = camera.view_matrix()[:3, :3]
    half_height = np.tan(camera.vertical_fov_rad / 2)
    half_width = half_height * aspect
    return np.stack(
        [-back - half_width * right + half_height * up, right * 2 * half_width, -up * 2 * half_height]
    )


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
_FLOOR_MARGIN_M = 0.45
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
