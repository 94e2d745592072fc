"""Where a hand is and how it is turned, as arm joints: two-bone inverse kinematics with human limits.

Poses of an arm are 7 numbers in the trunk's frame, in which the trunk stands as in the rest pose and the
arm is a left one (the right arm mirrors):
    0-2  wrist, metres: outwards, up, forward
    3    swivel of the elbow about the line from shoulder to wrist, degrees, outwards positive; 0 hangs
    4    supination, degrees: 0 thumb up with the forearm forward, +90 palm up, -90 palm down
    5    extension of the wrist, degrees (the back of the hand towards the forearm)
    6    deviation of the wrist, degrees, towards the thumb
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.hand_shapes import mirrored
from avatar_server.testing.skeleton import REST_JOINTS

Array = NDArray[np.float64]

ARM_WIDTH = 7

_COLLAR, _SHOULDER, _ELBOW, _WRIST = REST_JOINTS[[13, 16, 18, 20]]
_UPPER_M = float(np.linalg.norm(_ELBOW - _SHOULDER))
_FORE_M = float(np.linalg.norm(_WRIST - _ELBOW))
_ALONG_UPPER = (_ELBOW - _SHOULDER) / _UPPER_M
_ALONG_FORE = (_WRIST - _ELBOW) / _FORE_M
_HINGE = np.array([0.0, -1.0, 0.0]) - _ALONG_UPPER * -_ALONG_UPPER[1]
_HINGE /= np.linalg.norm(_HINGE)
_REST_FRAME = np.stack([_ALONG_UPPER, _HINGE, np.cross(_ALONG_UPPER, _HINGE)], axis=1)

_ELBOW_HANGS = np.array([0.12, -1.0, -0.6])
"""Where an idle elbow goes: down, back, a little out."""

_TWIST_IN_FOREARM = 0.6
"""Share of the pronation given to the elbow joint; the wrist joint has the rest: skin twists evenly."""


def arm_rotations(arm: Array, collar: Array, left: bool) -> Array:
    """Axis-angle (N, 3, 3) of shoulder, elbow and wrist for arm poses (N, 7).

    collar: (N, 3) axis-angle of the collar, already that of the side asked for.
    """
    turned = Rotation.from_rotvec(collar if left else mirrored(collar))
    shoulder = _COLLAR + turned.apply(_SHOULDER - _COLLAR)
    reach = arm[:, :3] - shoulder
    distance = np.linalg.norm(reach, axis=1)
    toward = reach / distance[:, None]
    distance = distance.clip(0.14, 0.985 * (_UPPER_M + _FORE_M))
    down = _ELBOW_HANGS - toward * (toward @ _ELBOW_HANGS)[:, None]
    down /= np.linalg.norm(down, axis=1)[:, None]
    # Positive swivel carries the elbow from below outwards (+x).
    outward = np.cross(down, toward)
    outward *= np.sign(outward[:, :1] + 1e-12)
    swivel = np.radians(arm[:, 3, None])
    side = np.cos(swivel) * down + np.sin(swivel) * outward
    cosine = ((_UPPER_M**2 + distance**2 - _FORE_M**2) / (2 * _UPPER_M * distance)).clip(-1, 1)[:, None]
    upper = cosine * toward + np.sqrt(1 - cosine**2) * side
    fore = toward * distance[:, None] - _UPPER_M * upper
    fore /= np.linalg.norm(fore, axis=1)[:, None]
    hinge = np.cross(upper, fore)
    hinge /= np.linalg.norm(hinge, axis=1)[:, None]
    posed = Rotation.from_matrix(np.stack([upper, hinge, np.cross(upper, hinge)], axis=2) @ _REST_FRAME.T)
    bend = _shortest_arc(_ALONG_FORE, posed.inv().apply(fore))
    twist = -np.radians(arm[:, 4])
    elbow = bend * Rotation.from_rotvec(_TWIST_IN_FOREARM * twist[:, None] * _ALONG_FORE)
    wrist = (
        Rotation.from_rotvec((1 - _TWIST_IN_FOREARM) * twist[:, None] * _ALONG_FORE)
        * Rotation.from_rotvec(np.radians(arm[:, 5, None]) * np.array([0.0, 0.0, 1.0]))
        * Rotation.from_rotvec(np.radians(arm[:, 6, None]) * np.array([0.0, -1.0, 0.0]))
    )
    joints = np.stack([(turned.inv() * posed).as_rotvec(), elbow.as_rotvec(), wrist.as_rotvec()], axis=1)
    return joints if left else mirrored(joints)


def _shortest_arc(start: Array, ends: Array) -> Rotation:
    """The smallest rotation that turns `start` into each of `ends` (N, 3)."""
    axis = np.cross(start, ends)
    sine = np.linalg.norm(axis, axis=1)
    angle = np.arctan2(sine, ends @ start)
    return Rotation.from_rotvec(axis / np.maximum(sine, 1e-12)[:, None] * angle[:, None])
