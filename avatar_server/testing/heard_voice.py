"""A voice in memory, with what a performance wants to know of its sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import LoudnessMeter
from avatar_server.settings import SAMPLE_RATE_HZ


class HeardVoice:
    """Keeps the contract of a `SoundClip`; `samples`: (n,) float32 at 48 kHz."""

    def __init__(self, samples: NDArray[np.float32], spoken: Sequence[tuple[float, float]] = ()) -> None:
        self.samples = samples
        self.notices: tuple[str, ...] = ()
        meter = LoudnessMeter()
        meter.add(samples)
        self.loudness = meter.finish(spoken)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count,) from `start_sample` on; zeros outside."""
        block = np.zeros(count, dtype=np.float32)
        first, last = max(start_sample, 0), min(start_sample + count, len(self.samples))
        if first < last:
            block[first - start_sample : last - start_sample] = self.samples[first:last]
        return block
