"""Head and neck, eyes, eyebrows and hair of the mannequin as solids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import Cone, Ellipsoid, Layer, Loft, Mirrored, Primitive
from avatar_server.body.mannequin_skeleton import JOINT

_HEAD = JOINT["head"]
_NECK = JOINT["neck"]

# (y, centre x, centre z, half width twice, front, back): the skull without its features.
_SKULL = (
    (0.340, 0.000, 0.052, 0.0240, 0.0240, 0.0330, 0.0300),
    (0.355, 0.000, 0.048, 0.0400, 0.0400, 0.0470, 0.0500),
    (0.375, 0.000, 0.040, 0.0515, 0.0515, 0.0575, 0.0720),
    (0.397, 0.000, 0.033, 0.0580, 0.0580, 0.0665, 0.0880),
    (0.420, 0.000, 0.028, 0.0635, 0.0635, 0.0730, 0.0950),
    (0.445, 0.000, 0.024, 0.0680, 0.0680, 0.0790, 0.0960),
    (0.475, 0.000, 0.020, 0.0710, 0.0710, 0.0865, 0.0940),
    (0.502, 0.000, 0.016, 0.0705, 0.0705, 0.0870, 0.0900),
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
    """Skin of head and neck, down into the collar."""
    layers = [
        Layer(_NECK, Cone((0.0, 0.235, -0.024), (0.0, 0.300, -0.014), 0.0640, 0.0560), 0.0),
        Layer(_NECK, Cone((0.0, 0.300, -0.014), (0.0, 0.395, 0.004), 0.0555, 0.0540), 0.03),
        Layer(_HEAD, Loft(1, _SKULL, (0.010, 0.048), power=2.15), 0.020),
        # Chin and the corners of the jaw.
        Layer(_HEAD, Ellipsoid((0.0, 0.3475, 0.0870), (0.0180, 0.0130, 0.0120)), 0.018),
        *both_sides(_HEAD, Ellipsoid((0.0440, 0.3760, 0.0240), (0.0120, 0.0160, 0.0200)), 0.022),
        # Cheekbones, then the sockets between them and the brow.
        *both_sides(_HEAD, Ellipsoid((0.0430, 0.4235, 0.0760), (0.0190, 0.0130, 0.0170)), 0.020),
        *both_sides(_HEAD, Ellipsoid((0.0320, 0.4470, 0.1130), (0.0200, 0.0115, 0.0150)), 0.014, "carve"),
        *both_sides(_HEAD, Cone((0.0110, 0.4640, 0.1000), (0.0450, 0.4630, 0.0810), 0.0080, 0.0070), 0.014),
        *both_sides(_HEAD, Ellipsoid((0.0315, 0.4450, 0.0865), (0.0150, 0.0125, 0.0135)), 0.004),
        # Nose: bridge, ball, wings.
        Layer(_HEAD, Cone((0.0, 0.4560, 0.1010), (0.0, 0.4120, 0.1220), 0.0068, 0.0084), 0.012),
        Layer(_HEAD, Ellipsoid((0.0, 0.4085, 0.1230), (0.0088, 0.0080, 0.0090)), 0.008),
        *both_sides(_HEAD, Ellipsoid((0.0105, 0.4065, 0.1110), (0.0066, 0.0064, 0.0090)), 0.006),
        # Mouth: a soft mound, two lips, and the line between them.
        Layer(_HEAD, Ellipsoid((0.0, 0.3830, 0.0830), (0.0270, 0.0200, 0.0190)), 0.016),
        *both_sides(_HEAD, Cone((0.0045, 0.3880, 0.1000), (0.0220, 0.3838, 0.0885), 0.0050, 0.0022), 0.004),
        *both_sides(_HEAD, Cone((0.0010, 0.3775, 0.0980), (0.0200, 0.3815, 0.0885), 0.0060, 0.0022), 0.004),
        *both_sides(_HEAD, Cone((0.0, 0.3832, 0.1060), (0.0230, 0.3828, 0.0935), 0.0016, 0.0012), 0.004, "carve"),
        # Ears, a little away from the skull, with their hollow.
        *both_sides(
            _HEAD,
            Ellipsoid(
                (0.0715, 0.4330, 0.0100),
                (0.0300, 0.0180, 0.0065),
                tilted_axes((0.10, 1.0, -0.22), (0.35, 0.0, -1.0)),
            ),
            0.005,
        ),
        *both_sides(_HEAD, Ellipsoid((0.0785, 0.4360, 0.0135), (0.0050, 0.0150, 0.0085)), 0.006, "carve"),
    ]
    return layers


def hair_layers() -> list[Layer]:
    """Short hair with a parting at the left, swept to the right; the ears and the face stay free."""
    grown = tuple(
        (y, cx, cz - 0.002, side + 0.0075 + lift, side2 + 0.0075 + lift, front + 0.010, back + 0.011)
        for (y, cx, cz, side, side2, front, back) in _SKULL[3:]
        for lift in (0.004 if y > 0.47 else 0.0,)
    )
    return [
        Layer(_HEAD, Loft(1, grown, (0.02, 0.064), power=2.2), 0.0),
        # Volume of the sweep above the forehead, falling off behind it.
        Layer(
            _HEAD,
            Ellipsoid((-0.012, 0.5330, 0.0720), (0.060, 0.028, 0.036), tilted_axes((1.0, -0.16, 0.10), (0.0, 1.0, -0.3))),
            0.020,
        ),
        Layer(_HEAD, Cone((0.040, 0.5720, 0.080), (0.036, 0.5830, -0.01), 0.004, 0.003), 0.016, "carve"),
        # Forehead and temples: rounder at the top than a window, with a side whisker before the ear.
        Layer(
            _HEAD,
            Loft(
                2,
                (
                    (0.055, 0.0, 0.415, 0.0640, 0.0640, 0.083, 0.2),
                    (0.085, 0.0, 0.415, 0.0660, 0.0660, 0.094, 0.2),
                    (0.200, 0.0, 0.415, 0.0680, 0.0680, 0.096, 0.2),
                ),
                (0.020, 0.01),
                power=2.8,
            ),
            0.012,
            "carve",
        ),
        *both_sides(_HEAD, Cone((0.095, 0.430, 0.066), (0.066, 0.425, 0.066), 0.046, 0.040), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.095, 0.431, 0.008), (0.070, 0.431, 0.008), 0.034, 0.032), 0.008, "carve"),
        # Nape.
        Layer(_HEAD, Loft(1, ((0.20, 0, 0, 0.3, 0.3, 0.3, 0.3), (0.37, 0, 0, 0.3, 0.3, 0.3, 0.3)), (0.1, 0.016), power=4), 0.014, "carve"),
    ]


def eye_layers() -> list[Layer]:
    """The dark of the open left eye: the part of the eyeball between the lids."""
    return [
        Layer(_HEAD, Ellipsoid((0.0315, 0.4450, 0.0865), (0.0152, 0.0130, 0.0139)), 0.0),
        Layer(_HEAD, Ellipsoid((0.0318, 0.4440, 0.1000), (0.0100, 0.0052, 0.0200)), 0.001, "keep"),
    ]


def brow_layers() -> list[Layer]:
    """The left eyebrow: a thin arch that tapers outwards."""
    return [
        Layer(_HEAD, Cone((0.0135, 0.4655, 0.1040), (0.0330, 0.4710, 0.0975), 0.0034, 0.0036), 0.0),
        Layer(_HEAD, Cone((0.0330, 0.4710, 0.0975), (0.0490, 0.4655, 0.0810), 0.0036, 0.0016), 0.004),
    ]
