"""One voice: any sound file, decoded once, read by sample position for ever after."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness, LoudnessMeter
from avatar_server.errors import InputError, NoRoomError
from avatar_server.settings import SAMPLE_RATE_HZ

_BYTES_A_SAMPLE = 4

_PIECES_AT_ONCE = 64
"""Decoders give some thousand samples at a time; a few seconds together keep numpy's overhead small."""


class SoundClip:
    """A mono sound at 48 kHz, float32 with full scale 1, kept in a nameless temporary file.

    Memory does not grow with its length, and the file is gone when the clip is closed or the process ends,
    however it ends. Reading is safe from several threads at once.
    """

    def __init__(
        self, descriptor: int | None, sample_count: int, loudness: Loudness, notices: tuple[str, ...]
    ) -> None:
        self._descriptor = descriptor
        self.sample_count = sample_count
        self.loudness = loudness
        self.notices = notices

    @classmethod
    def open(cls, path: Path | None, spoken: Sequence[tuple[float, float]] = ()) -> SoundClip:
        """Decode `path`; None, and a file with a header but no sound in it, give silence and a notice.

        spoken: when this person spoke, in seconds, if that is known: its level is then measured there.
        Channels are averaged. A sample of the file at time t stands at sample round(t * 48000) here: the
        resampler adds no delay (libswresample primes its filter with mirrored samples).
        Raises InputError for a file that is no sound, NoRoomError if the temporary file finds no room.
        """
        if path is None:
            return cls(None, 0, LoudnessMeter().finish(spoken), ("no sound file: silence instead",))
        meter = LoudnessMeter()
        sample_count = 0
        try:
            with tempfile.TemporaryFile(prefix="avatar-server-sound-") as file:
                for samples in _decoded(path):
                    meter.add(samples)
                    file.write(samples.tobytes())
                    sample_count += len(samples)
                file.flush()
                descriptor = os.dup(file.fileno())
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                folder = tempfile.gettempdir()
                raise NoRoomError(f"no room to decode {path} in {folder}: {error.strerror}") from None
            raise
        notices = () if sample_count else (f"{path.name}: holds no sound: silence instead",)
        return cls(descriptor, sample_count, meter.finish(spoken), notices)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return SAMPLE_RATE_HZ

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.sample_count / SAMPLE_RATE_HZ

    @property
    def level_dbfs(self) -> float | None:
        """Gated level of the speech (see `Loudness.speech_dbfs`), None for silence."""
        return self.loudness.speech_dbfs()

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count,) float32 from `start_sample` on; zeros before the beginning and after the end."""
        block = np.zeros(count, dtype=np.float32)
        first = max(start_sample, 0)
        last = min(start_sample + count, self.sample_count)
        if first >= last:
            return block
        if self._descriptor is None:
            raise ValueError("the sound clip is closed")
        data = os.pread(self._descriptor, (last - first) * _BYTES_A_SAMPLE, first * _BYTES_A_SAMPLE)
        block[first - start_sample : last - start_sample] = np.frombuffer(data, dtype=np.float32)
        return block

    def close(self) -> None:
        """Give the temporary file back; closing twice is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()


def _decoded(path: Path) -> Iterator[NDArray[np.float32]]:
    """Mono pieces of `path` at 48 kHz, (n,) float32, finite."""
    expected = "a sound file"
    try:
        container = av.open(str(path))
    except FileNotFoundError:
        raise InputError(expected=expected, came="nothing there", where=path) from None
    except (av.FFmpegError, OSError) as error:
        raise InputError(expected=expected, came=_reason(error), where=path) from None
    with container:
        if not container.streams.audio:
            raise InputError(expected=expected, came="no sound in it", where=path)
        # "fltp" without a layout keeps the channels apart: FFmpeg's own way to mono adds 3 dB.
        resampler = AudioResampler(format="fltp", rate=SAMPLE_RATE_HZ)
        pieces: list[av.AudioFrame] = []
        try:
            for frame in container.decode(audio=0):
                frame.pts = None
                pieces += resampler.resample(frame)
                if len(pieces) >= _PIECES_AT_ONCE:
                    yield _mono(pieces)
                    pieces = []
            pieces += resampler.resample(None)
        except av.FFmpegError as error:
            raise InputError(expected="sound that can be decoded", came=_reason(error), where=path) from None
        if pieces:
            yield _mono(pieces)


def _mono(pieces: list[av.AudioFrame]) -> NDArray[np.float32]:
    """Mean of the channels of consecutive pieces, (n,); a sample that is not a number becomes silence."""
    channels = np.concatenate([piece.to_ndarray() for piece in pieces], axis=1)
    mono: NDArray[np.float32] = channels[0] if len(channels) == 1 else channels.mean(axis=0, dtype=np.float32)
    return np.nan_to_num(mono, nan=0.0, posinf=0.0, neginf=0.0)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
