"""Seamless Interaction arrays to a `MotionClip`: the order of the steps, for each preset."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.errors import InputError
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate
from avatar_server.motion.gaps import (
    HAND_BRIDGE_S,
    SENTINEL_M,
    GapPlan,
    body_missing,
    hand_missing,
    longest_run,
    plan_body,
    plan_hands,
)
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.repairs import count_repairs
from avatar_server.motion.rest_poses import LEG_JOINTS, RELAXED_LEFT_HAND, RELAXED_RIGHT_HAND, STANDING_LEGS
from avatar_server.motion.rotations import (
    IDENTITY,
    continuous,
    multiply,
    normalised,
    quaternion_from_axis_angle,
    rotate,
)
from avatar_server.motion.smoothing import smooth, smoothing_kernel
from avatar_server.motion.uprighting import (
    SPINE_JOINTS,
    CameraOffset,
    chest_orientations,
    find_camera_offset,
    head_corrections,
)

Floats = NDArray[np.float64]

NECK, HEAD = 12, 15
FIRST_LEFT_HAND_JOINT, FIRST_RIGHT_HAND_JOINT = 22, 37

SWAY_SMOOTHING_S = 0.15
SWAY_LIMIT_M = 0.20
BOB_LIMIT_M = 0.04
"""Sway sideways and up runs softly into these limits: the feet stay where they are."""

GENEA_ZERO = (0, 1, 2, 3, 4, 6, 7, 9, 10)
GENEA_CENTRED = (11, 14)
"""Indices into body_pose (joint - 1) that the GENEA Challenge 2026 renders zero, and rid of their mean."""


def motion_from_recording(
    arrays: RecordingArrays,
    sound_duration_s: float | None,
    preset: MotionPreset,
    *,
    rate: FrameRate | None = None,
) -> MotionClip:
    """The motion of one recording; `sound_duration_s` (None without sound) tells the frame rate.

    rate: if it is known already, as it is for a part of a recording.

    Raises InputError if no frame of the recording has a body.
    """
    missing = body_missing(arrays)
    if missing.all():
        raise InputError(
            expected="at least one frame with a body",
            came=f"{arrays.frame_count} frames, all invalid",
            where=arrays.where,
        )
    rate = rate or find_frame_rate(arrays.frame_count, sound_duration_s)
    if preset.convention == "genea":
        return _genea(arrays, rate, preset)
    return _natural(arrays, missing, rate, preset)


def _natural(
    arrays: RecordingArrays, missing: NDArray[np.bool_], rate: FrameRate, preset: MotionPreset
) -> MotionClip:
    notices = [*arrays.notices, *rate.notices]
    body_plan, present = plan_body(missing, rate.rate_hz)
    if missing.any():
        notices.append(_share_notice("no body", missing, rate.rate_hz))

    def body_joint(joint: int) -> Floats:
        recorded = arrays.global_orient if joint == 0 else arrays.body_pose[:, joint - 1]
        return _filled(recorded, body_plan, IDENTITY)

    seen = ~missing
    spine = _spine(arrays, seen)
    offset = find_camera_offset(spine)
    notices += _offset_notices(offset)
    corrections = {0: offset.correction}
    chests = multiply(offset.correction, chest_orientations(spine))
    necks, heads = (quaternion_from_axis_angle(arrays.body_pose[seen, joint - 1]) for joint in (NECK, HEAD))
    corrections[NECK], corrections[HEAD] = head_corrections(chests, necks, heads)
    del spine, chests, necks, heads

    kernel = smoothing_kernel(preset.smoothing_s, rate.rate_hz)
    rotations = np.empty((arrays.frame_count, JOINT_COUNT, 4), np.float32)
    for joint in range(FIRST_LEFT_HAND_JOINT):
        if preset.legs == "still" and joint in LEG_JOINTS:
            rotations[:, joint] = STANDING_LEGS[LEG_JOINTS.index(joint)]
            continue
        quaternions = body_joint(joint)
        if joint in corrections:
            quaternions = multiply(corrections[joint], quaternions)
        rotations[:, joint] = normalised(smooth(quaternions, kernel))
    untracked = np.zeros(arrays.frame_count, bool)
    hand_plans: list[GapPlan | None] = []
    for first, hand, relaxed in (
        (FIRST_LEFT_HAND_JOINT, arrays.left_hand_pose, RELAXED_LEFT_HAND),
        (FIRST_RIGHT_HAND_JOINT, arrays.right_hand_pose, RELAXED_RIGHT_HAND),
    ):
        if hand is None:
            rotations[:, first : first + 15] = relaxed
            hand_plans.append(None)
            continue
        lost = hand_missing(arrays, hand)
        untracked |= lost
        plan = plan_hands(lost, rate.rate_hz)
        hand_plans.append(plan)
        for finger, rest in enumerate(relaxed):
            quaternions = _filled(hand[:, finger], plan, rest)
            rotations[:, first + finger] = normalised(smooth(quaternions, kernel))
    # Shorter losses are bridged and leave nothing to see; `inspect` counts them all the same.
    if longest_run(untracked) / rate.rate_hz > HAND_BRIDGE_S:
        notices.append(_share_notice("hands not tracked, and at rest meanwhile,", untracked, rate.rate_hz))
    sway = _sway(arrays, missing, offset, rate.rate_hz)
    repairs = count_repairs(
        arrays, rate, present=present, hand_plans=hand_plans, offset=offset, legs=preset.legs
    )
    return MotionClip(rate, rotations, sway, present, preset.legs, tuple(notices), repairs)


def _genea(arrays: RecordingArrays, rate: FrameRate, preset: MotionPreset) -> MotionClip:
    """Frame by frame what the challenge's tool shows, on the true rate; validity is ignored, as there."""
    rotations = np.empty((arrays.frame_count, JOINT_COUNT, 4), np.float32)
    # The root is fixed to [pi, 0, 0] in the camera's frame, which is the identity in the upright one.
    rotations[:, 0] = IDENTITY
    for index in range(21):
        if index in GENEA_ZERO and preset.legs == "still":
            rotations[:, index + 1] = IDENTITY
            continue
        recorded = _finite(arrays.body_pose[:, index])
        if index in GENEA_CENTRED:
            recorded = recorded - recorded.mean(axis=0)
        rotations[:, index + 1] = quaternion_from_axis_angle(recorded)
    for first, hand in (
        (FIRST_LEFT_HAND_JOINT, arrays.left_hand_pose),
        (FIRST_RIGHT_HAND_JOINT, arrays.right_hand_pose),
    ):
        for finger in range(15):
            rotations[:, first + finger] = (
                IDENTITY if hand is None else quaternion_from_axis_angle(_finite(hand[:, finger]))
            )
    sway = np.zeros((arrays.frame_count, 3), np.float32)
    present = np.ones(arrays.frame_count, bool)
    notices = (*arrays.notices, *rate.notices)
    repairs = MotionRepairs(str(rate.rate_hz), rate.how, legs_held=preset.legs == "still")
    return MotionClip(rate, rotations, sway, present, preset.legs, notices, repairs)


