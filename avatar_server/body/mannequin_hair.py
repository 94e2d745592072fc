"""Short hair of the mannequin as a solid: volume, locks combed back, a hairline, the ears free."""

from __future__ import annotations

from avatar_server.body.distance_field import Layer
from avatar_server.body.mannequin_head import SKULL, both_sides, tilted_axes
from avatar_server.body.mannequin_skeleton import JOINT
from avatar_server.body.solids import Cone, Ellipsoid, Loft

_HEAD = JOINT["head"]


def _locks() -> list[Layer]:
    """Broad locks from the forehead over the crown, side by side, each lying a little proud of the next."""
    layers = []
    for number, x in enumerate((0.026, 0.005, -0.016, -0.036)):
        front = (x - 0.002, 0.533 - 3.0 * x * x - 0.005 * (number % 2), 0.089 - 4.5 * x * x)
        middle = (x * 0.90, 0.5490 - 5.0 * x * x, 0.030)
        back = (x * 0.60, 0.5400 - 5.0 * x * x, -0.040)
        layers.append(Layer(_HEAD, Cone(front, middle, 0.0125, 0.0150), 0.007))
        layers.append(Layer(_HEAD, Cone(middle, back, 0.0150, 0.0140), 0.010))
    return layers


def hair_layers() -> list[Layer]:
    """Short hair with a parting at the left, swept to the right; the ears and the face stay free."""
    thickness = {0.397: 0.0030, 0.420: 0.0055, 0.445: 0.0080, 0.475: 0.0100, 0.502: 0.0105}
    grown = tuple(
        (
            y,
            cx,
            cz - 0.002,
            side + thickness[y],
            side + thickness[y],
            front + 0.008,
            back + thickness[y] + 0.002,
        )
        for (y, cx, cz, side, _, front, back) in SKULL[3:]
    )
    sweep = tilted_axes((1.0, -0.16, 0.10), (0.0, 1.0, -0.3))
    return [
        Layer(_HEAD, Loft(1, grown, (0.02, 0.062), power=2.1), 0.0),
        # Volume of the sweep above the forehead, falling off behind it, and the parting.
        Layer(_HEAD, Ellipsoid((-0.010, 0.5280, 0.0640), (0.058, 0.026, 0.038), sweep), 0.024),
        Layer(_HEAD, Cone((0.040, 0.5720, 0.080), (0.036, 0.5830, -0.01), 0.004, 0.003), 0.016, "carve"),
        *_locks(),
        # The hairline: round over the forehead, down the temples to a side whisker, clear of the ears.
        Layer(_HEAD, Ellipsoid((0.0, 0.4150, 0.1350), (0.1080, 0.0940, 0.1020)), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.432, 0.006), (0.050, 0.430, 0.006), 0.033, 0.033), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.385, 0.030), (0.050, 0.385, 0.030), 0.036, 0.036), 0.010, "carve"),
        # Nape, a little lower in the middle than behind the ears.
        Layer(_HEAD, Ellipsoid((0.0, 0.310, -0.050), (0.30, 0.092, 0.20)), 0.010, "carve"),
    ]
