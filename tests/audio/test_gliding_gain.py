"""A level that is still being found is never heard to move."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.gliding_gain import (
    ENOUGH_SPEECH_S,
    GLIDE_DB_A_S,
    USUAL_SPEECH_DBFS,
    VENDOR_SPEECH_DBFS,
    GlidingGain,
    measured_gain,
)
from avatar_server.audio.loudness import Loudness, LoudnessMeter, gain_to_level

SECOND = 48_000
BLOCK = 960


class Ones:
    """A sound whose samples show the gain."""

    def block_at(self, start_sample: int, count: int) -> NDArray[np.float32]:
        return np.ones(count, dtype=np.float32)


def decibels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(20 * np.log10(samples.astype(np.float64)))


def read(gain: GlidingGain, from_s: float, to_s: float) -> NDArray[np.float64]:
    first, last = round(from_s * SECOND), round(to_s * SECOND)
    return decibels(np.concatenate([gain.block_at(at, BLOCK) for at in range(first, last, BLOCK)]))


def test_it_moves_by_so_many_decibels_a_second_and_stays_there() -> None:
    gain = GlidingGain(Ones(), 1.0)
    assert read(gain, 0, 1) == pytest.approx(0.0, abs=1e-5)
    gain.aim(10 ** (6 / 20))
    level_db = read(gain, 1, 5)
    steps = np.diff(level_db)
    assert level_db[0] == pytest.approx(0.0, abs=1e-4), "no jump where the aim changed"
    assert steps.max() <= GLIDE_DB_A_S / SECOND * 1.5
    assert level_db[SECOND - 1] == pytest.approx(GLIDE_DB_A_S, abs=0.01)
    assert level_db[2 * SECOND :] == pytest.approx(6.0, abs=1e-4)


def test_an_aim_that_changes_on_the_way_turns_without_a_jump() -> None:
    gain = GlidingGain(Ones(), 1.0)
    read(gain, 0, 1)
    gain.aim(10 ** (-9 / 20))
    before = read(gain, 1, 2)
    gain.aim(10 ** (3 / 20))
    after = read(gain, 2, 5)
    assert after[0] == pytest.approx(before[-1], abs=1e-3)
    assert before[-1] == pytest.approx(-3.0, abs=0.01)
    assert after[-1] == pytest.approx(3.0, abs=1e-4)


def test_who_has_sought_hears_the_level_at_once() -> None:
    gain = GlidingGain(Ones(), 1.0)
    read(gain, 0, 1)
    gain.aim(10 ** (12 / 20))
    assert read(gain, 60, 61) == pytest.approx(12.0, abs=1e-4)
    assert read(gain, 0, 0.5) == pytest.approx(12.0, abs=1e-4)


def test_what_is_read_twice_sounds_the_same() -> None:
    gain = GlidingGain(Ones(), 1.0)
    read(gain, 0, 1)
    gain.aim(2.0)
    once = gain.block_at(SECOND, BLOCK)
    np.testing.assert_array_equal(gain.block_at(SECOND, BLOCK), once)


def measured(length_s: float, spoken: tuple[tuple[float, float], ...], amplitude: float) -> Loudness:
    t = np.arange(round(length_s * SECOND)) / SECOND
    meter = LoudnessMeter()
    meter.add((amplitude * np.sin(2 * np.pi * 1000 * t)).astype(np.float32))
    return meter.finish(spoken)


@pytest.mark.parametrize("vendor", [0, 1, 2, 3, 7])
def test_until_somebody_has_spoken_for_a_while_the_vendor_tells(vendor: int) -> None:
    usual = gain_to_level(VENDOR_SPEECH_DBFS.get(vendor, USUAL_SPEECH_DBFS))
    # What was spoken after the end of what is measured does not count.
    little = measured(4.0, ((0.0, ENOUGH_SPEECH_S - 0.1), (30.0, 60.0)), 0.5)
    assert measured_gain(little, vendor, whole=False) == usual
    enough = measured(4.0, ((0.0, ENOUGH_SPEECH_S + 0.1),), 0.5)
    assert measured_gain(enough, vendor, whole=False) == gain_to_level(enough.speech_dbfs())
    assert measured_gain(enough, vendor, whole=False) != usual
    assert measured_gain(little, vendor, whole=True) == gain_to_level(little.speech_dbfs()), "all is known"


def test_silence_that_is_whole_is_not_raised() -> None:
    silence = measured(4.0, (), 0.0)
    assert measured_gain(silence, 0, whole=True) == gain_to_level(None)
