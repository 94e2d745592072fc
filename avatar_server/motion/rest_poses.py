"""Rotations for limbs that nobody measured: legs that stand, hands that hang.

Axes are those of the SMPL-H rest pose, a T facing +z with the person's left at +x and the palms down. Left
fingers point along +x, so they curl towards the palm about -z; right ones mirror (x keeps its sign, y and z
change theirs). The angles are chosen by eye, as an easy standing pose and a hand without tension.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.rotations import quaternion_from_axis_angle

Floats = NDArray[np.float64]

LEG_JOINTS = (1, 2, 4, 5, 7, 8, 10, 11)
"""Hips, knees, ankles and feet, left before right."""

_MIRROR = np.array([1.0, -1.0, -1.0])

_LEFT_LEG = np.array(
    [
        [-0.05, 0.16, 0.035],  # hip: a little forward, toes out by 9 degrees, feet apart
        [0.09, 0.0, 0.0],  # knee: not locked
        [-0.04, 0.0, -0.035],  # ankle: the sole level again
        [0.0, 0.0, 0.0],
    ]
)

_LEFT_HAND = np.array(
    [
        [0.02, 0.08, -0.22],  # index
        [0.0, 0.0, -0.42],
        [0.0, 0.0, -0.22],
        [0.02, 0.01, -0.30],  # middle
        [0.0, 0.0, -0.50],
        [0.0, 0.0, -0.27],
        [-0.06, -0.16, -0.40],  # pinky
        [0.0, 0.0, -0.55],
        [0.0, 0.0, -0.32],
        [-0.02, -0.06, -0.36],  # ring
        [0.0, 0.0, -0.55],
        [0.0, 0.0, -0.30],
        [0.28, 0.10, -0.10],  # thumb: down towards the palm, then slightly bent
        [0.06, 0.16, -0.10],
        [0.06, 0.16, -0.10],
    ]
)

RELAXED_LEFT_HAND: Floats = quaternion_from_axis_angle(_LEFT_HAND)
"""(15, 4) quaternions: index, middle, pinky, ring, thumb x 3."""

RELAXED_RIGHT_HAND: Floats = quaternion_from_axis_angle(_LEFT_HAND * _MIRROR)

STANDING_LEGS: Floats = quaternion_from_axis_angle(
    np.stack([_LEFT_LEG, _LEFT_LEG * _MIRROR], axis=1).reshape(-1, 3)
)
"""(8, 4) quaternions in the order of `LEG_JOINTS`."""
