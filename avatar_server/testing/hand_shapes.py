"""How the fingers are held: named hand shapes, and their joint rotations in SMPL-H order.

A shape is 17 angles in degrees: bend of the three joints of index, middle, ring and pinky; spread of the
four; and for the thumb the bend of its three joints and how far it stands off the palm. Bent fingers go
towards the palm, which in the rest pose faces down; the left index points along +x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

SHAPE_WIDTH = 17

_EXTENDED = (6, 8, 5)
_FOLDED = (68, 82, 45)


def _shape(
    index: tuple[float, float, float],
    middle: tuple[float, float, float],
    ring: tuple[float, float, float],
    pinky: tuple[float, float, float],
    spread: float,
    thumb: tuple[float, float, float, float],
) -> Array:
    return np.array([*index, *middle, *ring, *pinky, spread, *thumb], dtype=float)


HAND_SHAPES: dict[str, Array] = {
    "relaxed": _shape((18, 26, 16), (26, 30, 18), (31, 33, 19), (34, 32, 18), -1, (8, 12, 14, 0)),
    "resting": _shape((26, 34, 20), (34, 38, 22), (38, 40, 22), (40, 38, 20), -4, (14, 16, 16, -6)),
    "soft": _shape((14, 22, 12), (24, 30, 16), (30, 36, 20), (32, 36, 20), 5, (8, 10, 10, 4)),
    "open": _shape((4, 10, 6), (7, 12, 7), (9, 14, 8), (8, 14, 8), 11, (-4, 2, 4, 12)),
    "flat": _shape((6, 8, 5), (8, 8, 5), (9, 9, 5), (9, 10, 6), 3, (4, 4, 6, 2)),
    "cup": _shape((16, 22, 12), (18, 24, 14), (20, 26, 14), (22, 26, 14), 10, (2, 8, 8, 14)),
    "pinch": _shape((38, 44, 20), (34, 40, 20), (30, 38, 20), (26, 34, 18), 6, (18, 18, 14, 8)),
    "point": _shape((4, 6, 4), (58, 76, 42), (66, 80, 45), (72, 82, 45), 1, (22, 24, 20, -4)),
    "one": _shape(_EXTENDED, _FOLDED, (72, 84, 46), (74, 84, 46), 2, (34, 32, 26, -10)),
    "two": _shape(_EXTENDED, (7, 8, 5), (70, 84, 46), (74, 84, 46), 9, (36, 34, 28, -12)),
    "three": _shape(_EXTENDED, (7, 8, 5), (10, 12, 8), (62, 74, 42), 9, (36, 34, 28, -12)),
}
"""Name to the 17 angles."""

_SPREAD_SHARE = (-1.0, -0.15, 1.5, 0.75)
"""How index, middle, pinky, ring turn about +y (left hand) for one degree of spread."""

# The thumb points out, forward and a little down; bending it moves the tip across the palm.
_THUMB_ALONG = np.array([0.72, -0.25, 0.65])
_THUMB_ACROSS = np.array([0.35, -0.45, -0.82])


def finger_rotations(shapes: Array, left: bool) -> Array:
    """Axis-angle (N, 15, 3) radians of one hand for shapes (N, 17) degrees."""
    shapes = np.asarray(shapes, dtype=float)
    out = np.zeros((len(shapes), 15, 3))
    bends = shapes[:, :12].reshape(-1, 4, 3)
    for place, finger in enumerate((0, 1, 3, 2)):
        out[:, 3 * place : 3 * place + 3, 2] = -np.radians(bends[:, finger])
        spread = np.radians(shapes[:, 12] * _SPREAD_SHARE[place])
        first = Rotation.from_rotvec(np.stack([np.zeros_like(spread), spread, np.zeros_like(spread)], 1))
        out[:, 3 * place] = (first * Rotation.from_rotvec(out[:, 3 * place])).as_rotvec()
    along = _THUMB_ALONG / np.linalg.norm(_THUMB_ALONG)
    axis = np.cross(along, _THUMB_ACROSS)
    axis /= np.linalg.norm(axis)
    off_palm = np.cross(along, [0.0, -1.0, 0.0])
    off_palm /= np.linalg.norm(off_palm)
    for joint in range(3):
        out[:, 12 + joint] = np.radians(shapes[:, 13 + joint, None]) * axis
    out[:, 12] += np.radians(shapes[:, 16, None]) * off_palm
    return out if left else mirrored(out)


def mirrored(axis_angle: Array) -> Array:
    """The same movement on the other side of the body: reflect in the plane x = 0."""
    return np.asarray(axis_angle * np.array([1.0, -1.0, -1.0]))
