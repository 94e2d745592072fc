"""Where the 52 joints of the mannequin are in the rest pose.

Body joints have the proportions of the neutral SMPL-H body. Knuckles follow the hand of MANO (Romero et al.
2017): palm down, fingers along the arm, the thumb forward and a little down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import JOINT_NAMES
from avatar_server.motion.smplh_rest import BODY_PLACES


@dataclass(frozen=True, slots=True)
class Finger:
    """One finger of the left hand: knuckle relative to the wrist, direction, phalanges, radii (metres)."""

    name: str
    knuckle: tuple[float, float, float]
    direction: tuple[float, float, float]
    bones: tuple[float, float, float]
    radii: tuple[float, float, float, float]

    def joints(self) -> NDArray[np.float64]:
        """(4, 3) metres in the body frame: the three joints and the centre of the fingertip's ball."""
        way = np.array(self.direction) / np.linalg.norm(self.direction)
        steps = np.concatenate([[0.0], np.cumsum(self.bones)])
        start = np.array(BODY_PLACES["left_wrist"]) + np.array(self.knuckle)
        joints: NDArray[np.float64] = start + steps[:, None] * way
        return joints


LEFT_FINGERS: tuple[Finger, ...] = (
    Finger(
        "index",
        (0.0880, -0.0040, 0.0215),
        (1.0, -0.03, 0.10),
        (0.036, 0.0235, 0.0165),
        (0.0098, 0.0085, 0.0078, 0.0068),
    ),
    Finger(
        "middle",
        (0.0925, -0.0020, -0.0025),
        (1.0, -0.02, 0.015),
        (0.039, 0.026, 0.0175),
        (0.0100, 0.0087, 0.0080, 0.0069),
    ),
    Finger(
        "pinky",
        (0.0740, -0.0085, -0.0455),
        (1.0, -0.04, -0.19),
        (0.030, 0.0180, 0.0145),
        (0.0086, 0.0073, 0.0067, 0.0060),
    ),
    Finger(
        "ring",
        (0.0850, -0.0040, -0.0250),
        (1.0, -0.03, -0.075),
        (0.036, 0.0245, 0.0170),
        (0.0094, 0.0082, 0.0075, 0.0066),
    ),
    Finger(
        "thumb",
        (0.0270, -0.0140, 0.0270),
        (0.70, -0.22, 0.62),
        (0.036, 0.0300, 0.0200),
        (0.0150, 0.0112, 0.0100, 0.0082),
    ),
)


def _rest_joints() -> NDArray[np.float64]:
    places = dict(BODY_PLACES)
    for finger in LEFT_FINGERS:
        for number, joint in enumerate(finger.joints()[:3], start=1):
            places[f"left_{finger.name}{number}"] = (float(joint[0]), float(joint[1]), float(joint[2]))
    for name, (x, y, z) in list(places.items()):
        if name.startswith("left_"):
            places["right_" + name[5:]] = (-x, y, z)
    return np.array([places[name] for name in JOINT_NAMES])


REST_JOINTS: NDArray[np.float64] = _rest_joints()
"""(52, 3) metres."""

JOINT: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}
"""Index of a joint by name."""


def _mirror_joint(name: str) -> int:
    if name.startswith("left_"):
        return JOINT["right_" + name[5:]]
    if name.startswith("right_"):
        return JOINT["left_" + name[6:]]
    return JOINT[name]


MIRROR_JOINT: NDArray[np.int64] = np.array([_mirror_joint(name) for name in JOINT_NAMES])
"""For each joint the one on the other side (itself on the spine)."""
