"""How loud somebody speaks, and the gain that makes all voices equally loud.

Follows Recommendation ITU-R BS.1770-4 (K-weighting, blocks of 400 ms every 100 ms, two gates), so that
pauses, room noise and the partner's voice in the background do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.settings import SAMPLE_RATE_HZ

SPEECH_TARGET_DBFS = -20.0
"""Level given to every voice: leaves the 15 to 18 dB that speech peaks stand above its mean."""

GREATEST_GAIN_DB = 36.0
"""A voice quieter than this allows is not raised further: its noise would be all one hears."""

_NOISE_DBFS = -60.0
"""What is quieter and nowhere marked as speech is a room, and stays as quiet as it is."""

_FAINTEST_POWER = 1e-12
"""-120 dB: quieter is all the same."""

_STEP_SAMPLES = SAMPLE_RATE_HZ // 10
_STEPS_A_BLOCK = 4
_ABSOLUTE_GATE_DB = -70.0
_RELATIVE_GATE_DB = -10.0
_OFFSET_DB = -0.691
"""BS.1770-4, formula 2: makes the K-weighted level of a 1 kHz tone equal to its unweighted one."""


def _k_weighting_power() -> NDArray[np.float64]:
    """|H(f)|^2 of the two K-weighting biquads (BS.1770-4, tables 1 and 2, 48 kHz) at the bins of one step."""
    z = np.exp(-2j * np.pi * np.arange(_STEP_SAMPLES // 2 + 1) / _STEP_SAMPLES)
    shelf = np.polyval([1.19839281085285, -2.69169618940638, 1.53512485958697], z) / np.polyval(
        [0.73248077421585, -1.69065929318241, 1.0], z
    )
    high_pass = np.polyval([1.0, -2.0, 1.0], z) / np.polyval([0.99007225036621, -1.99004745483398, 1.0], z)
    return np.asarray(np.abs(shelf * high_pass) ** 2)


@dataclass(frozen=True, eq=False, slots=True)
class Loudness:
    """What was measured of one clip.

    step_power: (ceil(samples / 4800),) float64, K-weighted mean square of every 100 ms.
    mean_square: of all samples, unweighted and ungated.
    spoken: (start, end) in seconds of this person's own speech, empty if that is not known.
    peak: greatest magnitude of a sample; full scale is 1.
    """

    step_power: NDArray[np.float64]
    mean_square: float
    spoken: tuple[tuple[float, float], ...] = ()
    peak: float = 0.0

    @property
    def rms(self) -> float:
        """Root of the mean square of the whole clip, pauses included; full scale is 1."""
        return float(np.sqrt(self.mean_square))

    @property
    def range_db(self) -> float:
        """How far the loud 100 ms (95th percentile) stand above the median; near 0 for hiss and silence."""
        if not len(self.step_power):
            return 0.0
        median, loud = np.percentile(10 * np.log10(self.step_power + _FAINTEST_POWER), (50, 95))
        return float(loud - median)

    def speech_dbfs(self) -> float | None:
        """Gated level of the speech, None where there is none.

        Where it is known when this person spoke, only that counts, unless nothing is heard there; otherwise
        the gates alone tell speech from the rest, and from the noise of a room in which nobody spoke.
        """
        told = np.zeros(len(self.step_power), dtype=bool)
        for start_s, end_s in self.spoken:
            told[max(0, round(start_s * 10)) : max(0, round(end_s * 10))] = True
        level = _gated(self.step_power[told])
        if level is not None:
            return level
        level = _gated(self.step_power)
        return None if level is None or level < _NOISE_DBFS else level


def _gated(power: NDArray[np.float64]) -> float | None:
    """BS.1770-4, formulas 3 to 7, for one channel whose K-weighted power is known for every 100 ms."""
    if len(power) == 0:
        return None
    width = min(_STEPS_A_BLOCK, len(power))
    blocks = np.convolve(power, np.full(width, 1 / width), mode="valid")
    blocks = blocks[blocks > _power_of(_ABSOLUTE_GATE_DB)]
    if len(blocks) == 0:
        return None
    blocks = blocks[blocks > blocks.mean() * 10 ** (_RELATIVE_GATE_DB / 10)]
    return float(10 * np.log10(blocks.mean()) + _OFFSET_DB)


def _power_of(level_dbfs: float) -> float:
    return float(10 ** ((level_dbfs - _OFFSET_DB) / 10))


class LoudnessMeter:
    """Measures sound that comes piece by piece; keeps ten numbers a second."""

    def __init__(self) -> None:
        self._weight = _k_weighting_power()
        self._rest = np.zeros(0, dtype=np.float32)
        self._steps: list[NDArray[np.float64]] = []
        self._sum_of_squares = 0.0
        self._sample_count = 0
        self._peak = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, (n,), of any n."""
        exact = samples.astype(np.float64)
        self._sum_of_squares += float(np.dot(exact, exact))
        self._sample_count += len(samples)
        if len(samples):
            self._peak = max(self._peak, float(np.abs(samples).max()))
        pending = np.concatenate([self._rest, samples])
        whole = len(pending) // _STEP_SAMPLES * _STEP_SAMPLES
        if whole:
            self._steps.append(self._power(pending[:whole].reshape(-1, _STEP_SAMPLES)))
        self._rest = pending[whole:]

    def finish(self, spoken: Sequence[tuple[float, float]] = ()) -> Loudness:
        """Everything measured; the last step counts as if zeros followed. `spoken`: see `Loudness`."""
        steps = list(self._steps)
        if len(self._rest):
            padded = np.zeros((1, _STEP_SAMPLES), dtype=np.float32)
            padded[0, : len(self._rest)] = self._rest
            steps.append(self._power(padded))
        power = np.concatenate(steps) if steps else np.zeros(0)
        mean_square = self._sum_of_squares / max(1, self._sample_count)
        return Loudness(power, mean_square, tuple(spoken), self._peak)

    def _power(self, steps: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean square of each row after K-weighting, by Parseval's theorem."""
        spectrum = np.abs(np.fft.rfft(steps, axis=1)) ** 2
        spectrum[:, 1:-1] *= 2
        return np.asarray(spectrum @ self._weight / _STEP_SAMPLES**2)


def gain_to_level(level_dbfs: float | None, target_dbfs: float = SPEECH_TARGET_DBFS) -> float:
    """Factor that brings speech of `level_dbfs` to `target_dbfs`; 1 for silence."""
    if level_dbfs is None:
        return 1.0
    return float(10 ** (min(target_dbfs - level_dbfs, GREATEST_GAIN_DB) / 20))


def gain_to_rms(rms: float, target_rms: float) -> float:
    """Factor that brings the root mean square `rms` of a clip to `target_rms`; 1 for silence."""
    if rms <= 0:
        return 1.0
    return min(target_rms / rms, float(10 ** (GREATEST_GAIN_DB / 20)))
