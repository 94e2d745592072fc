"""Faces of the data set's `movement` groups: action units, and gaze as far as it can be understood.

`gaze_encodings` come without any calibration: centre, scale and signs are unknown. They are centred on their
median, brought to the size of the small turns that eyes make in conversation, and taken as turns about the
axes of an upright face: first sideways, positive to its own left, then down. `head_encodings` are not used:
the head's turns are in the body's motion.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.face_features import FaceFeatures, read_face
from avatar_server.face.action_units import weights_of_action_units
from avatar_server.face.arkit import ARKIT_INDEX, GAZE_NAMES
from avatar_server.face.column_order import ALIVE
from avatar_server.face.eye_turns import gaze_weights
from avatar_server.face.recorded import RecordedFace, recorded_face
from avatar_server.face.track import FaceTrack
from avatar_server.motion.frame_rate import find_frame_rate

FEATURES = ("fau", "gaze")

GAZE_SIZE = 0.35
"""Weight that the eyes of an uncalibrated gaze come close to and never reach: about 10 degrees."""


def read_movement_face(
    npz: Path, duration_s: float | None, rate_hz: Fraction | None = None
) -> tuple[RecordedFace | None, tuple[str, ...]]:
    """The face in a recording's NPZ, None if nobody measured one; and notices, also of what is broken.

    duration_s: of the recording, which tells the rate unless `rate_hz` does. Raises InputError for a file
    that is no NPZ.
    """
    features = read_face(npz, FEATURES)
    rate_hz = rate_hz or find_frame_rate(max(1, features.frame_count), duration_s).rate_hz
    return movement_face(features, rate_hz, where=npz), features.notices


def movement_face(features: FaceFeatures, rate_hz: Fraction, *, where: str | Path) -> RecordedFace | None:
    """The face that these features show; None if they show none."""
    units = features.values.get("fau")
    if units is None or not np.isfinite(units).all(axis=1).any():
        return None
    weights = weights_of_action_units(units)
    weights[:, [ARKIT_INDEX[name] for name in GAZE_NAMES]] = np.nan
    weights[~np.isfinite(units).all(axis=1)] = np.nan
    gaze = features.values.get("gaze")
    if gaze is not None and (turns := _turns(gaze)) is not None:
        both = min(len(turns), len(weights))
        for eye in ("Left", "Right"):
            for name, values in gaze_weights(turns[:both, 0], -turns[:both, 1], eye).items():
                weights[:both, ARKIT_INDEX[name]] = np.where(
                    np.isnan(weights[:both, ARKIT_INDEX["jawOpen"]]), np.float32(np.nan), values
                )
    return recorded_face(
        FaceTrack(rate_hz, weights, f"action units ({features.group})", is_gaze_calibrated=False), where
    )


def _turns(gaze: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """(N, 2) to the face's own left and down, within `GAZE_SIZE`; None where the eyes never move."""
    seen = np.isfinite(gaze).all(axis=1)
    if not seen.any():
        return None
    centre = np.median(gaze[seen], axis=0)
    low, high = np.percentile(gaze[seen], [5, 95], axis=0)
    spread = float((high - low).max()) / 2
    if spread <= ALIVE:
        return None
    frames = np.arange(len(gaze))
    whole = np.column_stack([np.interp(frames, frames[seen], gaze[seen, column]) for column in (0, 1)])
    return np.asarray(GAZE_SIZE * np.tanh((whole - centre) / spread), np.float32)
