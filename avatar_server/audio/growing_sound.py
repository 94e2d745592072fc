"""One voice while its file is still arriving."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness, LoudnessMeter
from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.wav_header import WavHeader
from avatar_server.errors import InputError
from avatar_server.settings import SAMPLE_RATE_HZ

_MEASURED_AT_ONCE = SAMPLE_RATE_HZ


class ArrivingBytes(Protocol):
    """The file; `PartialFile` is one."""

    @property
    def path(self) -> Path:
        """Where its bytes are."""

    @property
    def here(self) -> ByteSpans:
        """Which are here."""


class GrowingSound:
    """Keeps the contract `Sound` of a performance: 48 kHz mono by position, zeros where nothing is here.

    Read straight from the WAV, which must have 48 kHz and plain samples: its samples are those that decoding
    gives. The file stays open, so it may be renamed meanwhile. Reading is safe from several threads at once.
    """

    def __init__(self, file: ArrivingBytes, header: WavHeader, where: str) -> None:
        """Raises InputError for another rate: such a file must be whole before it is decoded."""
        self._descriptor: int | None = None
        if header.rate_hz != SAMPLE_RATE_HZ:
            raise InputError(expected=f"{SAMPLE_RATE_HZ} Hz", came=f"{header.rate_hz} Hz", where=where)
        self._file = file
        self._header = header
        self._descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
        self.sample_count = header.frame_count
        self.notices = () if self.sample_count else (f"{Path(where).name}: holds no sound: silence instead",)
        self._meter = LoudnessMeter()
        self._measured = 0
        self._spoken: tuple[tuple[float, float], ...] = ()
        self._loudness = Loudness(np.zeros(0), 0.0)
        self._measuring = threading.Lock()

    @property
    def duration_s(self) -> float:
        """Length of the whole sound."""
        return self._header.duration_s

    @property
    def loudness(self) -> Loudness:
        """What was measured so far; of the whole sound once `measured_s` reaches its end."""
        return self._loudness

    @property
    def measured_s(self) -> float:
        """Up to where it was measured."""
        return self._measured / SAMPLE_RATE_HZ

    def spans_s(self) -> tuple[tuple[float, float], ...]:
        """Stretches of time that are here; to infinity behind the end."""
        return tuple(
            (first / SAMPLE_RATE_HZ, last / SAMPLE_RATE_HZ if last < self.sample_count else float("inf"))
            for start, end in self._file.here
            if (first := max(0, -(-(start - self._header.data_start) // self._header.bytes_a_frame)))
            < (last := min(self.sample_count, (end - self._header.data_start) // self._header.bytes_a_frame))
        ) or ((0.0, float("inf")),) * (self.sample_count == 0)

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count,) float32 from `start_sample` on; zeros where the sound is not, or not here yet."""
        block = np.zeros(count, dtype=np.float32)
        first, last = max(start_sample, 0), min(start_sample + count, self.sample_count)
        if first < last:
            header = self._header
            start = header.data_start + first * header.bytes_a_frame
            end = header.data_start + last * header.bytes_a_frame
            for here_start, here_end in self._file.here:
                from_byte = max(start, here_start)
                from_byte += -(from_byte - header.data_start) % header.bytes_a_frame
                byte_count = min(end, here_end) - from_byte
                byte_count -= byte_count % header.bytes_a_frame
                if byte_count > 0:
                    samples = header.mono(self._read(from_byte, byte_count))
                    at = (from_byte - header.data_start) // header.bytes_a_frame - start_sample
                    block[at : at + len(samples)] = samples
        return block

    def measure(self, spoken: Sequence[tuple[float, float]]) -> None:
        """Measure on as far as the sound is here without a gap; takes a while.

        spoken: when this person spoke, in seconds, if that is known.
        """
        with self._measuring:
            header, before = self._header, self._measured
            reached = (
                self._file.here.end_of_run(header.data_start) - header.data_start
            ) // header.bytes_a_frame
            reached = min(max(reached, 0), self.sample_count)
            while self._measured < reached:
                count = min(_MEASURED_AT_ONCE, reached - self._measured)
                self._meter.add(self.block_at(self._measured, count))
                self._measured += count
            if self._measured > before or tuple(spoken) != self._spoken:
                self._spoken = tuple(spoken)
                self._loudness = self._meter.finish(spoken)

    def close(self) -> None:
        """Let the file go; closing twice is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()

    def _read(self, position: int, count: int) -> bytes:
        if self._descriptor is None:
            raise ValueError("the sound is closed")
        return os.pread(self._descriptor, count, position)
