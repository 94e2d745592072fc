"""Seamless Interaction arrays to a `MotionClip`: the order of the steps, for each preset."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.errors import InputError
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.filling import FilledJoint, filled_rotations, finite
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate
from avatar_server.motion.gaps import (
    HAND_BRIDGE_S,
    SENTINEL_M,
    GapPlan,
    body_missing,
    longest_run,
    plan_body,
    plan_hands,
)
from avatar_server.motion.pose import (
    FIRST_LEFT_HAND_JOINT,
    FIRST_RIGHT_HAND_JOINT,
    JOINT_COUNT,
)
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.recording_survey import (
    FRAMES_AT_ONCE,
    HEAD,
    NECK,
    Frames,
    RecordingSurvey,
    spine_of,
    survey,
)
from avatar_server.motion.repairs import count_repairs
from avatar_server.motion.rest_poses import LEG_JOINTS, RELAXED_LEFT_HAND, RELAXED_RIGHT_HAND, STANDING_LEGS
from avatar_server.motion.rotations import IDENTITY, multiply, quaternion_from_axis_angle, rotate
from avatar_server.motion.smoothing import smooth, smoothing_kernel
from avatar_server.motion.uprighting import (
    CameraOffset,
    find_camera_offset,
    head_corrections,
    spine_directions,
)

Floats = NDArray[np.float64]

SWAY_SMOOTHING_S = 0.15
SWAY_LIMIT_M = 0.20
BOB_LIMIT_M = 0.04
"""Sway sideways and up runs softly into these limits: the feet stay where they are."""

GENEA_ZERO = (0, 1, 2, 3, 4, 6, 7, 9, 10)
GENEA_CENTRED = (11, 14)
"""Indices into body_pose (joint - 1) that the GENEA Challenge 2026 renders zero, and rid of their mean."""


def motion_from_recording(
    frames: Frames,
    sound_duration_s: float | None,
    preset: MotionPreset,
    *,
    rate: FrameRate | None = None,
) -> MotionClip:
    """The motion of one recording; `sound_duration_s` (None without sound) tells the frame rate.

    rate: if it is known already, as it is for a part of a recording. Memory hardly grows with the length:
    `frames` are read a stretch at a time, and so is the clip.

    Raises InputError if no frame of the recording has a body, NoRoomError if there is no room for the clip.
    """
    seen = survey(frames)
    if seen.missing.all():
        raise InputError(
            expected="at least one frame with a body",
            came=f"{frames.frame_count} frames, all invalid",
            where=frames.where,
        )
    rate = rate or find_frame_rate(frames.frame_count, sound_duration_s)
    if preset.convention == "genea":
        return _genea(frames, rate, preset)
    return _natural(frames, seen, rate, preset)


def _natural(frames: Frames, seen: RecordingSurvey, rate: FrameRate, preset: MotionPreset) -> MotionClip:
    notices = [*frames.notices, *rate.notices]
    body_plan, present = plan_body(seen.missing, rate.rate_hz)
    if seen.missing.any():
        notices.append(_share_notice("no body", seen.missing, rate.rate_hz))
    offset = find_camera_offset(seen.directions, seen.chests)
    notices += _offset_notices(offset)
    corrections = {0: offset.correction}
    chests = multiply(offset.correction, seen.chests)
    corrections[NECK], corrections[HEAD] = head_corrections(chests, seen.necks, seen.heads)

    held: dict[int, Floats] = {}
    filled: list[FilledJoint] = []
    for joint in range(FIRST_LEFT_HAND_JOINT):
        if preset.legs == "still" and joint in LEG_JOINTS:
            held[joint] = STANDING_LEGS[LEG_JOINTS.index(joint)]
        else:
            filled.append(FilledJoint(joint, body_plan, IDENTITY, corrections.get(joint)))
    untracked = np.zeros(frames.frame_count, bool)
    hand_plans: list[GapPlan | None] = []
    for first, lost, relaxed in (
        (FIRST_LEFT_HAND_JOINT, seen.hands_lost[0], RELAXED_LEFT_HAND),
        (FIRST_RIGHT_HAND_JOINT, seen.hands_lost[1], RELAXED_RIGHT_HAND),
    ):
        if lost is None:
            held |= {first + finger: rest for finger, rest in enumerate(relaxed)}
            hand_plans.append(None)
            continue
        untracked |= lost
        plan = plan_hands(lost, rate.rate_hz)
        hand_plans.append(plan)
        filled += [FilledJoint(first + finger, plan, rest, None) for finger, rest in enumerate(relaxed)]
    # Shorter losses are bridged and leave nothing to see; `inspect` counts them all the same.
    if longest_run(untracked) / rate.rate_hz > HAND_BRIDGE_S:
        notices.append(_share_notice("hands not tracked, and at rest meanwhile,", untracked, rate.rate_hz))
    kernel = smoothing_kernel(preset.smoothing_s, rate.rate_hz)
    rotations = filled_rotations(frames, filled, held, kernel)
    sway = _sway(seen, offset, rate.rate_hz)
    repairs = count_repairs(
        seen.missing,
        seen.sentinel_frames,
        rate,
        present=present,
        hand_plans=hand_plans,
        offset=offset,
        legs=preset.legs,
    )
    return MotionClip(rate, rotations, sway, present, preset.legs, tuple(notices), repairs)


def _genea(frames: Frames, rate: FrameRate, preset: MotionPreset) -> MotionClip:
    """Frame by frame what the challenge's tool shows, on the true rate; validity is ignored, as there."""
    count = frames.frame_count
    parts = [(first, min(first + FRAMES_AT_ONCE, count)) for first in range(0, count, FRAMES_AT_ONCE)]
    centred = [[finite(frames.part(*part).body_pose[:, index]) for part in parts] for index in GENEA_CENTRED]
    means = {
        index: np.concatenate(recorded).mean(axis=0)
        for index, recorded in zip(GENEA_CENTRED, centred, strict=True)
    }
    rotations = KeptRows((JOINT_COUNT, 4), np.float32, "motion")
    for part in parts:
        rotations.append(_genea_part(frames.part(*part), means, preset))
    sway = np.zeros((count, 3), np.float32)
    present = np.ones(count, bool)
    notices = (*frames.notices, *rate.notices)
    repairs = MotionRepairs(str(rate.rate_hz), rate.how, legs_held=preset.legs == "still")
    return MotionClip(rate, rotations, sway, present, preset.legs, notices, repairs)


