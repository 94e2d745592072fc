"""Several voices become one stereo sound, each from the side where its speaker stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CEILING = 0.89
"""Greatest sample that leaves the mix, -1 dBFS: lossy encoders overshoot the samples they were given."""

_KNEE = 0.6
"""Up to here, -4.4 dBFS, a sample passes unchanged."""


class SoundSource(Protocol):
    """Anything mono that can be read by position."""

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count,) float32 at 48 kHz, zeros outside the sound."""


@dataclass(frozen=True, eq=False, slots=True)
class Voice:
    """One source in the mix. `gain` is a factor; `pan` goes from -1, left, to 1, right."""

    source: SoundSource
    gain: float = 1.0
    pan: float = 0.0

    def channel_gains(self) -> tuple[float, float]:
        """Left and right factor, of constant power: their squares add up to gain^2 (sine-cosine law)."""
        left, right = self.pan_gains()
        return self.gain * left, self.gain * right

    def pan_gains(self) -> tuple[float, float]:
        """The same without the voice's own gain."""
        angle_rad = (min(1.0, max(-1.0, self.pan)) + 1) * math.pi / 4
        return math.cos(angle_rad), math.sin(angle_rad)


@dataclass(frozen=True, eq=False, slots=True)
class Mix:
    """Voices added up. Every sample depends on its position alone, so seeking and playing sound the same."""

    voices: tuple[Voice, ...]

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, 2) float32, left and right, at 48 kHz, within +-`CEILING`."""
        total = np.zeros((count, 2), dtype=np.float32)
        for voice in self.voices:
            samples = voice.source.block_at(start_sample, count)
            total += samples[:, np.newaxis] * np.array(voice.channel_gains(), dtype=np.float32)
        return soft_limit(total)

    def voices_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, voices) float32: each voice by itself, with its gain; for `blend`."""
        voices = np.zeros((count, len(self.voices)), dtype=np.float32)
        for place, voice in enumerate(self.voices):
            voices[:, place] = voice.source.block_at(start_sample, count) * np.float32(voice.gain)
        return voices

    def pans(self) -> NDArray[np.float32]:
        """(voices, 2) factors, left and right: `blend` makes of `voices_at` what `block_at` gives."""
        return np.array([voice.pan_gains() for voice in self.voices], dtype=np.float32).reshape(-1, 2)


def blend(
    voices: NDArray[np.float32], before: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Voices (n, voices) added up to (n, 2), left and right, within +-`CEILING`.

    before, after: (voices, 2) factors at the beginning and at the end; between them they move without a
    corner (raised cosine), so that n samples of 20 ms or so change a loudness without a click.
    """
    if np.array_equal(before, after):
        return soft_limit(voices @ after)
    way = (0.5 - 0.5 * np.cos(np.pi * (np.arange(len(voices)) + 0.5) / len(voices))).astype(np.float32)
    way = way[:, np.newaxis]
    return soft_limit((voices @ before) * (1 - way) + (voices @ after) * way)


def soft_limit(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend what exceeds the knee towards `CEILING`, sample by sample: nothing before or after is touched.

    Unchanged up to the knee k; beyond it k + (c - k) tanh((|x| - k) / (c - k)), whose slope is 1 at the knee.
    """
    magnitude = np.abs(samples)
    if not magnitude.size or float(magnitude.max()) <= _KNEE:
        return samples
    room = CEILING - _KNEE
    bent = _KNEE + room * np.tanh((magnitude - _KNEE) / room)
    return np.where(magnitude > _KNEE, np.copysign(bent, samples), samples).astype(np.float32)
