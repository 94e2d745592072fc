"""What is wrong with real recordings, by name, so that a test can ask for it.

Quirks that change arrays are applied here; those that change sound, time or files are read by
`synthetic_interaction`. "First" is P0947, "second" P1275A.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import UsageError

Arrays = dict[str, NDArray[Any]]

QUIRKS: dict[str, str] = {
    "rate-29.97": "both motions run at 30000/1001 Hz, as in most of vendor V03",
    "partner-rate-25": "the second motion runs at 25 Hz whatever the first does",
    "invalid-hands-short": "first: hands frozen and smplh:is_valid false in many runs of 2 to 6 frames",
    "invalid-hands-long": "first: hands frozen and smplh:is_valid false over the middle third",
    "missing-body": "first: no body in the fourth second; translation 1e12 to 1e14, boxes zero",
    "movement-zero-blocks": "first: blocks of 60 frames where all of movement:* is zero, is_valid included",
    "sideways": "second: stored lying on its side, root rolled by 90 degrees",
    "seated": "second: sits on a chair",
    "stretched": "both: ids of vendor V01, fitted to a picture that is stored stretched to 2160x2160",
    "unequal-lengths": "the second recording (motion and sound) ends 1.7 s before the first",
    "empty-wav": "second: a WAV of 58 bytes without a sample",
    "missing-partner": "no files of the second participant",
    "no-movement": "both: no movement:* arrays, as outside vendor V00",
    "no-boxes": "both: no boxes_and_keypoints:* arrays",
    "zero-frames": "second: every array has zero frames",
    "float64": "both: float arrays stored as float64",
    "flattened": "both: body_pose (N, 63) and hand poses (N, 45), as models write them",
    "null-word-times": "both: every third word of the transcript has neither start nor end",
    "flash-and-click": "both: nearly silent and still, but at given times a click, and both arms thrown up",
    "quiet-voice": "both: speech at -42 dBFS, as in vendor V00",
    "pickled-objects": "second: smplh:body_pose is a pickled object array, which must never be loaded",
    "truncated-npz": "second: the NPZ ends after two thirds of its bytes",
    "all-invalid": "second: no body in any frame",
    "wrong-shapes": "second: smplh:body_pose has 20 joints",
}
"""Name to what it does."""

MISSING_BODY_S = (3.0, 4.0)
"""From when to when `missing-body` has no body."""

UNEQUAL_BY_S = 1.7

_FLOATING = ("smplh:global_orient", "smplh:body_pose", "smplh:left_hand_pose", "smplh:right_hand_pose")


def check_quirks(quirks: Collection[str]) -> frozenset[str]:
    """The same names as a set; UsageError naming the known ones if one is unknown."""
    unknown = sorted(set(quirks) - QUIRKS.keys())
    if unknown:
        raise UsageError(f"unknown quirk {', '.join(unknown)}; the known ones are {', '.join(QUIRKS)}")
    return frozenset(quirks)


def apply_quirks(arrays: Arrays, quirks: frozenset[str], person: int, rate_hz: float, seed: int) -> Arrays:
    """The arrays of `person` (0 or 1) with what `quirks` do to them; the input is not changed."""
    random = np.random.default_rng([seed, 9, person])
    arrays = {key: array.copy() for key, array in arrays.items()}
    count = len(arrays["smplh:is_valid"])
    if person == 0:
        if "invalid-hands-short" in quirks:
            for start in range(10, count - 8, 40):
                _freeze_hands(arrays, start, start + int(random.integers(2, 7)))
        if "invalid-hands-long" in quirks:
            _freeze_hands(arrays, count // 3, 2 * count // 3)
        if "missing-body" in quirks:
            start_s, end_s = MISSING_BODY_S
            _lose_body(arrays, round(start_s * rate_hz), round(end_s * rate_hz), random)
        if "movement-zero-blocks" in quirks:
            for start in range(60, max(61, count - 60), 240):
                _zero_movement(arrays, start, start + 60)
    if person == 1:
        if "all-invalid" in quirks:
            _lose_body(arrays, 0, count, random)
        if "wrong-shapes" in quirks:
            arrays["smplh:body_pose"] = arrays["smplh:body_pose"][:, :20]
        if "zero-frames" in quirks:
            arrays = {key: array[:0] for key, array in arrays.items()}
        if "pickled-objects" in quirks:
            boxed = np.empty(1, dtype=object)
            boxed[0] = arrays["smplh:body_pose"].tolist()
            arrays["smplh:body_pose"] = boxed
    if "no-movement" in quirks:
        arrays = {key: array for key, array in arrays.items() if not key.startswith("movement:")}
    if "no-boxes" in quirks:
        arrays = {key: array for key, array in arrays.items() if not key.startswith("boxes_and_keypoints:")}
    if "flattened" in quirks:
        for key in ("smplh:body_pose", "smplh:left_hand_pose", "smplh:right_hand_pose"):
            if arrays[key].ndim == 3:
                arrays[key] = arrays[key].reshape(len(arrays[key]), -1)
    if "float64" in quirks:
        arrays = {k: a.astype(np.float64) if a.dtype == np.float32 else a for k, a in arrays.items()}
    return arrays


def _freeze_hands(arrays: Arrays, start: int, end: int) -> None:
    for key in ("smplh:left_hand_pose", "smplh:right_hand_pose"):
        arrays[key][start:end] = arrays[key][max(0, start - 1)]
    arrays["smplh:is_valid"][start:end] = False


def _lose_body(arrays: Arrays, start: int, end: int, random: np.random.Generator) -> None:
    frames = slice(start, min(end, len(arrays["smplh:is_valid"])))
    shape = arrays["smplh:translation"][frames].shape
    size = 10 ** random.uniform(12.0, 14.0, (shape[0], 1))
    arrays["smplh:translation"][frames] = size * random.choice([-1.0, 1.0], shape)
    arrays["smplh:is_valid"][frames] = False
    for key in _FLOATING:
        arrays[key][frames] = 0.0
    arrays["boxes_and_keypoints:box"][frames] = 0.0
    arrays["boxes_and_keypoints:is_valid_box"][frames] = False
    arrays["boxes_and_keypoints:keypoints"][frames] = 0.0


def _zero_movement(arrays: Arrays, start: int, end: int) -> None:
    for key, array in arrays.items():
        if key == "movement:hypernet_features":
            array[start // 15 : end // 15] = 0.0
        elif key.startswith("movement:"):
            array[start:end] = 0.0
