"""The face of one recording over time, as the data set stores it: action units, emotion, gaze and head.

Names of action units and emotions are those of the columns, in their order; the files do not hold them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import Floats, read_headers, read_keys
from avatar_server.errors import InputError

FAU_NAMES = (
    "InnerBrowRaiser",
    "OuterBrowRaiser",
    "BrowLowerer",
    "UpperLidRaiser",
    "CheekRaiser",
    "LidTightener",
    "NoseWrinkler",
    "UpperLipRaiser",
    "LipCornerPuller",
    "CheekPuffer",
    "Dimpler",
    "LipCornerDepressor",
    "LowerLipDepressor",
    "ChinRaiser",
    "LipPuckerer",
    "LipStretcher",
    "LipFunneler",
    "LipTightener",
    "LipPressor",
    "LipsParts",
    "JawDrop",
    "LipSuck",
    "JawSideways",
    "EyesClosed",
)
"""Columns of FAUValue, 0..2."""

DEAD_COLUMNS = (16, 17, 18)
"""Columns of FAUValue that are zero in all recordings."""

EMOTION_NAMES = ("Anger", "Contempt", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise")
"""Columns of emotion_scores."""

FACE_GROUPS = ("movement", "movement_v4")
"""Where the arrays of a face are looked for; the first that has any is taken."""

FACE_ARRAYS = {
    "emotion": ("emotion_scores", EMOTION_NAMES),
    "valence": ("emotion_valence", ("",)),
    "arousal": ("emotion_arousal", ("",)),
    "fau": ("FAUValue", FAU_NAMES),
    "gaze": ("gaze_encodings", ("0", "1")),
    "head": ("head_encodings", ("0", "1", "2")),
}
"""Feature to its array and the names of the columns; a feature of one number has a column without a name."""

_NEVER_ALL_ZERO = ("emotion_scores", "FAUValue")
"""Both are zero in a frame only where nothing was measured."""


@dataclass(frozen=True, eq=False, slots=True)
class FaceFeatures:
    """N frames of a face.

    group: one of `FACE_GROUPS`, empty if there is no face. values: feature (see `FACE_ARRAYS`) to
    (N, columns) float32, not finite where nothing was measured. absent: features that are not there.
    notices: sentences for people.
    """

    group: str
    frame_count: int
    values: dict[str, Floats]
    absent: tuple[str, ...]
    notices: tuple[str, ...] = ()


def read_face(npz: Path, features: Iterable[str]) -> FaceFeatures:
    """These features (keys of `FACE_ARRAYS`) of a recording; InputError for a file that is no NPZ.

    A frame counts as not measured, and is NaN in all features, where `is_valid` is 0 or where emotion and
    action units are all zero. A feature whose array is broken is absent, and a notice says why.
    """
    wanted = tuple(dict.fromkeys(features))
    there = {header.key: header.shape for header in read_headers(npz)}
    group = next(
        (
            group
            for group in FACE_GROUPS
            if any(f"{group}:{array}" in there for array, _ in FACE_ARRAYS.values())
        ),
        "",
    )
    notices: list[str] = []
    arrays: dict[str, Floats] = {}
    names = {"is_valid", *_NEVER_ALL_ZERO, *(FACE_ARRAYS[feature][0] for feature in wanted)}
    columns = {"is_valid": 1, **{array: len(names) for array, names in FACE_ARRAYS.values()}}
    for name in sorted(names):
        key = f"{group}:{name}"
        if key not in there or not there[key] or there[key][0] == 0:
            continue
        try:
            (array,) = read_keys(npz, [key])
            arrays[name] = array.reshape(len(array), -1)
            if arrays[name].shape[1] != columns[name]:
                raise InputError(
                    expected=f"{columns[name]} columns",
                    came=f"{arrays.pop(name).shape[1]}",
                    where=f"{npz} ({key})",
                )
        except InputError as error:
            arrays.pop(name, None)
            notices.append(str(error))
    frame_count = max((len(array) for array in arrays.values()), default=0)
    lost = _not_measured(arrays, frame_count)
    values = {}
    for feature in wanted:
        found = arrays.get(FACE_ARRAYS[feature][0])
        if found is not None:
            values[feature] = np.where(lost[: len(found), None], np.float32(np.nan), found)
    absent = tuple(feature for feature in wanted if feature not in values)
    return FaceFeatures(group if values else "", frame_count, values, absent, tuple(notices))


def _not_measured(arrays: dict[str, Floats], frame_count: int) -> NDArray[np.bool_]:
    """(frame_count,); frames beyond the end of an array are not judged by it."""
    lost = np.zeros(frame_count, np.bool_)
    valid = arrays.get("is_valid")
    if valid is not None:
        # Written so that NaN counts as not valid.
        lost[: len(valid)] |= ~(valid[:, 0] >= 0.5)
    telling = [arrays[name] for name in _NEVER_ALL_ZERO if name in arrays]
    if telling:
        both = min(len(array) for array in telling)
        zero = np.logical_and.reduce([(array[:both] == 0).all(axis=1) for array in telling])
        lost[:both] |= zero
    return lost
