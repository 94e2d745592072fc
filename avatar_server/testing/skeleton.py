"""The SMPL-H skeleton that the synthetic people move: rest joints and forward kinematics.

Frame of the rest pose: a T, y up, facing +z, the person's left at +x, origin as in SMPL (the pelvis lies
22 cm below it); metres. Body joints are the neutral means of SMPL; finger joints are typical of a hand
18.5 cm long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.body.model import PARENTS

Array = NDArray[np.float64]

_MIDDLE_AND_LEFT: dict[int, tuple[float, float, float]] = {
    0: (0.0, -0.223, 0.028),
    1: (0.069, -0.314, 0.023),
    3: (0.0, -0.114, 0.002),
    4: (0.105, -0.693, 0.016),
    6: (0.0, 0.021, 0.003),
    7: (0.090, -1.091, -0.027),
    9: (0.0, 0.074, 0.028),
    10: (0.116, -1.143, 0.094),
    12: (0.0, 0.288, -0.015),
    13: (0.080, 0.194, -0.008),
    15: (0.0, 0.353, 0.037),
    16: (0.174, 0.226, -0.017),
    18: (0.431, 0.213, -0.042),
    20: (0.683, 0.221, -0.045),
}

_LEFT_FINGERS_FROM_WRIST: tuple[tuple[float, float, float], ...] = (
    (0.102, -0.008, 0.024), (0.134, -0.010, 0.027), (0.157, -0.013, 0.028),
    (0.108, -0.004, 0.000), (0.141, -0.005, 0.000), (0.165, -0.008, 0.000),
    (0.085, -0.014, -0.044), (0.105, -0.016, -0.051), (0.122, -0.018, -0.056),
    (0.100, -0.007, -0.023), (0.130, -0.009, -0.028), (0.154, -0.012, -0.030),
    (0.030, -0.012, 0.026), (0.058, -0.020, 0.047), (0.081, -0.028, 0.062),
)  # fmt: skip

FINGERTIP_BEYOND_LAST_JOINT_M = 0.024


def _rest_joints() -> Array:
    rest = np.zeros((52, 3))
    mirror = np.array([-1.0, 1.0, 1.0])
    for joint, place in _MIDDLE_AND_LEFT.items():
        rest[joint] = place
        if place[0]:
            rest[joint + 1] = mirror * place
    rest[22:37] = rest[20] + np.array(_LEFT_FINGERS_FROM_WRIST)
    rest[37:52] = rest[21] + mirror * np.array(_LEFT_FINGERS_FROM_WRIST)
    return rest


REST_JOINTS: Array = _rest_joints()
"""(52, 3) metres."""


def joint_positions(axis_angle: Array, joints: int = 52) -> Array:
    """Places of the first `joints` joints, (N, joints, 3) metres, of poses (N, 52, 3) in axis-angle.

    The pelvis stays at its rest place: translation is the caller's.
    """
    places, _ = joint_frames(axis_angle, joints)
    return places


def joint_frames(axis_angle: Array, joints: int = 52) -> tuple[Array, Array]:
    """(N, joints, 3) places and (N, joints, 3, 3) global rotations of poses (N, 52, 3) in axis-angle."""
    count = len(axis_angle)
    local = (
        Rotation.from_rotvec(axis_angle[:, :joints].reshape(-1, 3)).as_matrix().reshape(count, joints, 3, 3)
    )
    turns = np.empty((count, joints, 3, 3))
    places = np.empty((count, joints, 3))
    turns[:, 0], places[:, 0] = local[:, 0], REST_JOINTS[0]
    for joint in range(1, joints):
        parent = PARENTS[joint]
        turns[:, joint] = turns[:, parent] @ local[:, joint]
        places[:, joint] = places[:, parent] + turns[:, parent] @ (REST_JOINTS[joint] - REST_JOINTS[parent])
    return places, turns
