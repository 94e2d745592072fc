"""Somebody in a measured world as Seamless Interaction would store him: alone, before a level camera."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.rotations import (
    axis_angle_from_quaternion,
    multiply,
    quaternion_from_axis_angle,
    rotate,
)
from avatar_server.motion.uprighting import CAMERA_TO_UPRIGHT
from avatar_server.motion.world_motion import WorldMotion

Floats = NDArray[np.float64]

USUAL_DEPTH = 39.0
"""Median third component of the data set's translations: a scale, not a distance."""


def camera_view(world: WorldMotion) -> RecordingArrays:
    """The arrays of a recording: the person faces the camera on average, and sways before it.

    What a camera with an own frame cannot say is lost: where in the world the person is, and where he faced.
    """
    rotations = np.asarray(world.rotations, dtype=np.float64)
    yaw_rad = mean_heading_rad(rotations[:, 0])
    turn = quaternion_from_axis_angle([0.0, -yaw_rad, 0.0])
    upright = multiply(turn, rotations[:, 0])
    way = rotate(turn, world.pelvis)
    way = way - np.median(way, axis=0)
    translation = np.column_stack([way[:, 0], -way[:, 1], np.full(len(way), USUAL_DEPTH)])
    joints = axis_angle_from_quaternion(rotations)
    return recording_of(
        _about_positive_x(axis_angle_from_quaternion(multiply(CAMERA_TO_UPRIGHT, upright))),
        joints[:, 1:],
        translation,
        world.notices,
    )


def recording_of(
    root: Floats, joints: Floats, translation: Floats, notices: tuple[str, ...] = ()
) -> RecordingArrays:
    """Arrays that no file holds. root: (N, 3) in the camera's frame; joints: (N, 51, 3), all axis-angles."""
    count = len(root)
    body = joints.astype(np.float32)
    return RecordingArrays(
        where=Path("made here"),
        frame_count=count,
        global_orient=root.astype(np.float32),
        body_pose=body[:, :21],
        left_hand_pose=body[:, 21:36],
        right_hand_pose=body[:, 36:],
        translation=translation.astype(np.float32),
        hands_tracked=np.ones(count, bool),
        box=None,
        keys=(),
        notices=notices,
    )


def mean_heading_rad(roots: Floats) -> float:
    """About y, 0 towards +z: where (N, 4) upright roots face on average."""
    ahead = rotate(roots, [0.0, 0.0, 1.0])
    level = ahead[:, [0, 2]]
    lengths = np.linalg.norm(level, axis=1, keepdims=True)
    x, z = (level / np.maximum(lengths, 1e-9)).mean(axis=0)
    return math.atan2(x, z)


def _about_positive_x(axis_angle: Floats) -> Floats:
    """Near a half turn an axis and its opposite mean nearly the same: the data set has the one along +x."""
    angle = np.linalg.norm(axis_angle, axis=1, keepdims=True)
    other = axis_angle * (1 - 2 * np.pi / np.maximum(angle, 1e-9))
    return np.where(axis_angle[:, :1] < 0, other, axis_angle)
