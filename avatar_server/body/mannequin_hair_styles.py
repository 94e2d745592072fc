"""Hair of the mannequin by name: short (`mannequin_hair`), a bob that ends at the chin, long hair, a bun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import Layer
from avatar_server.body.mannequin_hair import hair_layers
from avatar_server.body.mannequin_head import SKULL, both_sides, tilted_axes
from avatar_server.body.mannequin_skeleton import JOINT
from avatar_server.body.mannequin_weights import Weights, head_weights, smooth_step
from avatar_server.body.solids import Cone, Ellipsoid, Loft

_HEAD, _BACK = JOINT["head"], JOINT["spine3"]


@dataclass(frozen=True, eq=False, slots=True)
class HairStyle:
    """Layers, how they hang on joints, and the lowest point in metres of the rest pose."""

    layers: Callable[[], Sequence[Layer]]
    weigh: Callable[[NDArray[np.float64]], Weights]
    lowest_m: float
    furthest_back_m: float


def _cap(thickness: dict[float, float], lowest: int) -> Loft:
    """What follows the skull from the row `lowest` of `SKULL` on, so much thicker."""
    rows = tuple(
        (
            y,
            cx,
            cz - 0.002,
            side + thickness[y],
            side + thickness[y],
            front + 0.008,
            back + thickness[y] + 0.002,
        )
        for (y, cx, cz, side, _, front, back) in SKULL[lowest:]
    )
    return Loft(1, rows, (0.02, 0.062), power=2.1)


def _falling() -> list[Layer]:
    """Hair that falls to the chin from a parting a little to the left, over the ears, and curls inwards."""
    crown = _cap({0.420: 0.0150, 0.445: 0.0150, 0.475: 0.0135, 0.502: 0.0115}, 4)
    # (y, centre x, centre z, half width twice, front, back)
    curtain = (
        (0.346, 0.0, 0.006, 0.0640, 0.0640, 0.052, 0.0740),
        (0.360, 0.0, 0.008, 0.0790, 0.0790, 0.056, 0.0910),
        (0.385, 0.0, 0.012, 0.0860, 0.0860, 0.060, 0.1020),
        (0.420, 0.0, 0.016, 0.0865, 0.0865, 0.068, 0.1080),
        (0.465, 0.0, 0.018, 0.0825, 0.0825, 0.080, 0.1070),
    )
    sweep = tilted_axes((1.0, -0.22, 0.05), (0.0, 1.0, -0.3))
    other = tilted_axes((1.0, 0.45, 0.05), (0.0, 1.0, -0.3))
    return [
        Layer(_HEAD, crown, 0.0),
        Layer(_HEAD, Loft(1, curtain, (0.012, 0.030), power=2.05), 0.020),
        # Volume beside the parting, lower on its short side.
        Layer(_HEAD, Ellipsoid((-0.014, 0.5260, 0.0600), (0.060, 0.026, 0.040), sweep), 0.024),
        Layer(_HEAD, Ellipsoid((0.046, 0.5160, 0.0480), (0.030, 0.018, 0.042), other), 0.022),
        Layer(_HEAD, Cone((0.030, 0.5760, 0.085), (0.024, 0.5860, -0.03), 0.005, 0.004), 0.016, "carve"),
    ]


def _face_window() -> list[Layer]:
    """Nothing before the face: a round hairline, then curtains beside the cheeks."""
    return [
        Layer(_HEAD, Ellipsoid((0.0, 0.4150, 0.1350), (0.1000, 0.0940, 0.1020)), 0.008, "carve"),
        Layer(_HEAD, Ellipsoid((0.0, 0.3900, 0.1640), (0.1500, 0.1180, 0.1290)), 0.008, "carve"),
    ]


def _bob_layers() -> list[Layer]:
    return [*_falling(), *_face_window()]


def _long_layers() -> list[Layer]:
    """The same, and a sheet over the shoulder blades that stays with the back."""
    # (y, centre x, centre z, half width twice, front, back)
    sheet = (
        (0.150, 0.0, -0.108, 0.0640, 0.0640, 0.016, 0.0180),
        (0.200, 0.0, -0.108, 0.0780, 0.0780, 0.020, 0.0230),
        (0.270, 0.0, -0.088, 0.0800, 0.0800, 0.024, 0.0280),
        (0.330, 0.0, -0.070, 0.0740, 0.0740, 0.028, 0.0320),
        (0.380, 0.0, -0.062, 0.0700, 0.0700, 0.030, 0.0300),
    )
    return [*_falling(), Layer(_BACK, Loft(1, sheet, (0.014, 0.030), power=2.2), 0.030), *_face_window()]


def _bun_layers() -> list[Layer]:
    """Combed back from the face, close to the head, into a bun high at the back."""
    crown = _cap({0.397: 0.0030, 0.420: 0.0045, 0.445: 0.0060, 0.475: 0.0075, 0.502: 0.0085}, 3)
    return [
        Layer(_HEAD, crown, 0.0),
        Layer(_HEAD, Ellipsoid((0.0, 0.5180, 0.0560), (0.060, 0.030, 0.040)), 0.030),
        Layer(_HEAD, Ellipsoid((0.0, 0.4850, -0.1120), (0.0430, 0.0400, 0.0350)), 0.010),
        Layer(_HEAD, Ellipsoid((0.0, 0.4150, 0.1350), (0.1080, 0.0960, 0.1010)), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.432, 0.006), (0.050, 0.430, 0.006), 0.033, 0.033), 0.010, "carve"),
        *both_sides(_HEAD, Cone((0.110, 0.390, 0.026), (0.050, 0.390, 0.026), 0.040, 0.040), 0.010, "carve"),
        Layer(_HEAD, Ellipsoid((0.0, 0.315, -0.050), (0.30, 0.094, 0.20)), 0.010, "carve"),
    ]


def _hanging_weights(points: NDArray[np.float64]) -> Weights:
    """(N, 52): on the head above the chin, on the back where it lies on that, and in between on both."""
    weights = head_weights(points)
    on_head = smooth_step(points[:, 1], 0.235, 0.375)
    weights[:, _HEAD] = on_head
    weights[:, _BACK] = 1.0 - on_head
    return weights


HAIR_STYLES = {
    "short": HairStyle(hair_layers, head_weights, 0.375, -0.105),
    "bob": HairStyle(_bob_layers, head_weights, 0.325, -0.125),
    "long": HairStyle(_long_layers, _hanging_weights, 0.130, -0.140),
    "bun": HairStyle(_bun_layers, head_weights, 0.375, -0.156),
}
