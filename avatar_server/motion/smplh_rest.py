"""The skeleton of SMPL-H: names, parents and rest places of its 52 joints.

Source: SMPL (Loper et al. 2015), MANO (Romero et al. 2017); places of the neutral body, rounded to a
millimetre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

JOINT_NAMES: tuple[str, ...] = tuple(
    (  # noqa: SIM905
        "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 "
        "left_foot right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow "
        "right_elbow left_wrist right_wrist left_index1 left_index2 left_index3 left_middle1 left_middle2 "
        "left_middle3 left_pinky1 left_pinky2 left_pinky3 left_ring1 left_ring2 left_ring3 left_thumb1 "
        "left_thumb2 left_thumb3 right_index1 right_index2 right_index3 right_middle1 right_middle2 "
        "right_middle3 right_pinky1 right_pinky2 right_pinky3 right_ring1 right_ring2 right_ring3 "
        "right_thumb1 right_thumb2 right_thumb3"
    ).split()
)

JOINT: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}
"""Index of a joint by name."""

PARENTS: NDArray[np.int64] = np.concatenate(
    [
        [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19],
        [20, 22, 23, 20, 25, 26, 20, 28, 29, 20, 31, 32, 20, 34, 35],
        [21, 37, 38, 21, 40, 41, 21, 43, 44, 21, 46, 47, 21, 49, 50],
    ]
)
"""Parent of each of the 52 joints, -1 for the root."""

BODY_PLACES: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, -0.223, 0.028),
    "left_hip": (0.069, -0.314, 0.023),
    "spine1": (0.0, -0.114, 0.002),
    "left_knee": (0.105, -0.693, 0.016),
    "spine2": (0.0, 0.021, 0.003),
    "left_ankle": (0.090, -1.091, -0.027),
    "spine3": (0.0, 0.074, 0.028),
    "left_foot": (0.116, -1.143, 0.094),
    "neck": (0.0, 0.288, -0.015),
    "left_collar": (0.080, 0.194, -0.008),
    "head": (0.0, 0.353, 0.037),
    "left_shoulder": (0.174, 0.226, -0.017),
    "left_elbow": (0.431, 0.213, -0.042),
    "left_wrist": (0.683, 0.221, -0.045),
}
"""Rest places, metres, of the joints of the body; those of the right are mirror images."""

_LEFT_FINGERS: dict[str, tuple[float, float, float]] = {
    "left_index1": (0.7710, 0.2170, -0.0235),
    "left_index2": (0.8068, 0.2159, -0.0199),
    "left_index3": (0.8302, 0.2152, -0.0176),
    "left_middle1": (0.7755, 0.2190, -0.0475),
    "left_middle2": (0.8145, 0.2182, -0.0469),
    "left_middle3": (0.8405, 0.2177, -0.0465),
    "left_pinky1": (0.7570, 0.2125, -0.0905),
    "left_pinky2": (0.7865, 0.2113, -0.0961),
    "left_pinky3": (0.8041, 0.2106, -0.0995),
    "left_ring1": (0.7680, 0.2170, -0.0700),
    "left_ring2": (0.8039, 0.2159, -0.0727),
    "left_ring3": (0.8283, 0.2152, -0.0745),
    "left_thumb1": (0.7100, 0.2070, -0.0180),
    "left_thumb2": (0.7362, 0.1988, 0.0052),
    "left_thumb3": (0.7581, 0.1919, 0.0246),
}


def _rest_joints() -> NDArray[np.float64]:
    left_and_middle = BODY_PLACES | _LEFT_FINGERS
    mirror = {
        f"right_{name[5:]}": (-x, y, z)
        for name, (x, y, z) in left_and_middle.items()
        if name.startswith("left_")
    }
    places = left_and_middle | mirror
    return np.array([places[name] for name in JOINT_NAMES])


REST_JOINTS: NDArray[np.float64] = _rest_joints()
"""(52, 3) metres: a T, y up, facing +z, the person's left at +x."""
