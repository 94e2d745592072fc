"""Sweater, trousers and shoes of the mannequin as solids; inside them there is no skin."""

from __future__ import annotations

import numpy as np

from avatar_server.body.distance_field import Layer
from avatar_server.body.mannequin_head import both_sides, tilted_axes
from avatar_server.body.mannequin_skeleton import JOINT, MIRROR_JOINT
from avatar_server.body.solids import Cone, Ellipsoid, Loft, Primitive, Ring

# (y, centre x, centre z, half width twice, front, back) from below the hem to the shoulders.
_TRUNK = (
    (-0.304, 0.0, 0.000, 0.1790, 0.1790, 0.1110, 0.1270),
    (-0.250, 0.0, 0.002, 0.1700, 0.1700, 0.1070, 0.1160),
    (-0.180, 0.0, 0.004, 0.1560, 0.1560, 0.1040, 0.0950),
    (-0.100, 0.0, 0.004, 0.1460, 0.1460, 0.1030, 0.0870),
    (-0.020, 0.0, 0.003, 0.1510, 0.1510, 0.1070, 0.0930),
    (0.050, 0.0, 0.002, 0.1590, 0.1590, 0.1090, 0.1010),
    (0.110, 0.0, 0.000, 0.1600, 0.1600, 0.1050, 0.1040),
    (0.170, 0.0, -0.004, 0.1500, 0.1500, 0.0930, 0.0980),
    (0.220, 0.0, -0.010, 0.1250, 0.1250, 0.0740, 0.0830),
)

# (x, centre y, centre z, up, down, front, back) from inside the shoulder to the cuff.
_UPPER_ARM = (
    (0.165, 0.202, -0.017, 0.0520, 0.0570, 0.0530, 0.0530),
    (0.215, 0.205, -0.020, 0.0540, 0.0560, 0.0560, 0.0560),
    (0.290, 0.209, -0.027, 0.0500, 0.0500, 0.0520, 0.0500),
    (0.370, 0.211, -0.036, 0.0460, 0.0460, 0.0470, 0.0460),
    (0.431, 0.213, -0.042, 0.0440, 0.0440, 0.0430, 0.0450),
)
_FOREARM = (
    (0.431, 0.213, -0.042, 0.0440, 0.0440, 0.0430, 0.0450),
    (0.490, 0.214, -0.042, 0.0430, 0.0440, 0.0450, 0.0440),
    (0.560, 0.217, -0.044, 0.0385, 0.0395, 0.0410, 0.0400),
    (0.620, 0.220, -0.045, 0.0330, 0.0335, 0.0365, 0.0365),
    (0.650, 0.221, -0.045, 0.0300, 0.0300, 0.0345, 0.0345),
    (0.664, 0.221, -0.045, 0.0285, 0.0285, 0.0335, 0.0335),
)

# (y, centre x, centre z, out, in, front, back).
_THIGH = (
    (-0.693, 0.1040, 0.008, 0.0630, 0.0620, 0.0640, 0.0640),
    (-0.600, 0.1010, 0.010, 0.0690, 0.0670, 0.0710, 0.0720),
    (-0.500, 0.0960, 0.012, 0.0760, 0.0740, 0.0790, 0.0810),
    (-0.400, 0.0910, 0.012, 0.0850, 0.0830, 0.0850, 0.0900),
    (-0.330, 0.0870, 0.008, 0.0870, 0.0850, 0.0850, 0.0960),
)
_SHIN = (
    (-1.105, 0.0920, -0.016, 0.0560, 0.0550, 0.0640, 0.0610),
    (-1.000, 0.0940, -0.017, 0.0550, 0.0540, 0.0590, 0.0590),
    (-0.900, 0.0980, -0.013, 0.0570, 0.0560, 0.0590, 0.0620),
    (-0.800, 0.1020, -0.004, 0.0600, 0.0590, 0.0600, 0.0650),
    (-0.693, 0.1040, 0.008, 0.0630, 0.0620, 0.0640, 0.0640),
)


def _sides(joint: str, shape: Primitive, blend: float) -> list[Layer]:
    """A layer on a left joint and its mirror image on the right one."""
    left = JOINT[joint]
    return [Layer(left, shape, blend, twin_joint=int(MIRROR_JOINT[left]))]


