"""One person's whole body over time: posture and arms put together as SMPL-H joint rotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.arm import ARM_WIDTH, arm_rotations
from avatar_server.testing.dialogue import Dialogue
from avatar_server.testing.gesture import arms_over_time
from avatar_server.testing.hand_shapes import finger_rotations
from avatar_server.testing.posture import posture_over_time

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class BodyMotion:
    """Upright frame: y up, facing +z, own left at +x.

    joints: (N, 52, 3) axis-angle rad. sway_m: (N, 2) of the pelvis, x and y. gaze: (N, 2) degrees.
    """

    joints: Array
    sway_m: Array
    gaze: Array


def move(dialogue: Dialogue, person: int, times_s: Array, seed: int) -> BodyMotion:
    """What `person` does during `dialogue` at evenly spaced `times_s`; standing, legs straight."""
    posture = posture_over_time(dialogue, person, times_s, seed)
    joints = np.zeros((len(times_s), 52, 3))
    joints[:, 0] = _turned(posture.root)
    joints[:, 1], joints[:, 2] = _turned(posture.hips[0]), _turned(posture.hips[1])
    for joint, share in ((3, 0.3), (6, 0.35), (9, 0.35)):
        joints[:, joint] = _turned(share * posture.spine)
    joints[:, 12], joints[:, 15] = _turned(posture.neck), _turned(posture.head)
    joints[:, 13], joints[:, 14] = _turned(posture.collars[0]), _turned(posture.collars[1])
    for left, arm in zip((True, False), arms_over_time(dialogue, person, times_s, seed), strict=True):
        collar = 13 if left else 14
        rotations = arm_rotations(arm[:, :ARM_WIDTH], joints[:, collar], left)
        joints[:, collar + 3], joints[:, collar + 5], joints[:, collar + 7] = np.moveaxis(rotations, 1, 0)
        first = 22 if left else 37
        joints[:, first : first + 15] = finger_rotations(arm[:, ARM_WIDTH:], left)
    return BodyMotion(joints, posture.sway_m, posture.gaze)


def _turned(degrees: Array) -> Array:
    """Axis-angle of pitch, yaw, roll (N, 3): yaw first in the parent's frame, then pitch, then roll."""
    return np.asarray(Rotation.from_euler("YXZ", degrees[:, [1, 0, 2]], degrees=True).as_rotvec())
