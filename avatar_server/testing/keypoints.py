"""Boxes and COCO-WholeBody key points: the fitted skeleton projected into the picture.

Order of the 133 points: 17 body, 6 feet, 68 face, 21 left hand, 21 right hand (Jin et al. 2020).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.camera_space import PICTURE_SIZE, FittedBody
from avatar_server.testing.skeleton import FINGERTIP_BEYOND_LAST_JOINT_M, REST_JOINTS, joint_frames

Array = NDArray[np.float64]

_NOSE, _LEFT_EYE, _LEFT_EAR = (0.0, 0.075, 0.115), (0.032, 0.105, 0.090), (0.076, 0.085, 0.005)
_BODY_JOINTS = (16, 17, 18, 19, 20, 21, 1, 2, 4, 5, 7, 8)
"""Shoulders, elbows, wrists, hips, knees, ankles: points 5 to 16."""

_FINGERS = (4, 0, 1, 3, 2)
"""COCO goes thumb to pinky; SMPL-H index, middle, pinky, ring, thumb."""


def keypoints_of(body: FittedBody, random: np.random.Generator) -> tuple[Array, Array]:
    """Key points (N, 133, 3) as x, y in pixels and score; boxes (N, 4) as x0, y0, x1, y1 in pixels."""
    places, turns = joint_frames(body.joints)
    head, head_turn = places[:, 15], turns[:, 15]

    def on_head(points: Array) -> Array:
        return np.asarray(head[:, None] + np.einsum("nij,kj->nki", head_turn, points))

    mirror = np.array([-1.0, 1.0, 1.0])
    skull = np.array([_NOSE, _LEFT_EYE, mirror * _LEFT_EYE, _LEFT_EAR, mirror * _LEFT_EAR])
    feet = []
    for ankle, foot in ((7, 10), (8, 11)):
        toe = REST_JOINTS[foot] - REST_JOINTS[ankle]
        outward = np.sign(REST_JOINTS[foot, 0])
        for local in (
            toe * 1.5 + [-0.02 * outward, 0, 0],
            toe * 1.4 + [0.03 * outward, 0, 0],
            -0.35 * toe * [1, -1, 1],
        ):
            feet.append(places[:, ankle] + turns[:, ankle] @ np.asarray(local))
    points = np.concatenate(
        [
            on_head(skull),
            places[:, _BODY_JOINTS],
            np.stack(feet, axis=1),
            on_head(_face_points()),
            _hand_points(places, turns, 20, 22, 1.0),
            _hand_points(places, turns, 21, 37, -1.0),
        ],
        axis=1,
    )
    pixels = project(points + body.translation[:, None], body)
    pixels += random.normal(0.0, 0.6, pixels.shape)
    score = np.full(pixels.shape[:2], 0.92)
    score[:, 13:23] = 0.45
    score += random.normal(0.0, 0.02, score.shape)
    margin = np.array([40.0, 60.0])
    size = np.array(body.picture_size, dtype=float)
    box = np.concatenate(
        [(pixels.min(axis=1) - margin).clip(0, size), (pixels.max(axis=1) + margin).clip(0, size)], axis=1
    )
    return np.concatenate([pixels, score.clip(0, 1)[..., None]], axis=2), box


def project(points: Array, body: FittedBody) -> Array:
    """Pixels (..., 2) of points (..., 3) in the frame of the camera that `body` was fitted with."""
    centre = np.array(body.picture_size) / 2
    return np.asarray(body.focal_px * points[..., :2] / points[..., 2:] + centre)


def _hand_points(places: Array, turns: Array, wrist: int, first: int, side: float) -> Array:
    points = [places[:, wrist]]
    for finger in _FINGERS:
        joints = first + 3 * finger + np.arange(3)
        along = REST_JOINTS[joints[2]] - REST_JOINTS[joints[1]]
        tip = along / np.linalg.norm(along) * FINGERTIP_BEYOND_LAST_JOINT_M
        points += [places[:, joint] for joint in joints]
        points.append(places[:, joints[2]] + turns[:, joints[2]] @ tip)
    return np.stack(points, axis=1)


def _face_points() -> Array:
    """68 landmarks in the usual order on an ellipsoid face, in the head's frame, metres."""
    degrees = np.linspace(-80, 80, 17)
    jaw = np.stack([-0.072 * np.sin(np.radians(degrees)), 0.055 - 0.095 * np.cos(np.radians(degrees)),
                    0.03 + 0.06 * np.cos(np.radians(degrees))], axis=1)  # fmt: skip

    def arc(x0: float, x1: float, y: float, rise: float, z: float, count: int) -> Array:
        s = np.linspace(0, 1, count)
        return np.stack([x0 + (x1 - x0) * s, y + rise * np.sin(np.pi * s), np.full(count, z)], axis=1)

    def ring(x: float, y: float, width: float, height: float, count: int) -> Array:
        angle = np.pi - 2 * np.pi * np.arange(count) / count
        return np.stack([x + width * np.cos(angle), y + height * np.sin(angle), np.full(count, 0.1)], axis=1)

    bridge = np.stack([np.zeros(4), np.linspace(0.105, 0.078, 4), np.linspace(0.095, 0.118, 4)], axis=1)
    return np.concatenate(
        [
            jaw,
            arc(-0.055, -0.015, 0.122, 0.008, 0.095, 5),
            arc(0.015, 0.055, 0.122, 0.008, 0.095, 5),
            bridge,
            arc(-0.016, 0.016, 0.066, -0.003, 0.105, 5),
            ring(-0.032, 0.105, 0.013, 0.005, 6),
            ring(0.032, 0.105, 0.013, 0.005, 6),
            ring(0.0, 0.035, 0.025, 0.010, 12),
            ring(0.0, 0.035, 0.020, 0.004, 8),
        ]
    )


def mask_outside(points: Array) -> Array:
    """(N, 133) whether each key point lies in the picture."""
    size = np.array(PICTURE_SIZE)
    return np.asarray(((points[..., :2] >= 0) & (points[..., :2] < size)).all(axis=-1))


def rolled(body: FittedBody) -> FittedBody:
    """The same body in a picture stored on its side: turned by 90 degrees about the line of sight."""
    quarter = Rotation.from_euler("z", 90, degrees=True)
    joints = body.joints.copy()
    joints[:, 0] = (quarter * Rotation.from_rotvec(joints[:, 0])).as_rotvec()
    translation = body.translation.copy()
    translation[:, :2] = translation[:, [1, 0]] * [-1.0, 1.0]
    return replace(body, joints=joints, translation=translation)
