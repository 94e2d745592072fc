"""Where things land: in the picture, in the shadow map, on the floor. Pure geometry in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera

_CORRECTIVE_MARGIN_M = 0.03
"""How far pose correctives may carry a vertex out of the box of its joint."""


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

    def union(self, other: Rectangle) -> Rectangle:
        """The smallest rectangle round both."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Rectangle(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


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


def pixel_rectangle(
    points: NDArray[np.float64], camera: Camera, size: PictureSize, margin: int = 2
) -> Rectangle:
    """The part of the picture in which the hull of (N, 3) world points can be seen."""
    clip_from_world = camera.projection_matrix(size.width / size.height) @ camera.view_matrix()
    clip = points @ clip_from_world[:, :3].T + clip_from_world[:, 3]
    w = clip[:, 3]
    if (w <= camera.near_m).all():
        return NOTHING
    if (w <= camera.near_m).any():
        return whole(size)
    x = (clip[:, 0] / w * 0.5 + 0.5) * size.width
    y = (0.5 - clip[:, 1] / w * 0.5) * size.height
    left, top = max(0, int(x.min()) - margin), max(0, int(y.min()) - margin)
    right = min(size.width, int(x.max()) + 1 + margin)
    bottom = min(size.height, int(y.max()) + 1 + margin)
    rectangle = Rectangle(left, top, right, bottom)
    return NOTHING if rectangle.is_empty else rectangle


def picture_rays(camera: Camera, size: PictureSize) -> NDArray[np.float64]:
    """(3, 3): the view ray through the lower left corner, and what a pixel to the right and one up add."""
    right, up, back = camera.view_matrix()[:3, :3]
    half_height = np.tan(camera.vertical_fov_rad / 2)
    half_width = half_height * size.width / size.height
    return np.stack(
        [
            -back - half_width * right - half_height * up,
            right * (2 * half_width / size.width),
            up * (2 * half_height / size.height),
        ]
    )


@dataclass(frozen=True, eq=False, slots=True)
class LightFrame:
    """Orthographic view along the key light, tight round what casts shadows.

    clip_from_world: (4, 4). depth_m: metres that a depth of 0..1 spans. texel_m: metres of one texel.
    """

    clip_from_world: NDArray[np.float64]
    depth_m: float
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
    return LightFrame(matrix, depth, texel)


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
_FLOOR_CELL_M = 0.0125


def floor_patch(points: NDArray[np.float64], direction: NDArray[np.float64], texels: int) -> FloorPatch:
    """Round the (N, 3) points and their shadows; cells stay where they are while people move."""
    slant = direction / max(float(direction[1]), 0.15)
    shadows = points - np.maximum(points[:, 1:2], 0.0) * slant
    everything = np.concatenate([points[:, [0, 2]], shadows[:, [0, 2]]])
    low, high = everything.min(axis=0) - _FLOOR_MARGIN_M, everything.max(axis=0) + _FLOOR_MARGIN_M
    cell = _FLOOR_CELL_M
    while (np.ceil(high / cell) - np.floor(low / cell)).max() > texels:
        cell *= 2
    first, last = np.floor(low / cell), np.ceil(high / cell)
    columns, rows = (int(count) for count in last - first)
    return FloorPatch(float(first[0] * cell), float(first[1] * cell), columns, rows, cell)
