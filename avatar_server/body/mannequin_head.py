"""Head and neck, eyes, eyebrows and hair of the mannequin as solids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import (
    Box,
    Cone,
    DistanceField,
    Distances,
    Ellipsoid,
    Grown,
    Layer,
    Loft,
    Mirrored,
    Points,
    Primitive,
)
from avatar_server.body.mannequin_skeleton import JOINT

_HEAD = JOINT["head"]
_NECK = JOINT["neck"]
_EYE = (0.0310, 0.4450, 0.0780)

# (y, centre x, centre z, half width twice, front, back): the skull without its features.
_SKULL = (
    (0.341, 0.000, 0.054, 0.0220, 0.0220, 0.0300, 0.0300),
    (0.355, 0.000, 0.049, 0.0360, 0.0360, 0.0450, 0.0480),
    (0.375, 0.000, 0.041, 0.0480, 0.0480, 0.0560, 0.0700),
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


def both_sides(joint: int, shape: Primitive, blend: float, act: str = "add") -> list[Layer]:
    """The same layer left and right, for a joint on the spine."""
    if act == "carve":
        return [Layer(joint, shape, blend, "carve"), Layer(joint, Mirrored(shape), blend, "carve")]
    return [Layer(joint, shape, blend), Layer(joint, Mirrored(shape), blend)]


def head_layers() -> list[Layer]:
    """Skin of head and neck, down into the collar; the ears are a piece of their own."""
    return [
        Layer(_NECK, Cone((0.0, 0.235, -0.024), (0.0, 0.300, -0.014), 0.0560, 0.0500), 0.0),
        Layer(_NECK, Cone((0.0, 0.300, -0.014), (0.0, 0.395, 0.000), 0.0490, 0.0490), 0.02),
        *both_sides(_NECK, Cone((0.0160, 0.262, 0.014), (0.0480, 0.380, -0.004), 0.0100, 0.0120), 0.020),
        Layer(_HEAD, Loft(1, _SKULL, (0.010, 0.048), power=2.15), 0.016),
        # Chin, and soft cheeks from the cheekbones to the jaw.
        Layer(_HEAD, Ellipsoid((0.0, 0.3480, 0.0850), (0.0170, 0.0130, 0.0125)), 0.018),
        *both_sides(_HEAD, Ellipsoid((0.0330, 0.3980, 0.0640), (0.0220, 0.0240, 0.0220)), 0.022),
        *both_sides(_HEAD, Ellipsoid((0.0440, 0.4240, 0.0640), (0.0190, 0.0120, 0.0180)), 0.022),
        # Sockets below a brow, the ball of the eye in them, and the fold of the upper lid.
        *both_sides(_HEAD, Ellipsoid((0.0310, 0.4450, 0.1130), (0.0200, 0.0115, 0.0200)), 0.012, "carve"),
        *both_sides(_HEAD, Cone((0.0080, 0.4640, 0.0960), (0.0440, 0.4640, 0.0800), 0.0080, 0.0070), 0.016),
        *both_sides(_HEAD, Ellipsoid(_EYE, (0.0150, 0.0125, 0.0130)), 0.004),
        *both_sides(_HEAD, Cone((0.0200, 0.4495, 0.0850), (0.0320, 0.4525, 0.0870), 0.0030, 0.0034), 0.005),
        *both_sides(_HEAD, Cone((0.0320, 0.4525, 0.0870), (0.0440, 0.4485, 0.0800), 0.0034, 0.0028), 0.005),
        # Nose: its root, the bridge, the ball, the wings.
        Layer(_HEAD, Cone((0.0, 0.4520, 0.0930), (0.0, 0.4090, 0.1020), 0.0080, 0.0120), 0.012),
        Layer(_HEAD, Cone((0.0, 0.4500, 0.1000), (0.0, 0.4130, 0.1180), 0.0060, 0.0080), 0.010),
        Layer(_HEAD, Ellipsoid((0.0, 0.4100, 0.1190), (0.0086, 0.0078, 0.0090)), 0.008),
        *both_sides(_HEAD, Ellipsoid((0.0100, 0.4075, 0.1080), (0.0064, 0.0060, 0.0090)), 0.006),
        # Mouth: a soft mound and two lips, whose meeting is the line between them.
        Layer(_HEAD, Ellipsoid((0.0, 0.3830, 0.0820), (0.0280, 0.0200, 0.0190)), 0.018),
        Layer(_HEAD, Ellipsoid((0.0, 0.3876, 0.0935), (0.0225, 0.0050, 0.0112)), 0.0025),
        Layer(_HEAD, Ellipsoid((0.0, 0.3782, 0.0930), (0.0190, 0.0058, 0.0118)), 0.0025),
    ]


def ear_layers() -> list[Layer]:
    """The left ear: a tilted shell with a hollow, a rim and a lobe."""
    axes = tilted_axes((0.12, 1.0, -0.20), (0.40, 0.0, -1.0))
    return [
        Layer(_HEAD, Ellipsoid((0.0715, 0.4360, 0.0080), (0.0290, 0.0170, 0.0060), axes), 0.0),
        Layer(_HEAD, Ellipsoid((0.0675, 0.4120, 0.0130), (0.0080, 0.0085, 0.0050)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0670, 0.4350, 0.0120), (0.0080, 0.0180, 0.0080)), 0.006),
        Layer(_HEAD, Ellipsoid((0.0790, 0.4400, 0.0090), (0.0045, 0.0190, 0.0095), np.eye(3)), 0.004, "carve"),
    ]


def hair_layers() -> list[Layer]:
    """Short hair with a parting at the left, swept to the right; the ears and the face stay free."""
    thickness = {0.397: 0.0030, 0.420: 0.0055, 0.445: 0.0080, 0.475: 0.0100, 0.502: 0.0105}
    grown = tuple(
        (y, cx, cz - 0.002, side + thickness[y], side + thickness[y], front + 0.008, back + thickness[y] + 0.002)
        for (y, cx, cz, side, _, front, back) in _SKULL[3:]
    )
    sweep = tilted_axes((1.0, -0.16, 0.10), (0.0, 1.0, -0.3))
    return [
        Layer(_HEAD, Loft(1, grown, (0.02, 0.062), power=2.1), 0.0),
        # Volume of the sweep above the forehead, falling off behind it, and the parting.
        Layer(_HEAD, Ellipsoid((-0.010, 0.5280, 0.0640), (0.058, 0.026, 0.038), sweep), 0.024),
        Layer(_HEAD, Cone((0.040, 0.5720, 0.080), (0.036, 0.5830, -0.01), 0.004, 0.003), 0.016, "carve"),
        # The hairline: round over the forehead, down the temples to a side whisker, clear of the ears.
        Layer(_HEAD, Ellipsoid((0.0, 0.4150, 0.1350), (0.1080, 0.0940, 0.1020)), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.432, 0.006), (0.050, 0.430, 0.006), 0.033, 0.033), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.385, 0.030), (0.050, 0.385, 0.030), 0.036, 0.036), 0.010, "carve"),
        # Nape, a little lower in the middle than behind the ears.
        Layer(_HEAD, Ellipsoid((0.0, 0.310, -0.050), (0.30, 0.092, 0.20), np.eye(3)), 0.010, "carve"),
    ]


def eye_layers() -> list[Layer]:
    """The dark of the open left eye: an almond laid on the eyeball."""
    x, y, z = _EYE
    almond = Ellipsoid((x + 0.0006, y - 0.0010, z + 0.012), (0.0112, 0.0056, 0.0300), tilted_axes((1.0, 0.06, 0.0), (0.0, 1.0, 0.0)))
    return [
        Layer(_HEAD, Grown(DistanceField(head_layers()), 0.0007), 0.0),
        Layer(_HEAD, almond, 0.0005, "keep"),
    ]


def brow_layers() -> list[Layer]:
    """The left eyebrow: a thin arch on the brow that tapers outwards."""
    path = (
        (0.0115, 0.4655, 0.100, 0.0028),
        (0.0240, 0.4695, 0.098, 0.0032),
        (0.0370, 0.4705, 0.091, 0.0027),
        (0.0490, 0.4645, 0.080, 0.0012),
    )
    arch = DistanceField(
        [
            Layer(_HEAD, Squeezed(Cone((x, y, z * 0.2), (x2, y2, z2 * 0.2), radius, radius2), 0.2), 0.002)
            for (x, y, z, radius), (x2, y2, z2, radius2) in zip(path[:-1], path[1:], strict=True)
        ]
    )
    return [
        Layer(_HEAD, Grown(DistanceField(head_layers()), 0.0012), 0.0),
        Layer(_HEAD, Grown(arch, 0.0), 0.001, "keep"),
    ]


@dataclass(frozen=True, eq=False, slots=True)
class Squeezed:
    """A primitive stretched towards the viewer: its z is that of the original divided by `factor`."""

    original: Primitive
    factor: float

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        return self.original.distance(points * np.array([1.0, 1.0, self.factor]))

    def box(self) -> Box:
        """See `Primitive.box`."""
        stretch = np.array([1.0, 1.0, 1.0 / self.factor])
        low, high = self.original.box()
        return low * stretch, high * stretch
