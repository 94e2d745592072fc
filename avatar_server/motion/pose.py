"""What one person's body does at one instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOINT_COUNT = 52
"""Joints of SMPL-H: 22 of the body (root first), 15 of the left hand, 15 of the right."""

FIRST_LEFT_HAND_JOINT, FIRST_RIGHT_HAND_JOINT = 22, 37


@dataclass(frozen=True, slots=True)
class Pose:
    """Joint rotations and place of one person, in that person's own upright frame.

    The frame: y up, the person faces about +z, the person's left is +x; metres. The origin is where the
    person stands on average, at the height of the pelvis; `sway` moves the pelvis away from it.

    rotations: (52, 3, 3) float64, each joint relative to its parent, SMPL-H order; joint 0 is the root.
    sway: (3,) float64, metres.
    present: False while the recording has no body here; the rotations then hold the last (or next) seen one.
    pelvis: (3,) metres, where the pelvis joint is over the floor, for motion that was measured in a world;
    `sway` then means nothing. None where feet and pelvis have yet to be put on a floor.
    """

    rotations: NDArray[np.float64]
    sway: NDArray[np.float64]
    present: bool = True
    pelvis: NDArray[np.float64] | None = None
