"""Counts what the plans of `gaps` and the camera's offset do to one recording."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.gaps import (
    GapPlan,
    Mask,
    body_missing,
    hand_missing,
    plan_body,
    plan_hands,
    sentinels,
)
from avatar_server.motion.presets import NATURAL, Legs
from avatar_server.motion.uprighting import CameraOffset


def count_repairs(
    missing: Mask,
    sentinel_frames: int,
    rate: FrameRate,
    *,
    present: Mask,
    hand_plans: Sequence[GapPlan | None],
    offset: CameraOffset,
    legs: Legs,
) -> MotionRepairs:
    """What these plans change.

    missing: see `body_missing`; sentinel_frames: how many `sentinels` there are. present: see `plan_body`;
    hand_plans: None for a hand without an array.
    """
    relaxed = np.zeros(len(missing), bool)
    filled = np.zeros(len(missing), bool)
    for plan in hand_plans:
        if plan is None:
            relaxed[:] = True
            continue
        filled[plan.frames] = True
        relaxed[plan.frames[plan.relaxed > 0]] = True
    return MotionRepairs(
        rate=str(rate.rate_hz),
        rate_found=rate.how,
        sentinel_frames=sentinel_frames,
        body_bridged_frames=int((missing & present).sum()),
        body_held_frames=int((~present).sum()),
        hands_bridged_frames=int((filled & ~relaxed).sum()),
        hands_relaxed_frames=int(relaxed.sum()),
        turned_deg=90 * offset.quarter_turns,
        lean_deg=math.degrees(offset.lean_rad),
        roll_deg=math.degrees(offset.roll_rad),
        turn_deg=math.degrees(offset.turn_rad),
        legs_held=legs == "still",
    )


def natural_repairs(arrays: RecordingArrays, rate: FrameRate, offset: CameraOffset) -> MotionRepairs:
    """What the preset `natural` does to `arrays`, without doing it; at least one frame has a body."""
    missing = body_missing(arrays)
    _, present = plan_body(missing, rate.rate_hz)
    plans = [
        None if hand is None else plan_hands(hand_missing(arrays, hand), rate.rate_hz)
        for hand in (arrays.left_hand_pose, arrays.right_hand_pose)
    ]
    return count_repairs(
        missing,
        int(sentinels(arrays).sum()),
        rate,
        present=present,
        hand_plans=plans,
        offset=offset,
        legs=NATURAL.legs,
    )
