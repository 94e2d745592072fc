"""Motion as other programs take it: the arrays of a Seamless recording, and those of an AMASS file."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.foreign.camera_view import recording_of
from avatar_server.motion.foreign.person_arrays import SMPLH_PELVIS_M
from avatar_server.motion.foreign.world import TO_Y_UP
from avatar_server.motion.rotations import (
    axis_angle_from_quaternion,
    multiply,
    quaternion_from_axis_angle,
    quaternion_from_matrix,
    slerp,
)
from avatar_server.motion.world_motion import WorldMotion

SEAMLESS_RATE_HZ = Fraction(30)
"""What players take where no sound tells the rate."""

AMASS_BETAS = 16


def seamless_arrays(arrays: RecordingArrays) -> dict[str, NDArray[Any]]:
    """Under the data set's keys, in its shapes and types."""
    found: dict[str, NDArray[Any] | None] = {
        "smplh:global_orient": arrays.global_orient,
        "smplh:body_pose": arrays.body_pose,
        "smplh:left_hand_pose": arrays.left_hand_pose,
        "smplh:right_hand_pose": arrays.right_hand_pose,
        "smplh:translation": arrays.translation,
        "smplh:is_valid": arrays.hands_tracked,
        "boxes_and_keypoints:box": arrays.box,
    }
    return {key: array for key, array in found.items() if array is not None}


def at_rate(
    arrays: RecordingArrays, rate_hz: Fraction, new_rate_hz: Fraction, frame_count: int
) -> RecordingArrays:
    """The same motion in `frame_count` frames on another rate, by slerp; the last frame is held."""
    places = np.minimum(np.arange(frame_count) * float(rate_hz / new_rate_hz), arrays.frame_count - 1)
    before = places.astype(int)
    after = np.minimum(before + 1, arrays.frame_count - 1)
    share = places - before

    def turned(axis_angle: NDArray[np.float32]) -> NDArray[np.float64]:
        quaternions = quaternion_from_axis_angle(axis_angle)
        shares = share.reshape(-1, *(1,) * (quaternions.ndim - 2))
        return axis_angle_from_quaternion(slerp(quaternions[before], quaternions[after], shares))

    nearest = np.where(share < 0.5, before, after)
    hands = [
        np.zeros((frame_count, 15, 3)) if hand is None else turned(hand)
        for hand in (arrays.left_hand_pose, arrays.right_hand_pose)
    ]
    way = np.zeros((frame_count, 3))
    if arrays.translation is not None:
        first, second = arrays.translation[before], arrays.translation[after]
        way = first + share[:, None] * (second - first)
    joints = np.concatenate([turned(arrays.body_pose), *hands], axis=1)
    made = recording_of(turned(arrays.global_orient), joints, way, arrays.notices)
    return replace(
        made,
        where=arrays.where,
        left_hand_pose=None if arrays.left_hand_pose is None else made.left_hand_pose,
        right_hand_pose=None if arrays.right_hand_pose is None else made.right_hand_pose,
        translation=None if arrays.translation is None else made.translation,
        hands_tracked=arrays.hands_tracked[nearest],
        box=None if arrays.box is None else arrays.box[nearest],
    )


def amass_arrays(world: WorldMotion) -> dict[str, NDArray[Any]]:
    """SMPL-H as AMASS stores it: z up, metres, the translation of the body model's origin."""
    turn = TO_Y_UP["z"].T
    rotations = np.asarray(world.rotations, dtype=np.float64)
    rotations[:, 0] = multiply(quaternion_from_matrix(turn), rotations[:, 0])
    betas = np.zeros(AMASS_BETAS)
    if world.betas is not None:
        betas[: len(world.betas)] = world.betas[:AMASS_BETAS]
    return {
        "poses": axis_angle_from_quaternion(rotations).reshape(world.frame_count, -1),
        "trans": world.pelvis @ turn.T - SMPLH_PELVIS_M,
        "betas": betas,
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(float(world.rate_hz)),
    }
