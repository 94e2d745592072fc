"""A face from a file of any kind that there is a reader for, known by its name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from avatar_server.errors import InputError
from avatar_server.face.arkit_arrays import face_from_columns, read_arkit_array
from avatar_server.face.beat_json import read_beat
from avatar_server.face.choice import FaceOrder
from avatar_server.face.live_link_csv import read_live_link
from avatar_server.face.movement import read_movement_face
from avatar_server.face.recorded import RecordedFace, recorded_face
from avatar_server.motion.frame_rate import find_frame_rate

FACE_SUFFIXES = (".npy", ".csv", ".json", ".npz")


def read_face_file(
    path: Path, *, duration_s: float | None, order: FaceOrder = "auto", rate_hz: Fraction | None = None
) -> RecordedFace:
    """The face in `path`: ARKit weights (NPY), Live Link Face (CSV), BEAT (JSON), or action units (NPZ).

    duration_s: of the recording that it belongs to, which tells the rate of files that do not, unless
    `rate_hz` does. order: of the columns of an NPY. Raises InputError for what is none of these.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return recorded_face(read_live_link(path), path)
    if suffix == ".json":
        return recorded_face(read_beat(path), path)
    if suffix == ".npy":
        array = read_arkit_array(path)
        rate_hz = rate_hz or find_frame_rate(max(1, len(array)), duration_s).rate_hz
        return face_from_columns(array, rate_hz, order, where=path)
    if suffix == ".npz":
        face, notices = read_movement_face(path, duration_s, rate_hz)
        if face is None:
            came = "; ".join(notices) or "none"
            raise InputError(expected="an array movement:FAUValue with a face", came=came, where=path)
        return face
    raise InputError(
        expected=f"a face file ({', '.join(FACE_SUFFIXES)})",
        came=f"a name that ends in {suffix!r}",
        where=path,
    )
