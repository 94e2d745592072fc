"""Which face each of the people on stage has: the recorded one, or one that is made from the voice."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from avatar_server.dataset.annotations import Word, read_annotations
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.face.choice import FaceChoice
from avatar_server.face.clip import Face
from avatar_server.face.find_face import FacePlace, find_face
from avatar_server.face.voice_face import VoiceFace, face_from_voice
from avatar_server.face.voice_hearing import Voice
from avatar_server.growing_face import GrowingFace
from avatar_server.parts import Part


def with_faces(
    interaction: Interaction | Take, parts: Sequence[Part], choice: FaceChoice, convention: str
) -> list[Part]:
    """The same parts with faces, as `choice` has them in a convention (see `MotionPreset`).

    Raises InputError for a face file that was named and is none.
    """
    mode = choice.mode_in(convention)
    found: list[Part] = []
    recordings: Sequence[RecordingFiles | TakePerson] = interaction.recordings
    for index, (files, part) in enumerate(zip(recordings, parts, strict=True)):
        face: Face | None = None
        notices: tuple[str, ...] = ()
        if mode != "none":
            recorded, notices = find_face(
                FacePlace.of(files),
                choice.file_of(index),
                duration_s=part.sound.duration_s or part.motion.duration_s,
                order=choice.order,
            )
            face = recorded
            if mode == "auto":
                partner = parts[1 - index].sound if len(parts) == 2 else None
                words = read_annotations(files.json).words
                made = made_face(str(files.id), part.sound, words, partner)
                face = recorded.filled_by(made) if recorded else made
        found.append(replace(part, face=face, face_choice=choice, face_notices=notices))
    return found


def growing_face(
    interaction: Interaction,
    index: int,
    sounds: Sequence[Voice],
    words: Sequence[Word],
    choice: FaceChoice,
    npz: Path | None,
) -> tuple[GrowingFace | None, tuple[str, ...]]:
    """The face of somebody whose recording still arrives, None where faces are not wanted; and notices.

    sounds: of all people, as far as they are here. words: this person's, if they are. npz: the recording's,
    if that is here as a whole. Raises InputError for a face file that was named and is none.
    """
    if choice.mode == "none":
        return None, ()
    files = interaction.recordings[index]
    partner = sounds[1 - index] if len(sounds) == 2 else None
    is_made = choice.mode_in("natural") == "auto"
    face = GrowingFace(made_face(str(files.id), sounds[index], words, partner) if is_made else None)
    duration_s = sounds[index].duration_s or None
    place = FacePlace(FacePlace.of(files).beside, npz)
    recorded, notices = find_face(place, choice.file_of(index), duration_s=duration_s, order=choice.order)
    if recorded is not None:
        face.take(recorded)
    return face, notices


def made_face(recording: str, sound: Voice, words: Sequence[Word], partner: Voice | None) -> VoiceFace:
    """A face made from the voices of both; of the recording's id it depends when it blinks."""
    return face_from_voice(sound, words, partner, seed=zlib.crc32(recording.encode()))