def sweater_layers() -> list[Layer]:
    """Trunk and arms: hem, cuffs and collar stand a little proud."""
    spine1, spine3 = JOINT["spine1"], JOINT["spine3"]
    collar_axes = tilted_axes((1.0, 0.0, 0.0), (0.0, -0.22, 1.0))
    return [
        Layer(spine1, Loft(1, _TRUNK, (0.022, 0.058), power=2.3), 0.0),
        # Collar bones, chest, shoulder blades, and the slope from the neck to the shoulders.
        *both_sides(spine3, Ellipsoid((0.070, 0.090, 0.066), (0.062, 0.058, 0.042)), 0.050),
        *both_sides(spine3, Ellipsoid((0.062, 0.185, 0.022), (0.080, 0.060, 0.048)), 0.050),
        *both_sides(spine3, Ellipsoid((0.080, 0.110, -0.070), (0.055, 0.070, 0.036)), 0.040),
        *both_sides(spine3, Cone((0.020, 0.244, -0.024), (0.150, 0.206, -0.022), 0.058, 0.048), 0.040),
        Layer(spine3, Cone((0.0, 0.225, -0.022), (0.0, 0.262, -0.018), 0.0800, 0.0610), 0.040),
        *_sides("left_shoulder", Loft(0, _UPPER_ARM, (0.030, 0.040)), 0.045),
        *_sides("left_elbow", Loft(0, _FOREARM, (0.040, 0.014)), 0.008),
        *_sides(
            "left_elbow",
            Ring(
                (0.650, 0.221, -0.045),
                np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]),
                (0.0285, 0.0330),
                (0.0050, 0.0180),
            ),
            0.005,
        ),
        Layer(spine3, Ring((0.0, 0.2810, -0.0170), collar_axes, (0.0570, 0.0570), (0.0080, 0.0140)), 0.012),
    ]


def trousers_layers() -> list[Layer]:
    """Hips and straight legs down to the shoes; the waistband hides under the sweater."""
    pelvis = JOINT["pelvis"]
    hips = (
        (-0.350, 0.0, 0.002, 0.1640, 0.1640, 0.0850, 0.0990),
        (-0.300, 0.0, 0.000, 0.1640, 0.1640, 0.0930, 0.1060),
        (-0.240, 0.0, 0.002, 0.1580, 0.1580, 0.0950, 0.0990),
    )
    return [
        Layer(pelvis, Loft(1, hips, (0.050, 0.020), power=2.35), 0.0),
        *both_sides(pelvis, Ellipsoid((0.076, -0.345, -0.050), (0.072, 0.070, 0.056)), 0.040),
        *_sides("left_hip", Loft(1, _THIGH, (0.050, 0.060)), 0.030),
        *_sides("left_knee", Loft(1, _SHIN, (0.020, 0.050)), 0.008),
    ]


def shoe_layers() -> list[Layer]:
    """The left shoe: a soft upper on a flat sole."""
    ankle, foot = JOINT["left_ankle"], JOINT["left_foot"]
    # (z, centre x, centre y, out, in, up, down)
    upper = (
        (-0.050, 0.0920, -1.142, 0.0320, 0.0310, 0.0440, 0.030),
        (-0.020, 0.0935, -1.141, 0.0365, 0.0345, 0.0560, 0.030),
        (0.030, 0.1000, -1.142, 0.0400, 0.0370, 0.0480, 0.028),
        (0.075, 0.1070, -1.144, 0.0450, 0.0410, 0.0330, 0.026),
        (0.115, 0.1110, -1.146, 0.0450, 0.0410, 0.0250, 0.024),
        (0.145, 0.1100, -1.148, 0.0370, 0.0360, 0.0190, 0.022),
    )
    sole = tuple(
        (z, cx, -1.163, out + 0.001, inner + 0.001, 0.0125, 0.0125) for z, cx, _, out, inner, _, _ in upper
    )
    return [
        Layer(ankle, Loft(2, upper, (0.020, 0.026), power=2.3), 0.0),
        Layer(ankle, Cone((0.0910, -1.060, -0.024), (0.0920, -1.125, -0.024), 0.0380, 0.0380), 0.020),
        Layer(foot, Loft(2, sole, (0.021, 0.027), power=2.8), 0.014),
    ]
