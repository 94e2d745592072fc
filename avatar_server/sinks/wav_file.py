"""Sound without loss: 16 bits, 48 kHz."""

from __future__ import annotations

import wave
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from avatar_server.settings import SAMPLE_RATE_HZ


class WavFile:
    """A RIFF WAVE file, open while the block lasts; whoever wants it whole or not at all renames it."""

    def __init__(self, path: Path, channels: int = 2) -> None:
        self._path = path
        self._channels = channels

    def __enter__(self) -> WavFile:
        self._file = wave.open(str(self._path), "wb")
        self._file.setnchannels(self._channels)
        self._file.setsampwidth(2)
        self._file.setframerate(SAMPLE_RATE_HZ)
        return self

    def write(self, block: NDArray[np.float32]) -> None:
        """The next (n, channels) samples; what is louder than full scale is cut off."""
        levels = np.rint(np.clip(block, -1.0, 1.0) * 32767.0)
        self._file.writeframesraw(levels.astype("<i2").tobytes())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
