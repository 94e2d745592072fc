"""A number drawn for each interaction: it depends on the interaction and the seed alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lots(codes: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """One for each code: SplitMix64 (Steele, Lea and Flood 2014), seeded with itself."""
    seeds = np.array([seed % 2**64], np.uint64)
    return _split_mix(codes.astype(np.uint64) ^ _split_mix(seeds))


def _split_mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = state + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