def _genea_part(
    arrays: RecordingArrays, means: Mapping[int, Floats], preset: MotionPreset
) -> NDArray[np.float32]:
    rotations = np.empty((arrays.frame_count, JOINT_COUNT, 4), np.float32)
    # The root is fixed to [pi, 0, 0] in the camera's frame, which is the identity in the upright one.
    rotations[:, 0] = IDENTITY
    for index in range(21):
        if index in GENEA_ZERO and preset.legs == "still":
            rotations[:, index + 1] = IDENTITY
            continue
        recorded = finite(arrays.body_pose[:, index])
        if index in means:
            recorded = recorded - means[index]
        rotations[:, index + 1] = quaternion_from_axis_angle(recorded)
    for first, hand in (
        (FIRST_LEFT_HAND_JOINT, arrays.left_hand_pose),
        (FIRST_RIGHT_HAND_JOINT, arrays.right_hand_pose),
    ):
        for finger in range(15):
            rotations[:, first + finger] = (
                IDENTITY if hand is None else quaternion_from_axis_angle(finite(hand[:, finger]))
            )
    return rotations


def camera_offset(arrays: RecordingArrays) -> CameraOffset | None:
    """What the camera adds to this recording; None if no frame has a body."""
    seen = ~body_missing(arrays)
    return find_camera_offset(*spine_directions(spine_of(arrays, seen))) if seen.any() else None


def _sway(seen: RecordingSurvey, offset: CameraOffset, rate_hz: Fraction) -> NDArray[np.float32]:
    """(N, 3) metres sideways and up from the median place; depth is the fit's scale and says nothing."""
    count = len(seen.missing)
    sway = np.zeros((count, 3), np.float32)
    place = seen.place
    if place is None:
        return sway
    known = ~seen.missing & np.isfinite(place).all(axis=1) & (np.abs(place) <= SENTINEL_M).all(axis=1)
    if not known.any():
        return sway
    flat = np.column_stack([place[known], np.zeros(int(known.sum()))])
    upright = rotate(offset.picture_turns, flat - np.median(flat, axis=0))
    frames = np.arange(count)
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
