"""The way recordings store a body: seen by a camera that looks down a little, fitted, not always cleanly.

The camera is the one of HMR 2.0: x right, y down, z away; weak perspective with a focal length of
5000 / 256 times the longer side of the picture, principal point in the centre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.body_motion import BodyMotion
from avatar_server.testing.trajectory import wandering

Array = NDArray[np.float64]

PICTURE_SIZE = (1080, 1920)
"""Width and height of the video in pixels: portrait, as the recordings of single people are."""

STRETCHED_PICTURE_SIZE = (2160, 2160)
"""The same for pictures of 9 to 16 that are stored stretched to a square, as in part of vendor V01."""

CAMERA_LOOKS_DOWN_DEG = 13.0
"""Seen from above, everybody leans towards the camera: the median over the corpus."""

HEAD_OFFSET_DEG = 15.0
"""Neck and head together are bent forward by this much in the fits, however people hold them."""

FITTED_KNEE_DEG = 59.0
"""Legs out of the picture are fitted bent."""

DISTANCE = 39.0
"""Median z of the translation: scale, not metres."""


@dataclass(frozen=True, eq=False, slots=True)
class FittedBody:
    """Camera frame. joints: (N, 52, 3) axis-angle, the root unwrapped now and then by a full turn.

    translation: (N, 3), added to SMPL-H joints after posing. picture_size: width and height in pixels of the
    video that the fit was made for.
    """

    joints: Array
    translation: Array
    picture_size: tuple[int, int] = PICTURE_SIZE

    @property
    def focal_px(self) -> float:
        """Of the fit's camera."""
        return 5000 / 256 * max(self.picture_size)


SEATED_HIP_DEG, SEATED_KNEE_DEG = 95.0, 90.0


def seated(body: FittedBody) -> FittedBody:
    """The same person on a chair: thighs level, shins down, all above the hips unchanged."""
    joints = body.joints.copy()
    for side in (0, 1):
        joints[:, 1 + side] = np.radians([-SEATED_HIP_DEG, 0.0, 0.0])
        joints[:, 4 + side] = np.radians([SEATED_KNEE_DEG, 0.0, 0.0])
        joints[:, 7 + side] = 0.0
    return replace(body, joints=joints)


def fitted(motion: BodyMotion, person: int, times_s: Array, seed: int) -> FittedBody:
    """What the fit would store for `motion`."""
    random = np.random.default_rng([seed, 6, person])
    joints = motion.joints.copy()
    _add_static_offsets(joints)
    _bend_legs(joints, wandering(times_s, 0.8, random, 6))
    joints[:, :22] += np.radians(0.10) * random.standard_normal((len(times_s), 22, 3))
    upright = Rotation.from_rotvec(joints[:, 0])
    lean = Rotation.from_euler("x", CAMERA_LOOKS_DOWN_DEG, degrees=True)
    joints[:, 0] = _positive_x((Rotation.from_rotvec([np.pi, 0.0, 0.0]) * lean * upright).as_rotvec())
    translation = np.stack(
        [
            0.03 + motion.sway_m[:, 0],
            0.19 - motion.sway_m[:, 1],
            DISTANCE + 0.25 * wandering(times_s, 4.0, random)[:, 0],
        ],
        axis=1,
    )
    return FittedBody(_unwrapped(joints, random), translation)


def _add_static_offsets(joints: Array) -> None:
    for joint, share in ((12, 0.6), (15, 0.4)):
        offset = Rotation.from_euler("x", share * HEAD_OFFSET_DEG, degrees=True)
        joints[:, joint] = (Rotation.from_rotvec(joints[:, joint]) * offset).as_rotvec()


def _bend_legs(joints: Array, wobble: Array) -> None:
    """Hip flexed, knee bent, foot level again: what the fit makes of legs it hardly sees."""
    knee = FITTED_KNEE_DEG
    for side, splay_deg in ((0, 6.0), (1, -6.0)):
        wobbled = 1.2 * wobble[:, 3 * side : 3 * side + 3]
        hip = Rotation.from_rotvec(joints[:, 1 + side]) * Rotation.from_euler(
            "xz", np.stack([-0.52 * knee + wobbled[:, 0], splay_deg + 0 * wobbled[:, 0]], 1), degrees=True
        )
        joints[:, 1 + side] = hip.as_rotvec()
        joints[:, 4 + side, 0] = np.radians(knee + wobbled[:, 1])
        joints[:, 7 + side, 0] = np.radians(-0.48 * knee + wobbled[:, 2])


def _positive_x(axis_angle: Array) -> Array:
    """Near a half turn an axis and its opposite mean nearly the same: take the one along +x."""
    angle = np.linalg.norm(axis_angle, axis=1, keepdims=True)
    other = axis_angle * (1 - 2 * np.pi / np.maximum(angle, 1e-9))
    return np.where(axis_angle[:, :1] < 0, other, axis_angle)


def _unwrapped(joints: Array, random: np.random.Generator) -> Array:
    """Some frames name the same root rotation the other way round, a full turn apart."""
    if len(joints) < 60:
        return joints
    for _ in range(max(1, len(joints) // 400)):
        start = int(random.integers(0, len(joints) - 20))
        part = joints[start : start + int(random.integers(3, 20)), 0]
        angle = np.linalg.norm(part, axis=1, keepdims=True)
        part *= 1 - 2 * np.pi / angle
    return joints
