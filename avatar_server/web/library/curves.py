"""Curves of a recording's face, at the true times of their frames."""

from __future__ import annotations

import math

import numpy as np

from avatar_server.dataset.face_features import FaceFeatures, read_face
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.motion.frame_rate import find_frame_rate
from avatar_server.web.library.curve_names import CurveName
from avatar_server.web.library.downsampling import kept_frames
from avatar_server.web.library.header_lengths import read_lengths
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.shapes import Curve, CurvesOfPerson
from avatar_server.web.library.without_paths import without_paths

MOST_VALUES = 1_000_000
"""In one answer, about 15 MB of text."""

_TIME_DIGITS, _VALUE_DIGITS = 4, 5


def curves_of(
    files: RecordingFiles,
    participant: str,
    names: tuple[CurveName, ...],
    *,
    start_s: float,
    end_s: float,
    points: int | None,
) -> CurvesOfPerson:
    """These curves of one person from `start_s` to before `end_s`, at most `points` values each if given.

    Raises `RefusalError` 422 if that is more than an answer holds; InputError for a file that is no NPZ.
    """
    face = read_face(files.npz, (name.feature for name in names))
    read = read_lengths(files)
    # Without a body there is no other way to tell the rate than by the frames of the face.
    rate = read.rate or find_frame_rate(max(1, face.frame_count), read.sound_s)
    shown = [name for name in names if name.feature in face.values]
    rate_hz = float(rate.rate_hz)
    # Of the frame at the start itself no rounding may decide.
    first = max(0, math.ceil(start_s * rate_hz - 1e-6))
    last = face.frame_count if math.isinf(end_s) else max(first, math.ceil(end_s * rate_hz - 1e-6))
    length = min(last, face.frame_count) - first
    if points is None and length * len(shown) > MOST_VALUES:
        raise RefusalError(
            422, f"{length} frames of {len(shown)} curves: more than {MOST_VALUES} values, give points"
        )
    return CurvesOfPerson(
        id=str(files.id),
        participant=participant,
        rate=str(rate.rate_hz),
        rate_hz=rate_hz,
        rate_found=rate.how,
        frame_count=face.frame_count,
        group=face.group,
        curves=tuple(_curve(face, name, rate_hz, first, last, points) for name in shown),
        absent=face.absent,
        notices=tuple(
            without_paths(sentence, [files.npz.parent]) for sentence in (*read.notices, *face.notices)
        ),
    )


def _curve(
    face: FaceFeatures, name: CurveName, rate_hz: float, first: int, last: int, points: int | None
) -> Curve:
    values = face.values[name.feature][first:last, name.column]
    kept = np.arange(len(values)) if points is None else kept_frames(values, points)
    times_s = np.round((first + kept) / rate_hz, _TIME_DIGITS)
    return Curve(
        name=str(name),
        dead=name.is_dead,
        times_s=tuple(times_s.tolist()),
        values=tuple(
            round(value, _VALUE_DIGITS) if math.isfinite(value) else None for value in values[kept].tolist()
        ),
    )
