"""How long a recording is, by the headers of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_server.audio.sound_length import sound_length_s
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.recording_arrays import read_headers
from avatar_server.errors import InputError
from avatar_server.motion.bvh.header import read_bvh_length
from avatar_server.motion.bvh.rate import find_bvh_rate
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate


@dataclass(frozen=True, slots=True)
class HeaderLengths:
    """sound_s: None without a sound file. frame_count: of the body; rate: None without a frame.

    notices: what could not be read, sentences for people, with paths.
    """

    sound_s: float | None
    frame_count: int
    rate: FrameRate | None
    notices: tuple[str, ...]


def read_lengths(files: RecordingFiles) -> HeaderLengths:
    """What the headers say; what cannot be read is a notice."""
    notices: list[str] = []
    sound_s: float | None = None
    if files.wav is not None:
        try:
            sound_s = sound_length_s(files.wav)
        except InputError as error:
            notices.append(str(error))
    if not files.holds_arrays:
        return _of_bvh(files.npz, sound_s, notices)
    frame_count = 0
    try:
        for header in read_headers(files.npz):
            if header.key == "smplh:body_pose" and header.shape:
                frame_count = header.shape[0]
    except InputError as error:
        notices.append(str(error))
    rate = find_frame_rate(frame_count, sound_s) if frame_count else None
    return HeaderLengths(sound_s, frame_count, rate, tuple(notices))


def _of_bvh(path: Path, sound_s: float | None, notices: list[str]) -> HeaderLengths:
    try:
        said = read_bvh_length(path)
    except InputError as error:
        return HeaderLengths(sound_s, 0, None, (*notices, str(error)))
    rate = find_bvh_rate(said.frame_time, said.frame_count, sound_s)[0] if said.frame_count else None
    return HeaderLengths(sound_s, said.frame_count, rate, tuple(notices))
