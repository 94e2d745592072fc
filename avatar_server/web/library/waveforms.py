"""What the voices of an interaction look like, from files that are whole or still arriving."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from avatar_server.audio.plain_sound import PlainSound
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.audio.waveform import Extremes, Waveform, blocks_of, far_waveform, waveform_of
from avatar_server.dataset.cache.incoming_folders import incoming_folder
from avatar_server.dataset.cache.partial_state import arriving_file, read_partial_state
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.participants_csv import ParticipantKey
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.errors import InputError
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.web.library.kept_outlines import KeptOutlines
from avatar_server.web.library.timeline_shapes import WaveformOfPerson

_DIGITS = 5

NO_SOUND = "no sound file: silence instead"


class Waveforms:
    """Of one data folder; keeps the outlines of sounds between questions."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._outlines = KeptOutlines(data_dir)

    def is_arriving(self, recording: RecordingId) -> bool:
        """Whether somebody fetches it, or did and was interrupted."""
        return incoming_folder(self._data_dir, str(recording)).is_dir()

    def arriving_length_s(self, recording: RecordingId) -> float | None:
        """Of a sound that is arriving; None as long as its header is not here."""
        try:
            coming = self._coming(recording)
        except InputError:
            return None
        if coming is None:
            return None
        with coming.sound as sound:
            return sound.sample_count / sound.rate_hz

    def of(
        self,
        recording: RecordingId,
        files: RecordingFiles | None,
        side: Literal["left", "right"],
        points: int,
        start_s: float,
        end_s: float,
    ) -> WaveformOfPerson:
        """One person's, at most `points` stretches from `start_s` on. A broken file is told in `notices`."""
        wav = None if files is None else files.wav
        found, is_whole, notice = None, True, ""
        try:
            if wav is not None:
                found = self._of_file(wav, points, start_s, end_s)
            elif self.is_arriving(recording):
                is_whole = False
                found = self._of_coming(recording, points, start_s, end_s)
            else:
                notice = NO_SOUND
        except InputError as error:
            notice = str(error)
        return WaveformOfPerson(
            id=str(recording),
            participant=str(ParticipantKey.of(recording)),
            side=side,
            start_s=start_s if found is None else found.start_s,
            step_s=None if found is None else found.step_s,
            whole=is_whole,
            points=() if found is None else points_of(found.extremes),
            notices=(notice,) if notice else (),
        )

    def _of_file(self, wav: Path, points: int, start_s: float, end_s: float) -> Waveform:
        try:
            sound = PlainSound.open(wav)
        except InputError:
            # Compressed, or 24 bits: what `SoundClip` cannot decode either is an error.
            blocks = self._outlines.of_file(wav, lambda: _decoded_blocks(wav))
            return far_waveform(blocks, SAMPLE_RATE_HZ, points, start_s=start_s, end_s=end_s)
        assert sound is not None
        with sound:
            return waveform_of(
                sound,
                lambda: self._outlines.of_file(wav, lambda: blocks_of(sound)),
                points,
                start_s=start_s,
                end_s=end_s,
            )

    def _of_coming(
        self, recording: RecordingId, points: int, start_s: float, end_s: float
    ) -> Waveform | None:
        coming = self._coming(recording)
        if coming is None:
            return None
        with coming.sound as sound:
            return waveform_of(
                sound,
                lambda: self._outlines.arriving(coming.name, sound),
                points,
                start_s=start_s,
                end_s=end_s,
            )

    def _coming(self, recording: RecordingId) -> _Coming | None:
        path = arriving_file(self._data_dir, str(recording), "wav")
        state = None if path is None else read_partial_state(path)
        if path is None or state is None:
            return None
        try:
            sound = PlainSound.open(path, (state.size_bytes, state.here))
        except InputError:
            if path.is_file():
                raise
            return None  # It became a file of the official tree just now.
        if sound is None:
            return None
        return _Coming(f"{recording} {state.source} {state.version} {state.size_bytes}", sound)


@dataclass(frozen=True, slots=True)
class _Coming:
    """name: of the sound and its version."""

    name: str
    sound: PlainSound


def points_of(extremes: Extremes) -> tuple[tuple[float, float] | None, ...]:
    """Pairs in -1..1, beyond which nothing is heard; null for a stretch that is not here."""
    cut = np.round(np.clip(extremes, -1.0, 1.0).astype(np.float64), _DIGITS)
    return tuple(None if math.isnan(low) else (low, high) for low, high in cut.tolist())


def _decoded_blocks(path: Path) -> Extremes:
    with contextlib.closing(SoundClip.open(path)) as clip:
        return blocks_of(clip)
