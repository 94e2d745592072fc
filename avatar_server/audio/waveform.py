"""What a sound looks like: the lowest and the highest sample of every stretch of it, exact at every zoom.

Far away it is told from *blocks* of 10 ms, whose extremes are found once and take a hundredth of the sound's
room; stretches are then whole blocks, so that nothing is ever guessed. Near, the samples themselves are read.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BLOCKS_A_SECOND = 100

NEAR_BLOCKS = 4
"""Stretches shorter than so many blocks are read from the samples: rounding up costs a quarter at most."""

_SAMPLES_AT_ONCE = 1 << 17
"""Half a megabyte: what fits a cache is read, checked and compared without going to the memory each time."""

Extremes = NDArray[np.float32]
"""(N, 2): lowest and highest of each of N stretches, not a number where a sample is not here."""


class Samples(Protocol):
    """A mono sound by position; `PlainSound` is one."""

    @property
    def rate_hz(self) -> int:
        """Samples a second."""

    @property
    def sample_count(self) -> int:
        """Of the whole sound."""

    def block_at(self, first: int, count: int) -> NDArray[np.float32]:
        """(count,) samples from `first` on; not a number where they are not here."""


@dataclass(frozen=True, eq=False, slots=True)
class Waveform:
    """extremes: of stretches of `step_s` each, the first from `start_s` on, the last one maybe shorter."""

    start_s: float
    step_s: float
    extremes: Extremes


def samples_a_block(rate_hz: int) -> int:
    """How many samples a block has."""
    return max(1, rate_hz // BLOCKS_A_SECOND)


def extremes_of(samples: NDArray[np.float32], stretch: int) -> Extremes:
    """Of consecutive stretches of `stretch` samples of (n,) `samples`."""
    if not len(samples):
        return np.zeros((0, 2), np.float32)
    starts = np.arange(0, len(samples), stretch)
    whole = len(samples) // stretch * stretch
    if whole == len(samples):
        rows = samples.reshape(-1, stretch)
        return np.column_stack([rows.min(axis=1), rows.max(axis=1)])
    return np.column_stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)])


def blocks_of(sound: Samples) -> Extremes:
    """Of all blocks of the sound; reads all of it, half a megabyte at a time."""
    block = samples_a_block(sound.rate_hz)
    step = _SAMPLES_AT_ONCE // block * block
    parts = [
        extremes_of(sound.block_at(first, min(step, sound.sample_count - first)), block)
        for first in range(0, sound.sample_count, step)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def waveform_of(
    sound: Samples, blocks: Callable[[], Extremes], points: int, *, start_s: float, end_s: float
) -> Waveform:
    """At most `points` (>= 1) stretches of one length from about `start_s` on, to `end_s` or the sound's end.

    blocks: gives what `blocks_of` does, if it is needed. The stretch is the same for all sounds of one rate,
    so that two people's waveforms lie above each other.
    """
    first = max(0, math.floor(start_s * sound.rate_hz + 1e-6))
    last = max(first, math.ceil(end_s * sound.rate_hz - 1e-6))
    stretch = max(1, math.ceil((last - first) / points))
    if stretch >= NEAR_BLOCKS * samples_a_block(sound.rate_hz):
        return far_waveform(blocks(), sound.rate_hz, points, start_s=start_s, end_s=end_s)
    stop = max(first, min(last, sound.sample_count))
    found = extremes_of(sound.block_at(first, stop - first), stretch)
    return Waveform(first / sound.rate_hz, stretch / sound.rate_hz, found)


def far_waveform(blocks: Extremes, rate_hz: int, points: int, *, start_s: float, end_s: float) -> Waveform:
    """The same told from blocks alone: it begins with a block, and its stretches are whole blocks."""
    block = samples_a_block(rate_hz)
    first = max(0, math.floor(start_s * rate_hz / block + 1e-6))
    last = max(first, math.ceil(end_s * rate_hz / block - 1e-6))
    stretch = max(1, math.ceil((last - first) / points))
    known = blocks[first:last]
    if len(known):
        starts = np.arange(0, len(known), stretch)
        lows, highs = np.minimum.reduceat(known[:, 0], starts), np.maximum.reduceat(known[:, 1], starts)
        known = np.column_stack([lows, highs])
    return Waveform(first * block / rate_hz, stretch * block / rate_hz, known)
