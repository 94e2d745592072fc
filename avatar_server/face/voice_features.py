"""What is heard in a voice a hundred times a second: how loud in three bands, where it resonates, the pitch.

Centres of gravity stand for the resonances themselves: peaks of a predicted spectrum were tried, and are lost
or doubled where two resonances meet, as in every rounded vowel.

Pure: frame i depends on the samples around i / 100 s alone, so pieces computed apart fit together exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.settings import SAMPLE_RATE_HZ

Array = NDArray[np.float64]

FRAME_RATE_HZ = 100
HOP = SAMPLE_RATE_HZ // FRAME_RATE_HZ

MARGIN = 1024
"""A frame hears so many samples before its instant and as many after it."""

_WINDOW = 1024
_BIN_HZ = SAMPLE_RATE_HZ / _WINDOW

LOW_HZ, MIDDLE_HZ, HIGH_HZ = (80.0, 400.0), (400.0, 4500.0), (4500.0, 11000.0)
"""Murmur behind closed lips has only the first; an open mouth the second; hissing the third."""

_FAINTEST = 1e-14

JAW_HZ, TONGUE_HZ = (150.0, 1000.0), (550.0, 3300.0)
"""Where the first and the second resonance are (Peterson and Barney 1952, men, women and children)."""

_PITCH_STEP = 6
_PITCH_RATE_HZ = SAMPLE_RATE_HZ // _PITCH_STEP
_PITCH_WINDOW = 320
_PITCH_FFT = 450
"""At least the window and the longest period, so that the correlation does not wrap around."""

_PITCH_HZ = (75.0, 420.0)


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """N frames; frame j of them is at (first + j) / 100 s.

    low_db, middle_db, high_db: (N,) power of the bands, dB to a full-scale square wave.
    jaw_hz: (N,) centre of gravity of the power about the first resonance: the wider the mouth, the higher.
    tongue_hz: (N,) that of the amplitude about the second: low for rounded lips, high for spread ones.
    pitch_hz: (N,), not a number where nothing is voiced.
    """

    first: int
    low_db: Array
    middle_db: Array
    high_db: Array
    jaw_hz: Array
    tongue_hz: Array
    pitch_hz: Array

    def __len__(self) -> int:
        return len(self.low_db)


def features_of(samples: NDArray[np.float32], first: int) -> Features:
    """Of (2 * MARGIN + (N - 1) * HOP,) samples, which begin MARGIN before frame number `first`."""
    count = (len(samples) - 2 * MARGIN) // HOP + 1
    begin = MARGIN - _WINDOW // 2
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[begin::HOP][:count]
    power = np.abs(np.fft.rfft(windows * _HANN)) ** 2 * _SCALE
    # Raised by 3 dB an octave: else the first harmonic, in which voices differ most, outweighs the rest.
    raised = power * _RISING
    return Features(
        first,
        _band_db(power, LOW_HZ),
        _band_db(power, MIDDLE_HZ),
        _band_db(power, HIGH_HZ),
        _centre_hz(raised, JAW_HZ),
        _centre_hz(np.sqrt(raised), TONGUE_HZ),
        _pitch_hz(samples, count),
    )


def joined(parts: list[Features]) -> Features:
    """Of parts that follow each other."""
    return Features(
        parts[0].first,
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("low_db", "middle_db", "high_db", "jaw_hz", "tongue_hz", "pitch_hz")
        ),
    )


_HANN = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
_SCALE = 2 / (_WINDOW * float(np.sum(_HANN**2)))
_RISING = (np.arange(_WINDOW // 2 + 1) * (_BIN_HZ / 1000)).astype(np.float32)


def _band_db(power: Array, band_hz: tuple[float, float]) -> Array:
    first, last = (round(edge_hz / _BIN_HZ) for edge_hz in band_hz)
    return np.asarray(10 * np.log10(power[:, first:last].sum(axis=1) + _FAINTEST))


def _centre_hz(strength: Array, band_hz: tuple[float, float]) -> Array:
    """(N,) centre of gravity of (N, bins) `strength` within the band."""
    first, last = (round(edge_hz / _BIN_HZ) for edge_hz in band_hz)
    within = strength[:, first:last] + _FAINTEST
    return np.asarray(within @ np.arange(first, last) * _BIN_HZ / within.sum(axis=1))


def _pitch_hz(samples: NDArray[np.float32], count: int) -> Array:
    """(count,) by autocorrelation (Boersma 1993), every second frame."""
    begin = MARGIN - _PITCH_WINDOW * _PITCH_STEP // 2
    slow = samples[begin : begin + (len(samples) - begin) // _PITCH_STEP * _PITCH_STEP]
    slow = slow.reshape(-1, _PITCH_STEP).mean(axis=1)
    hop = HOP // _PITCH_STEP
    windows = np.lib.stride_tricks.sliding_window_view(slow, _PITCH_WINDOW)[:: 2 * hop]
    windows = windows[: (count + 1) // 2]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * _PITCH_HANN
    correlation = np.fft.irfft(np.abs(np.fft.rfft(windows, _PITCH_FFT)) ** 2, _PITCH_FFT)
    shortest, longest = (round(_PITCH_RATE_HZ / limit_hz) for limit_hz in reversed(_PITCH_HZ))
    likeness = correlation[:, shortest : longest + 1] / (correlation[:, :1] + 1e-12)
    likeness /= _PITCH_WINDOW_LIKENESS[shortest : longest + 1]
    lags = np.arange(shortest, longest + 1)
    # A multiple of the period is as much alike as the period: the shorter one is meant.
    best = np.argmax(likeness - 0.06 * np.log2(lags / shortest), axis=1)
    is_voiced = np.take_along_axis(likeness, best[:, None], axis=1)[:, 0] > 0.5
    pitch_hz = np.where(is_voiced, _PITCH_RATE_HZ / lags[best], np.nan)
    return np.repeat(pitch_hz, 2)[:count]


_PITCH_HANN = np.hanning(_PITCH_WINDOW + 2)[1:-1]
_PITCH_WINDOW_LIKENESS = np.fft.irfft(np.abs(np.fft.rfft(_PITCH_HANN, _PITCH_FFT)) ** 2, _PITCH_FFT)
_PITCH_WINDOW_LIKENESS = _PITCH_WINDOW_LIKENESS / _PITCH_WINDOW_LIKENESS[0]