def camera_offset(arrays: RecordingArrays) -> CameraOffset | None:
    """What the camera adds to this recording; None if no frame has a body."""
    seen = ~body_missing(arrays)
    return find_camera_offset(_spine(arrays, seen)) if seen.any() else None


def _spine(arrays: RecordingArrays, seen: NDArray[np.bool_]) -> Floats:
    """(M, 4, 4) quaternions of `SPINE_JOINTS` in the M seen frames, the root in the camera's frame."""
    root = arrays.global_orient[seen, None]
    rest = arrays.body_pose[seen][:, [joint - 1 for joint in SPINE_JOINTS[1:]]]
    return quaternion_from_axis_angle(np.concatenate([root, rest], axis=1))


def _filled(axis_angle: NDArray[np.float32], plan: GapPlan, rest: Floats) -> Floats:
    """(N, 3) of one joint to (N, 4), gaps filled, neighbours in one hemisphere."""
    quaternions = quaternion_from_axis_angle(_finite(axis_angle))
    plan.fill(quaternions, rest)
    return continuous(quaternions)


def _finite(values: NDArray[np.float32]) -> Floats:
    """float64, zero where the recording has no number."""
    return np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)


def _sway(
    arrays: RecordingArrays, missing: NDArray[np.bool_], offset: CameraOffset, rate_hz: Fraction
) -> NDArray[np.float32]:
    """(N, 3) metres sideways and up from the median place; depth is the fit's scale and says nothing."""
    sway = np.zeros((arrays.frame_count, 3), np.float32)
    if arrays.translation is None:
        return sway
    place = arrays.translation[:, :2].astype(np.float64)
    known = ~missing & np.isfinite(place).all(axis=1) & (np.abs(place) <= SENTINEL_M).all(axis=1)
    if not known.any():
        return sway
    flat = np.column_stack([place[known], np.zeros(int(known.sum()))])
    upright = rotate(offset.picture_turns, flat - np.median(flat, axis=0))
    frames = np.arange(arrays.frame_count)
    moved = np.column_stack([np.interp(frames, frames[known], upright[:, axis]) for axis in (0, 1)])
    calm = smooth(moved, smoothing_kernel(SWAY_SMOOTHING_S, rate_hz))
    limits = np.array([SWAY_LIMIT_M, BOB_LIMIT_M])
    sway[:, :2] = limits * np.tanh(calm / limits)
    return sway


def _share_notice(what: str, mask: NDArray[np.bool_], rate_hz: Fraction) -> str:
    share, longest_s = 100 * mask.mean(), float(longest_run(mask) / rate_hz)
    return f"{what} in {share:.1f} % of the frames, for {longest_s:.1f} s at the longest"


def _offset_notices(offset: CameraOffset) -> list[str]:
    if offset.quarter_turns == 0:
        return []
    how = {1: "sideways", 2: "upside down", 3: "sideways"}[offset.quarter_turns]
    return [f"the recording is stored {how}: turned upright"]
