"""What the beginning of a WAV file says, while the rest of it is still on its way.

RIFF WAVE: chunks of a name, a length and that many bytes, padded to even; `fmt ` says how samples are stored,
`data` has them (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", and its
WAVE_FORMAT_EXTENSIBLE of 2001, whose sub-format begins with the plain format's number). In RF64 and BW64 a
chunk `ds64` tells the length of the data in 64 bits (EBU Tech 3306, ITU-R BS.2088).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

LONGEST_HEADER_BYTES = 1 << 20
"""A file whose samples begin later than this is none that can be played while it arrives."""

_PCM, _IEEE_FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMS = (b"RIFF", b"RF64", b"BW64")
_TOLD_ELSEWHERE = 0xFFFFFFFF
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)
"""What those write who did not know the length when they began: the data then reaches to the file's end."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Plain samples: frames of `channels` numbers of `dtype` (numpy, little-endian), `rate_hz` a second.

    data_start: position of the first byte of sound. data_bytes: how many there are; whole frames only.
    """

    rate_hz: int
    channels: int
    dtype: str
    bytes_a_frame: int
    data_start: int
    data_bytes: int

    @property
    def frame_count(self) -> int:
        """Samples of one channel."""
        return self.data_bytes // self.bytes_a_frame

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frame_count / self.rate_hz

    def mono(self, data: bytes) -> NDArray[np.float32]:
        """Whole frames to (n,) float32 with full scale 1: the mean of all channels, finite."""
        samples = np.frombuffer(data, self.dtype).reshape(-1, self.channels)
        scaled: NDArray[np.floating]
        if self.dtype == "u1":
            scaled = (samples.astype(np.float32) - 128) / 128
        elif self.dtype.startswith("<i"):
            scaled = samples.astype(np.float32) / np.float32(2 ** (8 * samples.dtype.itemsize - 1))
        else:
            scaled = samples.astype(np.float32, copy=False)
        mixed = scaled[:, 0] if self.channels == 1 else scaled.mean(axis=1, dtype=np.float32)
        # Looking costs a quarter of what replacing does, and there is hardly ever anything to replace.
        if np.isfinite(mixed).all():
            return np.asarray(mixed, np.float32)
        return np.nan_to_num(np.asarray(mixed, np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def parse_wav_header(beginning: bytes, size_bytes: int, where: str) -> WavHeader | None:
    """The header in the first bytes of a file of `size_bytes`; None if more of it is needed.

    Raises InputError for what is no WAV, or one whose samples are not plain numbers (24 bits, compressed).
    """
    if len(beginning) < 12:
        _refuse_if_all(beginning, size_bytes, where)
        return None
    if beginning[:4] not in _FORMS or beginning[8:12] != b"WAVE":
        raise InputError(expected="a WAV file", came=f"one that begins with {beginning[:4]!r}", where=where)
    position, form, long_bytes = 12, None, None
    while position + 8 <= len(beginning):
        name, length = struct.unpack_from("<4sI", beginning, position)
        if name == b"data":
            if form is None:
                raise InputError(expected="a format before the samples", came="none", where=where)
            if length == _TOLD_ELSEWHERE and long_bytes is not None:
                length = long_bytes
            return _header(form, position + 8, length, size_bytes, where)
        if name == b"ds64" and length >= 16 and position + 24 <= len(beginning):
            long_bytes = struct.unpack_from("<Q", beginning, position + 16)[0]
        if name == b"fmt ":
            if length < 16:
                raise InputError(expected="a format of 16 bytes or more", came=f"{length}", where=where)
            form = beginning[position + 8 : position + 8 + min(length, 40)]
            if len(form) < min(length, 40):
                break
        position += 8 + length + length % 2
    _refuse_if_all(beginning, size_bytes, where, position + 8)
    return None


def _refuse_if_all(beginning: bytes, size_bytes: int, where: str, wanted_bytes: int = 0) -> None:
    """Raise InputError if more bytes than these would not help, or not those that are wanted next."""
    most = min(size_bytes, LONGEST_HEADER_BYTES)
    if len(beginning) >= most or wanted_bytes > most:
        raise InputError(expected="a WAV file", came="no samples in it", where=where)


def _header(form: bytes, data_start: int, length: int, size_bytes: int, where: str) -> WavHeader:
    tag, channels, rate_hz, _, bytes_a_frame, bits = struct.unpack_from("<HHIIHH", form)
    if tag == _EXTENSIBLE and len(form) >= 26:
        tag = struct.unpack_from("<H", form, 24)[0]
    dtype = {
        (_PCM, 8): "u1",
        (_PCM, 16): "<i2",
        (_PCM, 32): "<i4",
        (_IEEE_FLOAT, 32): "<f4",
        (_IEEE_FLOAT, 64): "<f8",
    }.get((tag, bits))
    if dtype is None or not channels or not rate_hz or bytes_a_frame != channels * bits // 8:
        came = f"format {tag}, {channels} channels, {bits} bits at {rate_hz} Hz"
        raise InputError(expected="plain samples", came=came, where=where)
    there = max(0, size_bytes - data_start)
    data_bytes = there if length in _UNKNOWN_LENGTHS else min(length, there)
    return WavHeader(
        rate_hz, channels, dtype, bytes_a_frame, data_start, data_bytes - data_bytes % bytes_a_frame
    )
