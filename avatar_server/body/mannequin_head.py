"""Head, neck and ears of the mannequin as solids."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import DistanceField, Layer
from avatar_server.body.mannequin_skeleton import JOINT
from avatar_server.body.solids import Cone, Ellipsoid, Loft, Primitive

_HEAD = JOINT["head"]
_NECK = JOINT["neck"]
EYE = (0.0310, 0.4450, 0.0780)
"""Centre of the left eyeball, metres."""

# (y, centre x, centre z, half width twice, front, back): the skull without its features.
SKULL = (
    (0.341, 0.000, 0.054, 0.0220, 0.0220, 0.0300, 0.0300),
    (0.355, 0.000, 0.049, 0.0385, 0.0385, 0.0450, 0.0480),
    (0.375, 0.000, 0.041, 0.0495, 0.0495, 0.0560, 0.0700),
    (0.397, 0.000, 0.033, 0.0555, 0.0555, 0.0660, 0.0860),
    (0.420, 0.000, 0.028, 0.0620, 0.0620, 0.0730, 0.0940),
    (0.445, 0.000, 0.024, 0.0675, 0.0675, 0.0785, 0.0960),
    (0.475, 0.000, 0.020, 0.0710, 0.0710, 0.0850, 0.0940),
    (0.502, 0.000, 0.016, 0.0705, 0.0705, 0.0850, 0.0900),
)


def tilted_axes(first: tuple[float, float, float], second: tuple[float, float, float]) -> NDArray[np.float64]:
    """Three orthonormal rows: along `first`, along what is square to it in `second`, and their product."""
    a = np.array(first) / np.linalg.norm(first)
    b = np.array(second) - np.dot(second, a) * a
    b /= np.linalg.norm(b)
    return np.stack([a, b, np.cross(a, b)])


def both_sides(
    joint: int, shape: Primitive, blend: float, act: Literal["add", "carve"] = "add"
) -> list[Layer]:
    """A layer and its mirror image, both on a joint of the spine."""
    return [Layer(joint, shape, blend, act, twin_joint=joint)]


def _face_layers() -> list[Layer]:
    """Head and neck without lips."""
    return [
        Layer(_NECK, Cone((0.0, 0.235, -0.024), (0.0, 0.300, -0.014), 0.0560, 0.0500), 0.0),
        Layer(_NECK, Cone((0.0, 0.300, -0.014), (0.0, 0.395, 0.000), 0.0490, 0.0490), 0.02),
        Layer(_HEAD, Loft(1, SKULL, (0.010, 0.048), power=2.15), 0.016),
        # Chin, the line of the jaw, and soft cheeks from the cheekbones to the jaw.
        Layer(_HEAD, Ellipsoid((0.0, 0.3480, 0.0850), (0.0170, 0.0130, 0.0125)), 0.018),
        *both_sides(_HEAD, Cone((0.0120, 0.3500, 0.0800), (0.0430, 0.3800, 0.0140), 0.0125, 0.0140), 0.024),
        *both_sides(_HEAD, Ellipsoid((0.0330, 0.3980, 0.0640), (0.0220, 0.0240, 0.0220)), 0.022),
        *both_sides(_HEAD, Ellipsoid((0.0440, 0.4240, 0.0640), (0.0190, 0.0120, 0.0180)), 0.022),
        # Sockets below a brow, the ball of the eye in them, and the fold of the upper lid.
        *both_sides(_HEAD, Ellipsoid((0.0310, 0.4450, 0.1130), (0.0200, 0.0115, 0.0200)), 0.012, "carve"),
        *both_sides(_HEAD, Cone((0.0080, 0.4640, 0.0960), (0.0440, 0.4640, 0.0800), 0.0080, 0.0070), 0.016),
        *both_sides(_HEAD, Ellipsoid(EYE, (0.0150, 0.0125, 0.0130)), 0.004),
        *both_sides(_HEAD, Cone((0.0200, 0.4495, 0.0850), (0.0320, 0.4525, 0.0870), 0.0030, 0.0034), 0.005),
        *both_sides(_HEAD, Cone((0.0320, 0.4525, 0.0870), (0.0440, 0.4485, 0.0800), 0.0034, 0.0028), 0.005),
        # Nose: its root, the bridge, the ball, the wings.
        Layer(_HEAD, Cone((0.0, 0.4520, 0.0930), (0.0, 0.4090, 0.1020), 0.0080, 0.0120), 0.012),
        Layer(_HEAD, Cone((0.0, 0.4500, 0.1000), (0.0, 0.4130, 0.1180), 0.0060, 0.0080), 0.010),
        Layer(_HEAD, Ellipsoid((0.0, 0.4100, 0.1190), (0.0086, 0.0078, 0.0090)), 0.008),
        *both_sides(_HEAD, Ellipsoid((0.0100, 0.4075, 0.1080), (0.0064, 0.0060, 0.0090)), 0.006),
        # The mound on which the lips lie.
        Layer(_HEAD, Ellipsoid((0.0, 0.3830, 0.0820), (0.0280, 0.0200, 0.0190)), 0.018),
    ]


@cache
def head_layers() -> tuple[Layer, ...]:
    """Skin of head and neck, down into the collar; the ears are a piece of their own."""
    return (*_face_layers(), *_lips())


def front_of(field: DistanceField, across: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) z at which rays from the front meet `field` at the given (N, 2) x and y."""
    points = np.column_stack([across, np.full(len(across), 0.145)])
    for _ in range(32):
        points[:, 2] -= 0.8 * np.minimum(field.distance(points), 0.03)
    front: NDArray[np.float64] = points[:, 2]
    return front


def _lips() -> list[Layer]:
    """Two lips; where they meet is the line of the mouth."""
    face = DistanceField(_face_layers())
    # (x, y, radius) from the middle to the left corner.
    upper = (
        (0.0000, 0.3874, 0.0037),
        (0.0060, 0.3880, 0.0041),
        (0.0160, 0.3870, 0.0034),
        (0.0265, 0.3858, 0.0017),
    )
    lower = (
        (0.0000, 0.3788, 0.0049),
        (0.0080, 0.3791, 0.0047),
        (0.0165, 0.3808, 0.0038),
        (0.0250, 0.3848, 0.0019),
    )
    layers: list[Layer] = []
    for path in (upper, lower):
        front = front_of(face, np.array([(x, y) for x, y, _ in path]))
        spots = [(x, y, float(z) - 0.35 * radius) for (x, y, radius), z in zip(path, front, strict=True)]
        for index in range(len(path) - 1):
            lip = Cone(spots[index], spots[index + 1], path[index][2], path[index + 1][2])
            layers += both_sides(_HEAD, lip, 0.0016)
    return layers


def ear_layers() -> list[Layer]:
    """The left ear: a tilted shell with a hollow, a rim and a lobe."""
    axes = tilted_axes((0.12, 1.0, -0.20), (0.40, 0.0, -1.0))
    return [
        Layer(_HEAD, Ellipsoid((0.0715, 0.4360, 0.0080), (0.0290, 0.0170, 0.0060), axes), 0.0),
        Layer(_HEAD, Ellipsoid((0.0675, 0.4120, 0.0130), (0.0080, 0.0085, 0.0050)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0670, 0.4350, 0.0120), (0.0080, 0.0180, 0.0080)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0790, 0.4400, 0.0090), (0.0045, 0.0190, 0.0095)), 0.004, "carve"),
    ]
