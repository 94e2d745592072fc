"""Where the face of a recording is: in a file that people name, beside the recording, or in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.take import TakePerson
from avatar_server.errors import InputError
from avatar_server.face.choice import FaceOrder
from avatar_server.face.face_file import read_face_file
from avatar_server.face.movement import read_movement_face
from avatar_server.face.recorded import RecordedFace

BESIDE = (".face.npy", ".csv", ".face.json", ".json")
"""Ends of names of face files beside a recording, after its own name; the first that is there is taken. A
`.json` is one only if it begins as those of BEAT do: others hold words."""

_BEAT_STARTS = re.compile(rb'\s*\{\s*"(names|frames)"')


@dataclass(frozen=True, slots=True)
class FacePlace:
    """Where to look. beside: what files are called, without the end. within: an NPZ that may hold one too.

    file: one that is known to be this person's; None if that is not known.
    """

    beside: Path
    within: Path | None = None
    file: Path | None = None

    @classmethod
    def of(cls, files: RecordingFiles | TakePerson) -> Self:
        """For a recording of the data set, or a person in motion files of any kind."""
        if isinstance(files, RecordingFiles):
            return cls(files.npz.with_name(files.npz.stem), files.npz)
        motion = files.motion
        if files.part:
            return cls(motion.with_name(f"{motion.stem}_{files.part}"), None, files.face)
        within = motion if motion.suffix.lower() == ".npz" else None
        return cls(motion.with_name(motion.stem), within, files.face)


def find_face(
    place: FacePlace, named: Path | None, *, duration_s: float | None, order: FaceOrder = "auto"
) -> tuple[RecordedFace | None, tuple[str, ...]]:
    """The face of a recording, None if there is none; and notices.

    named: a file that people named; what is wrong with it raises InputError. What is wrong with others is a
    notice. duration_s: of the recording. order: of the columns of arrays.
    """
    if named is not None:
        try:
            return read_face_file(named, duration_s=duration_s, order=order), ()
        except InputError as error:
            where = f"--face-file: {error.where}"
            raise InputError(expected=error.expected, came=error.came, where=where) from None
    face, notices = face_beside(place, duration_s=duration_s, order=order)
    if face is not None or place.within is None:
        return face, notices
    face, said = face_within(place.within, duration_s)
    return face, (*notices, *said)


def face_beside(
    place: FacePlace, *, duration_s: float | None, order: FaceOrder = "auto"
) -> tuple[RecordedFace | None, tuple[str, ...]]:
    """The face in a file of its own, which need not be there; and notices."""
    notices: tuple[str, ...] = ()
    files = [place.beside.with_name(place.beside.name + ending) for ending in BESIDE]
    for path in (*([place.file] if place.file else []), *files):
        if not path.is_file() or (path == files[-1] and not _begins_as_beat(path)):
            continue
        try:
            return read_face_file(path, duration_s=duration_s, order=order), notices
        except InputError as error:
            notices = (*notices, _ignored(error, path))
    return None, notices


def face_within(npz: Path, duration_s: float | None) -> tuple[RecordedFace | None, tuple[str, ...]]:
    """The face in the recording's own NPZ; and notices."""
    try:
        face, said = read_movement_face(npz, duration_s)
    except InputError as error:
        return None, (_ignored(error, npz),)
    return face, tuple(_ignored(notice, npz) for notice in said)


def _begins_as_beat(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _BEAT_STARTS.match(file.read(256)) is not None
    except OSError:
        return False


def _ignored(why: object, path: Path) -> str:
    """Where files lie on this machine is nobody's business."""
    return f"face ignored: {str(why).replace(str(path), path.name)}"
