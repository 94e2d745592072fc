"""Hands of files that hold none, or hold them in another way."""

from __future__ import annotations

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.motion.foreign.person_arrays import Floats
from avatar_server.motion.rest_poses import RELAXED_LEFT_HAND, RELAXED_RIGHT_HAND
from avatar_server.motion.rotations import axis_angle_from_quaternion

RELAXED_HANDS: Floats = np.concatenate(
    [axis_angle_from_quaternion(RELAXED_LEFT_HAND), axis_angle_from_quaternion(RELAXED_RIGHT_HAND)]
)
"""(30, 3) axis-angle: the left hand, then the right one."""


def rested_hands(hands: Floats | None, frame_count: int, *, mean_is_added: bool) -> tuple[Floats, Decision]:
    """(N, 30, 3) and what was decided about them.

    hands: as recorded, or None. mean_is_added: the body model adds its mean hand to these angles, as smplx
    does unless it is told `flat_hand_mean=True`; the mean is in a licensed file, so a relaxed hand stands
    for it.
    """
    if hands is None or not hands.any():
        why = "the file has none" if hands is None else "they are zero in every frame: nothing was recorded"
        return np.tile(RELAXED_HANDS, (frame_count, 1, 1)), Decision("hands", "at rest", why)
    if mean_is_added:
        why = "BEAT2's are relative to the mean hand of a licensed file; a relaxed hand stands for it"
        return hands + RELAXED_HANDS, Decision("hands", "recorded, about a relaxed hand", why)
    return hands, Decision("hands", "recorded", "the file has them, relative to a flat hand")
