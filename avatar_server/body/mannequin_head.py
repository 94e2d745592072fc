"""Head, neck and ears of the mannequin as solids."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import Layer
from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.mannequin_skeleton import JOINT
from avatar_server.body.solids import Cone, Ellipsoid, Loft, Primitive

_HEAD = JOINT["head"]
_NECK = JOINT["neck"]
FACE = FaceLandmarks(
    eye=(0.0310, 0.4450),
    nose=(0.4100, 0.1280),
    mouth=(0.3830, 0.1010),
    chin=(0.3480, 0.0970),
    mouth_half=0.0245,
    scale=1.0,
)
"""Where the features of its face are."""

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


def head_layers() -> list[Layer]:
    """Skin of head and neck, down into the collar; the ears are a piece of their own, as is the face."""
    return [
        Layer(_NECK, Cone((0.0, 0.235, -0.024), (0.0, 0.300, -0.014), 0.0560, 0.0500), 0.0),
        Layer(_NECK, Cone((0.0, 0.300, -0.014), (0.0, 0.395, 0.000), 0.0490, 0.0490), 0.02),
        Layer(_HEAD, Loft(1, SKULL, (0.010, 0.048), power=2.15), 0.016),
        # Chin, the line of the jaw, and soft cheeks from the cheekbones to the jaw.
        Layer(_HEAD, Ellipsoid((0.0, 0.3480, 0.0850), (0.0170, 0.0130, 0.0125)), 0.018),
        *both_sides(_HEAD, Cone((0.0120, 0.3500, 0.0800), (0.0430, 0.3800, 0.0140), 0.0125, 0.0140), 0.024),
        *both_sides(_HEAD, Ellipsoid((0.0330, 0.3980, 0.0640), (0.0220, 0.0240, 0.0220)), 0.022),
        *both_sides(_HEAD, Ellipsoid((0.0440, 0.4240, 0.0640), (0.0190, 0.0120, 0.0180)), 0.022),
        # Sockets below a brow, for the eyes.
        *both_sides(_HEAD, Ellipsoid((0.0315, 0.4450, 0.1145), (0.0200, 0.0115, 0.0200)), 0.014, "carve"),
        *both_sides(_HEAD, Cone((0.0080, 0.4640, 0.0960), (0.0440, 0.4640, 0.0800), 0.0080, 0.0070), 0.016),
        # Nose: its root, the bridge, the ball, the wings.
        Layer(_HEAD, Cone((0.0, 0.4520, 0.0930), (0.0, 0.4090, 0.1020), 0.0080, 0.0120), 0.012),
        Layer(_HEAD, Cone((0.0, 0.4500, 0.1000), (0.0, 0.4130, 0.1180), 0.0060, 0.0080), 0.010),
        Layer(_HEAD, Ellipsoid((0.0, 0.4100, 0.1190), (0.0086, 0.0078, 0.0090)), 0.008),
        *both_sides(_HEAD, Ellipsoid((0.0100, 0.4075, 0.1080), (0.0064, 0.0060, 0.0090)), 0.006),
        # The mound on which the lips lie.
        Layer(_HEAD, Ellipsoid((0.0, 0.3830, 0.0780), (0.0290, 0.0220, 0.0230)), 0.018),
    ]


def ear_layers() -> list[Layer]:
    """The left ear: a tilted shell with a hollow, a rim and a lobe."""
    axes = tilted_axes((0.12, 1.0, -0.20), (0.40, 0.0, -1.0))
    return [
        Layer(_HEAD, Ellipsoid((0.0715, 0.4360, 0.0080), (0.0290, 0.0170, 0.0060), axes), 0.0),
        Layer(_HEAD, Ellipsoid((0.0675, 0.4120, 0.0130), (0.0080, 0.0085, 0.0050)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0670, 0.4350, 0.0120), (0.0080, 0.0180, 0.0080)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0790, 0.4400, 0.0090), (0.0045, 0.0190, 0.0095)), 0.004, "carve"),
    ]
