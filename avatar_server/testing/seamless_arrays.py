"""All arrays of one recording's NPZ, with the names, shapes and types of the data set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.body_motion import BodyMotion
from avatar_server.testing.camera_space import FittedBody
from avatar_server.testing.dialogue import Dialogue
from avatar_server.testing.face_signals import action_units, emotions, gaze_codes
from avatar_server.testing.keypoints import keypoints_of
from avatar_server.testing.trajectory import wandering

HYPERNET_EVERY = 15
"""One row of hypernet_features for so many frames."""


def recording_arrays(
    dialogue: Dialogue,
    person: int,
    motion: BodyMotion,
    body: FittedBody,
    voice: NDArray[np.float32],
    times_s: NDArray[np.float64],
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Key `group:feature` to array; float32 but for the two validity masks, which are bool."""
    random = np.random.default_rng([seed, 10, person])
    count = len(times_s)
    points, box = keypoints_of(body, random)
    scores, valence, arousal = emotions(dialogue, person, times_s, seed)
    units = action_units(dialogue, person, times_s, voice, seed)
    head = body.joints[:, 15] + body.joints[:, 12]
    valid = np.ones(count, dtype=bool)
    for start in range(45, count - 4, 210):
        valid[start : start + 3] = False
    left, right = body.joints[:, 22:37].copy(), body.joints[:, 37:].copy()
    for last in np.flatnonzero(np.diff(valid.astype(int)) == -1):
        left[last + 1 : last + 4], right[last + 1 : last + 4] = left[last], right[last]
    arrays: dict[str, NDArray[Any]] = {
        "smplh:global_orient": body.joints[:, 0],
        "smplh:body_pose": body.joints[:, 1:22],
        "smplh:left_hand_pose": left,
        "smplh:right_hand_pose": right,
        "smplh:translation": body.translation,
        "smplh:is_valid": valid,
        "boxes_and_keypoints:box": box,
        "boxes_and_keypoints:is_valid_box": np.ones(count, dtype=bool),
        "boxes_and_keypoints:keypoints": points,
        "movement:FAUValue": units,
        "movement:FAUToken": np.round(units.mean(axis=1, keepdims=True) * 40),
        "movement:emotion_scores": scores,
        "movement:emotion_valence": valence,
        "movement:emotion_arousal": arousal,
        "movement:EmotionValenceToken": np.floor((valence + 1) * 5.99),
        "movement:EmotionArousalToken": np.floor((arousal + 1) * 5.99),
        "movement:gaze_encodings": gaze_codes(motion),
        "movement:head_encodings": head,
        "movement:alignment_head_rotation": head,
        "movement:alignment_translation": np.repeat(motion.sway_m[:, None, [0, 1, 1]], 2, axis=1),
        # Codes of an unreleased model: nobody can read them, so they only have the right shape and size.
        "movement:expression": 0.3 * wandering(times_s, 0.5, random, 128),
        "movement:frame_latent": 0.3 * wandering(times_s, 0.5, random, 64),
        "movement:hypernet_features": np.repeat(
            random.normal(0.0, 0.05, (1, 5120)), count // HYPERNET_EVERY, axis=0
        ),
        "movement:is_valid": np.ones((count, 1)),
    }
    return {key: array if array.dtype == bool else array.astype(np.float32) for key, array in arrays.items()}
