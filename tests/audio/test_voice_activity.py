"""Who speaks is heard where it is not recorded, and what has been heard stays true."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness, LoudnessMeter
from avatar_server.audio.voice_activity import known_until_s, voice_activity
from avatar_server.settings import SAMPLE_RATE_HZ

SPOKEN = ((1.0, 2.5), (4.0, 4.6), (7.2, 9.0))


def voice(level_db: float = -20.0, noise_db: float = -65.0) -> NDArray[np.float32]:
    """Ten seconds of a room in which somebody speaks in `SPOKEN`."""
    random = np.random.default_rng(5)
    samples = random.standard_normal(10 * SAMPLE_RATE_HZ) * 10 ** (noise_db / 20)
    for start_s, end_s in SPOKEN:
        at = np.arange(round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ))
        samples[at] += np.sin(at * 2 * np.pi * 300 / SAMPLE_RATE_HZ) * 10 ** (level_db / 20)
    return samples.astype(np.float32)


def measured(samples: NDArray[np.float32], spoken: tuple[tuple[float, float], ...] = ()) -> Loudness:
    meter = LoudnessMeter()
    meter.add(samples)
    return meter.finish(spoken)


@pytest.mark.parametrize(("level_db", "noise_db"), [(-20.0, -65.0), (-42.0, -75.0), (-18.0, -40.0)])
def test_speech_is_heard_in_loud_and_quiet_recordings(level_db: float, noise_db: float) -> None:
    heard = voice_activity(measured(voice(level_db, noise_db)))
    assert np.array(heard) == pytest.approx(np.array(SPOKEN), abs=0.1)


def test_what_is_recorded_counts_and_not_what_is_heard() -> None:
    told = ((3.0, 3.5),)
    assert voice_activity(measured(voice(), told)) == told
    assert known_until_s(measured(voice()[:100], told), 10.0) == float("inf")


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(96_000, np.float32), voice(-200.0)])
def test_nobody_is_heard_in_silence_and_in_noise(samples: NDArray[np.float32]) -> None:
    assert voice_activity(measured(samples)) == ()


@pytest.mark.parametrize("here_s", [0.0, 0.05, 1.7, 4.25, 8.0])
def test_of_a_sound_that_arrives_the_beginning_is_heard_as_in_the_whole(here_s: float) -> None:
    whole = voice_activity(measured(voice()))
    begun = measured(voice()[: round(here_s * SAMPLE_RATE_HZ)])
    known_s = known_until_s(begun, 10.0)
    assert here_s - 0.2 <= known_s <= here_s

    def until(spans: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [(start_s, min(end_s, known_s)) for start_s, end_s in spans if start_s < known_s - 1e-9]

    assert until(voice_activity(begun)) == until(whole)
    assert known_until_s(measured(voice()), 10.0) == float("inf")
