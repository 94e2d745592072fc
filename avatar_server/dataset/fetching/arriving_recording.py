"""What of one person is here: how far sound and motion reach, whichever form the store has them in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from avatar_server.dataset.arriving_arrays import ArrivingArrays
from avatar_server.dataset.cache.bundling import check_piece
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.arriving_piece import ArrivingPiece
from avatar_server.dataset.fetching.pacing import LATE, PACED, may_read, may_read_late
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.wav_header import LONGEST_HEADER_BYTES, WavHeader, parse_wav_header
from avatar_server.errors import InputError
from avatar_server.settings import SAMPLE_RATE_HZ

_USUAL_RATE_HZ = 30.0
_ALL = float("inf")


class ArrivingRecording:
    """Answers about one recording's pieces; safe from any thread.

    npz: the official file that they will become. Loose arrays can be used frame by frame, an NPZ only whole;
    a WAV sample by sample if its samples are plain and 48 kHz (`sound_header`), else whole. A file that
    becomes another one is looked at anew.
    """

    def __init__(self, npz: Path, pieces: Mapping[str, ArrivingPiece]) -> None:
        """pieces: by name, all that were begun."""
        self.npz = npz
        self.pieces = pieces
        loose = {key: piece.partial for key, piece in pieces.items() if key in SMPLH}
        self.arrays = ArrivingArrays(npz, loose, self._absent) if loose else None
        self._parsed: tuple[tuple[int | None, str], WavHeader | None] | None = None
        """Of which file, by size and version; None is the header of one that must be whole."""

    @property
    def sound(self) -> PartialFile | None:
        """The WAV, if the store has one."""
        piece = self.pieces.get("wav")
        return None if piece is None or piece.is_absent else piece.partial

    @property
    def sound_header(self) -> WavHeader | None:
        """Of a WAV that can be heard while it arrives; None before that is known, and for any other."""
        header = self._wav_header()
        return header if header is not None and header.rate_hz == SAMPLE_RATE_HZ else None

    @property
    def sound_length_s(self) -> float | None:
        """Of the sound, as soon as that is known; 0 without sound; None where only decoding would tell."""
        if self.sound is None:
            return 0.0
        header = self._wav_header()
        return None if header is None else header.duration_s

    @property
    def sound_can_be_opened(self) -> bool:
        """Whether there is none, or its header is here, or all of it."""
        sound = self.sound
        return sound is None or self.sound_header is not None or sound.is_whole

    @property
    def can_be_opened(self) -> bool:
        """Whether the sound can be, and all is here that is read but once."""
        return self.sound_can_be_opened and all(
            piece.is_done for name, piece in self.pieces.items() if name not in PACED | LATE
        )

    @property
    def motion_rate_hz(self) -> float:
        """Frames a second, roughly: exact enough to know which byte is when."""
        count = None if self.arrays is None else self.arrays.frame_count
        length_s = self.sound_length_s
        return count / length_s if count and length_s else _USUAL_RATE_HZ

    def byte_at(self, name: str, media_s: float) -> int:
        """Which byte of a piece belongs to a moment; 0 where that is not known, or all of it is needed."""
        if name == "wav":
            header = self.sound_header
            if header is None:
                return 0
            frame = min(max(0, math.floor(media_s * header.rate_hz)), header.frame_count)
            return header.data_start + frame * header.bytes_a_frame
        layout = self.arrays.layout(name) if self.arrays is not None and name in SMPLH else None
        if layout is None:
            return 0
        row = min(max(0, math.floor(media_s * self.motion_rate_hz)), layout.rows)
        return layout.start + row * layout.row_bytes

    def ahead_s(self, name: str, media_s: float) -> float:
        """For how long from a moment on a piece is here; infinity if to its end."""
        piece = self.pieces[name]
        if piece.is_done:
            return _ALL
        size_bytes, here = piece.partial.size_bytes, piece.partial.here
        start = self.byte_at(name, media_s)
        if size_bytes is None or not start:
            return 0.0
        end = here.end_of_run(start)
        if end >= size_bytes:
            return _ALL
        if name == "wav":
            header = self.sound_header
            return 0.0 if header is None else (end - start) / header.bytes_a_frame / header.rate_hz
        layout = self.arrays.layout(name) if self.arrays is not None else None
        return 0.0 if layout is None else (end - start) / layout.row_bytes / self.motion_rate_hz

    def may_read(self, name: str, playhead_s: float, slowest: float, *, playing: bool) -> bool:
        """Whether it is a piece's turn to be read; see `pacing`."""
        if name in PACED:
            return may_read(self.ahead_s(name, playhead_s), slowest, playing=playing)
        return name not in LATE or may_read_late(slowest, playing=playing)

    def forget_broken(self) -> None:
        """Throw away what is not what it has to be; nothing may be written any more."""
        for name, piece in self.pieces.items():
            try:
                if self.arrays is not None and name in SMPLH:
                    self.arrays.layout(name)
                if piece.partial.is_whole:
                    check_piece(name, piece.partial.path, piece.partial.source)
            except InputError:
                piece.partial.forget()

    def _wav_header(self) -> WavHeader | None:
        sound = self.sound
        if sound is None or sound.size_bytes is None:
            return None
        of = sound.size_bytes, sound.version
        parsed = self._parsed
        if parsed is None or parsed[0] != of:
            reached = min(sound.here.end_of_run(0), LONGEST_HEADER_BYTES)
            try:
                header = parse_wav_header(sound.read(0, reached), of[0], sound.source)
            except ValueError:
                return None  # It has just become another file.
            except InputError:
                parsed = of, None
            else:
                if header is None:
                    return None
                parsed = of, header
            self._parsed = parsed
        return parsed[1]

    def _absent(self) -> frozenset[str]:
        return frozenset(name for name, piece in self.pieces.items() if piece.is_absent)
