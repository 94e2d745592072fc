"""Voices come out equally loud, on their sides, and never too loud."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.loudness import LoudnessMeter, gain_to_level, gain_to_rms
from avatar_server.audio.mixing import CEILING, Mix, Voice, blend, soft_limit

SECOND = 48_000


class Held:
    """A source that holds its samples in memory."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.samples = samples

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        padded = np.concatenate([self.samples, np.zeros(start_sample + count, dtype=np.float32)])
        return padded[start_sample : start_sample + count]


def tone(seconds: float, amplitude: float, hertz: float = 1000.0) -> NDArray[np.float32]:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SECOND)) / SECOND)).astype(
        np.float32
    )


def speech(rng: np.random.Generator, amplitude: float) -> NDArray[np.float32]:
    """Ten seconds, six of them bursts of noise of 300 ms, pauses in between and a long one in the end."""
    sound = np.zeros(10 * SECOND, dtype=np.float32)
    for start in range(0, 6 * SECOND, SECOND // 2):
        sound[start : start + 14_400] = amplitude * rng.standard_normal(14_400)
    return sound


def measured(samples: NDArray[np.float32], piece: int = 7777) -> LoudnessMeter:
    meter = LoudnessMeter()
    for start in range(0, len(samples), piece):
        meter.add(samples[start : start + piece])
    return meter


def test_a_tone_of_1_khz_reads_its_rms() -> None:
    # A sine of amplitude 0.1 has an RMS of 0.0707, -23.01 dBFS; BS.1770 agrees at 1 kHz to within 0.1 dB.
    loudness = measured(tone(3, 0.1)).finish()
    assert loudness.speech_dbfs() == pytest.approx(-23.01, abs=0.1)
    assert loudness.rms == pytest.approx(0.0707, abs=1e-4)


def test_pauses_and_a_quiet_partner_do_not_count() -> None:
    alone = measured(tone(5, 0.1)).finish().speech_dbfs()
    sound = np.concatenate([tone(5, 0.1), tone(5, 0.003), np.zeros(20 * SECOND, np.float32)])
    assert measured(sound).finish().speech_dbfs() == pytest.approx(alone, abs=0.3)


def test_known_speech_spans_overrule_the_gates() -> None:
    # Half a minute of a partner 8 dB below the own voice passes the gates, unless told where the speech is.
    sound = np.concatenate([tone(3, 0.1), tone(27, 0.04)])
    assert measured(sound).finish([(0.0, 3.0)]).speech_dbfs() == pytest.approx(-23.01, abs=0.2)
    untold = measured(sound).finish().speech_dbfs()
    assert untold is not None
    assert untold < -28
    assert measured(sound).finish([(90.0, 95.0)]).speech_dbfs() == untold


def test_silence_has_no_level() -> None:
    assert measured(np.zeros(SECOND, np.float32)).finish().speech_dbfs() is None
    assert LoudnessMeter().finish().speech_dbfs() is None
    assert gain_to_level(None) == 1
    assert gain_to_rms(0.0, 0.3) == 1


def test_the_noise_of_a_room_is_speech_only_where_that_is_said() -> None:
    noise = tone(3, 10 ** (-66 / 20))
    assert measured(noise).finish().speech_dbfs() is None
    assert measured(noise).finish([(0.5, 2.5)]).speech_dbfs() == pytest.approx(-69, abs=0.1)


def test_a_clip_shorter_than_a_block_is_measured() -> None:
    assert measured(tone(0.2, 0.1)).finish().speech_dbfs() == pytest.approx(-23.01, abs=0.2)


def test_voices_20_db_apart_come_out_equal() -> None:
    rng = np.random.default_rng(5)
    loud, quiet = speech(rng, 0.2), speech(rng, 0.02)
    levels = []
    for sound, pan in ((loud, -0.5), (quiet, 0.5)):
        level = measured(sound).finish().speech_dbfs()
        mixed = Mix((Voice(Held(sound), gain_to_level(level, -26.0), pan),)).block_at(0, len(sound))
        power = (
            measured(np.sqrt((mixed.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32))
            .finish()
            .mean_square
        )
        levels.append(10 * np.log10(power))
    assert levels[0] == pytest.approx(levels[1], abs=0.2)
    level = measured(quiet * gain_to_level(measured(quiet).finish().speech_dbfs())).finish().speech_dbfs()
    assert level == pytest.approx(-20, abs=0.01)


def test_rms_of_the_challenge() -> None:
    sound = tone(2, 0.02)
    assert measured(sound * gain_to_rms(measured(sound).finish().rms, 0.3)).finish().rms == pytest.approx(
        0.3, abs=1e-4
    )


def test_a_hopelessly_quiet_voice_is_not_blown_up() -> None:
    assert gain_to_level(-69.0) == pytest.approx(10 ** (36 / 20))
    assert gain_to_rms(1e-6, 0.3) == pytest.approx(10 ** (36 / 20))


@pytest.mark.parametrize("pan", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_pan_keeps_the_power(pan: float) -> None:
    left, right = Voice(Held(tone(1, 0.1)), 0.8, pan).channel_gains()
    assert left**2 + right**2 == pytest.approx(0.64)
    # Sine-cosine law by hand: at -0.5 the angle is 22.5 degrees, cos 0.9239, sin 0.3827.
    by_hand = {
        -1.0: (1, 0),
        -0.5: (0.92388, 0.38268),
        0.0: (0.70711, 0.70711),
        0.5: (0.38268, 0.92388),
        1.0: (0, 1),
    }
    assert (left / 0.8, right / 0.8) == pytest.approx(by_hand[pan], abs=1e-5)


def test_voices_add_up_at_exact_positions() -> None:
    click = np.zeros(100, np.float32)
    click[7] = 0.5
    other = np.zeros(100, np.float32)
    other[7], other[9] = 0.25, 0.125
    block = Mix((Voice(Held(click), 1.0, -1.0), Voice(Held(other), 2.0, 1.0))).block_at(5, 6)
    expected = np.zeros((6, 2))
    expected[2] = 0.5, 0.5
    expected[4] = 0, 0.25
    np.testing.assert_allclose(block, expected, atol=1e-7)
    assert block.dtype == np.float32


def test_the_limiter_touches_only_what_is_too_loud() -> None:
    ramp = np.linspace(-4, 4, 4001, dtype=np.float32)[:, np.newaxis].repeat(2, axis=1)
    limited = soft_limit(ramp)
    quiet = np.abs(ramp) <= 0.6
    np.testing.assert_array_equal(limited[quiet], ramp[quiet])
    assert np.abs(limited).max() <= CEILING + 1e-6
    steps = np.diff(limited[:, 0])
    assert (steps >= 0).all()
    assert steps.max() <= 0.0021
    np.testing.assert_array_equal(limited, -limited[::-1])


def test_a_mix_of_nobody_is_silence() -> None:
    assert not Mix(()).block_at(0, 10).any()


def test_voices_that_are_blended_later_sound_like_the_mix() -> None:
    mix = Mix((Voice(Held(tone(1, 0.9)), 1.5, -0.5), Voice(Held(tone(1, 0.3)), 2.0, 1.0)))
    voices, pans = mix.voices_at(100, 4800), mix.pans()
    assert voices.shape == (4800, 2)
    np.testing.assert_allclose(blend(voices, pans, pans), mix.block_at(100, 4800), atol=1e-6)


def test_factors_move_without_a_step_and_the_limiter_stays() -> None:
    steady = np.full((960, 1), 0.4, np.float32)
    silent, loud = np.zeros((1, 2), np.float32), np.array([[1.0, 2.0]], np.float32)
    louder = blend(steady, silent, loud)
    assert (np.diff(louder, axis=0) > 0).all()
    assert np.diff(louder[:, 0]).max() < 1.01 * 0.4 * np.pi / 2 / 960
    assert louder[0].max() < 1e-5
    np.testing.assert_allclose(louder[-1], soft_limit(np.array([0.4, 0.8], np.float32)), atol=1e-5)
    assert not blend(steady, silent, silent).any()
    assert blend(np.full((10, 1), 4.0, np.float32), loud, loud).max() <= CEILING + 1e-6
