"""The samples of a WAV as they lie in the file, whole or still arriving, for whoever looks at them."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.wav_header import LONGEST_HEADER_BYTES, WavHeader, parse_wav_header
from avatar_server.errors import InputError


class PlainSound:
    """Mono samples by position at the file's own rate; not a number where they are not here. A context."""

    def __init__(self, descriptor: int, header: WavHeader, here: ByteSpans) -> None:
        """descriptor: is closed with this."""
        self._descriptor: int | None = descriptor
        self._header = header
        self.here = ByteSpans.of(
            (begin, stop)
            for start, end in here
            if (begin := max(0, -((header.data_start - start) // header.bytes_a_frame)))
            < (stop := min(header.frame_count, (end - header.data_start) // header.bytes_a_frame))
        )
        """Stretches of samples, not of bytes."""

    @classmethod
    def open(cls, path: Path, arriving: tuple[int, ByteSpans] | None = None) -> PlainSound | None:
        """The WAV at `path`; None if its header is not here yet.

        arriving: size of the whole file and what of it is here; None if all of it is. Raises InputError for
        what cannot be read, is no WAV, or has samples that are not plain numbers.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            came = (error.strerror or str(error)).lower()
            raise InputError(expected="a sound file", came=came, where=path) from None
        try:
            size_bytes = os.fstat(descriptor).st_size if arriving is None else arriving[0]
            here = ByteSpans.of([(0, size_bytes)]) if arriving is None else arriving[1]
            header = _header(descriptor, size_bytes, here.end_of_run(0), str(path))
        except BaseException:
            os.close(descriptor)
            raise
        if header is None:
            os.close(descriptor)
            return None
        return cls(descriptor, header, here)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._header.rate_hz

    @property
    def sample_count(self) -> int:
        """Of the whole sound."""
        return self._header.frame_count

    def block_at(self, first: int, count: int) -> NDArray[np.float32]:
        """(count,) float32 with full scale 1, from sample `first` (>= 0) on, within the sound."""
        if self.here.covers(first, first + count):
            samples = self._header.mono(self._read(first, count))
            if len(samples) == count:
                return samples
        block = np.full(count, np.nan, np.float32)
        for start, end in self.here:
            begin, stop = max(first, start), min(first + count, end)
            if begin < stop:
                samples = self._header.mono(self._read(begin, stop - begin))
                block[begin - first : begin - first + len(samples)] = samples
        return block

    def close(self) -> None:
        """Let the file go; closing twice is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, first: int, count: int) -> bytes:
        """Whole frames; fewer than `count` if somebody has cut the file."""
        if self._descriptor is None:
            raise ValueError("the sound is closed")
        size = self._header.bytes_a_frame
        data = os.pread(self._descriptor, count * size, self._header.data_start + first * size)
        return data[: len(data) - len(data) % size]


def _header(descriptor: int, size_bytes: int, here_bytes: int, where: str) -> WavHeader | None:
    """What the first bytes say, of which `here_bytes` are here; InputError as `parse_wav_header` raises."""
    for most in (4096, LONGEST_HEADER_BYTES):
        beginning = os.pread(descriptor, min(most, here_bytes), 0)
        header = parse_wav_header(beginning, size_bytes, where)
        if header is not None or here_bytes <= most:
            return header
    return None
