from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatar_server.motion.presets import NATURAL
from avatar_server.motion.smoothing import smooth, smoothing_kernel

RATES_HZ = [Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_kernel_keeps_level_slope_and_curvature_and_has_no_phase(rate_hz: Fraction) -> None:
    kernel = smoothing_kernel(NATURAL.smoothing_s, rate_hz)
    offsets = np.arange(len(kernel)) - len(kernel) // 2
    assert kernel.sum() == pytest.approx(1.0)
    assert (kernel * offsets**2).sum() == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_array_equal(kernel, kernel[::-1])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("frequency_hz", "least", "most"), [(1, 0.998, 1.0), (2, 0.98, 1.0), (4, 0.9, 1.0), (10, 0.0, 0.4)]
)
def test_gestures_keep_their_size_and_jitter_does_not(
    rate_hz: Fraction, frequency_hz: float, least: float, most: float
) -> None:
    time_s = np.arange(int(10 * rate_hz)) / float(rate_hz)
    wave = np.sin(2 * np.pi * frequency_hz * time_s)[:, None]
    calm = smooth(wave, smoothing_kernel(NATURAL.smoothing_s, rate_hz))
    kept = float((calm * wave)[30:-30].sum() / (wave * wave)[30:-30].sum())
    assert least <= kept <= most + 1e-6


def test_what_one_sees_of_white_jitter_is_its_acceleration_and_that_nearly_goes() -> None:
    kernel = smoothing_kernel(NATURAL.smoothing_s, Fraction(30))
    acceleration = np.array([1.0, -2.0, 1.0])
    left = np.sqrt((np.convolve(kernel, acceleration) ** 2).sum() / (acceleration**2).sum())
    assert left < 0.25


def test_the_ends_stay_and_slow_recordings_are_left_alone() -> None:
    ramp = np.linspace(2.0, 3.0, 40)[:, None]
    calm = smooth(ramp, smoothing_kernel(0.035, Fraction(30)))
    assert abs(calm[0, 0] - 2.0) < 0.01
    assert abs(calm[-1, 0] - 3.0) < 0.01
    np.testing.assert_array_equal(smooth(ramp, smoothing_kernel(0.035, Fraction(10))), ramp)
    np.testing.assert_array_equal(smooth(ramp, smoothing_kernel(0.0, Fraction(30))), ramp)
