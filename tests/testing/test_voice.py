"""The voices: loud where the plan says so, voiced and hissing where the sounds are, and not the same."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.face_features import FAU_NAMES
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.dialogue import Dialogue, Phone, plan_dialogue
from avatar_server.testing.face_signals import action_units, loudness
from avatar_server.testing.seamless_writer import voice_activity
from avatar_server.testing.voice import speak

Voice = NDArray[np.float32]


@pytest.fixture(scope="module")
def dialogue() -> Dialogue:
    return plan_dialogue(24.0, seed=0)


@pytest.fixture(scope="module")
def voices(dialogue: Dialogue) -> tuple[Voice, Voice]:
    return speak(dialogue, 0, seed=0), speak(dialogue, 1, seed=0)


def _dbfs(samples: NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2)))


def _spoken(dialogue: Dialogue, person: int, count: int, margin_s: float = 0.0) -> NDArray[np.bool_]:
    spoken = np.zeros(count, dtype=bool)
    for start_s, end_s in voice_activity(dialogue.phrases_of(person)):
        first, last = start_s - margin_s, end_s + margin_s
        spoken[max(0, round(first * SAMPLE_RATE_HZ)) : round(last * SAMPLE_RATE_HZ)] = True
    return spoken


@pytest.mark.parametrize("person", [0, 1])
def test_levels(dialogue: Dialogue, voices: tuple[Voice, Voice], person: int) -> None:
    voice = voices[person]
    assert voice.shape == (24 * SAMPLE_RATE_HZ,)
    assert voice.dtype == np.float32
    assert -25 < _dbfs(voice[_spoken(dialogue, person, len(voice))]) < -20
    silent = ~_spoken(dialogue, person, len(voice), margin_s=0.35)
    assert -68 < _dbfs(voice[silent]) < -60
    assert np.abs(voice).max() < 0.99


@pytest.mark.parametrize("person", [0, 1])
def test_voice_activity_is_where_the_energy_is(
    dialogue: Dialogue, voices: tuple[Voice, Voice], person: int
) -> None:
    voice = voices[person].astype(np.float64)
    spoken = _spoken(dialogue, person, len(voice), margin_s=0.02)
    assert np.sum(voice[spoken] ** 2) / np.sum(voice**2) > 0.995
    # Seen from the sound: pieces of 50 ms that are 20 dB over the room tone are inside.
    pieces = voice[: len(voice) // 2400 * 2400].reshape(-1, 2400)
    loud = 10 * np.log10((pieces**2).mean(axis=1)) > -40
    assert spoken[1200::2400][: len(loud)][loud].mean() > 0.97


def _pitches_hz(voice: Voice, phones: list[Phone]) -> NDArray[np.float64]:
    """By autocorrelation over 45 ms in the middle of each vowel."""
    pitches = []
    for phone in phones:
        centre = round((phone.start_s + phone.end_s) / 2 * SAMPLE_RATE_HZ)
        piece = voice[centre - 1080 : centre + 1080].astype(np.float64)
        piece = piece - piece.mean()
        likeness = np.correlate(piece, piece, "full")[len(piece) - 1 :]
        low, high = SAMPLE_RATE_HZ // 400, SAMPLE_RATE_HZ // 70
        lag = low + int(np.argmax(likeness[low:high] / (1 - np.arange(low, high) / len(piece))))
        pitches.append(SAMPLE_RATE_HZ / lag)
    return np.array(pitches)


def _phones(dialogue: Dialogue, person: int, symbols: set[str]) -> list[Phone]:
    return [
        phone
        for phrase in dialogue.phrases_of(person)
        for word in phrase.words
        for phone in word.phones
        if phone.symbol in symbols and phone.end_s - phone.start_s > 0.06
    ]


def test_the_two_voices_differ_in_pitch_and_their_melody_moves(
    dialogue: Dialogue, voices: tuple[Voice, Voice]
) -> None:
    vowels = {"AE", "EH", "AA", "AO", "AH", "EY", "AY", "OW", "IY"}
    low = _pitches_hz(voices[0], _phones(dialogue, 0, vowels))
    high = _pitches_hz(voices[1], _phones(dialogue, 1, vowels))
    assert 90 < np.median(low) < 135
    assert 175 < np.median(high) < 250
    assert np.std(np.log(low)) > 0.08
    assert np.std(np.log(high)) > 0.08


def _spectrum(voice: Voice, phones: list[Phone]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    power = np.zeros(1025)
    for phone in phones:
        centre = round((phone.start_s + phone.end_s) / 2 * SAMPLE_RATE_HZ)
        piece = voice[centre - 1024 : centre + 1024] * np.hanning(2048)
        power += np.abs(np.fft.rfft(piece)) ** 2
    return np.arange(1025) * SAMPLE_RATE_HZ / 2048, power / len(phones)


@pytest.mark.parametrize("person", [0, 1])
def test_hisses_hiss_and_vowels_differ(dialogue: Dialogue, voices: tuple[Voice, Voice], person: int) -> None:
    voice = voices[person]
    frequency_hz, hiss = _spectrum(voice, _phones(dialogue, person, {"S"}))
    centre_hz = np.sum(frequency_hz * hiss) / hiss.sum()
    assert 4500 < centre_hz < 9500

    def second_formant_share(symbols: set[str]) -> float:
        """Energy at 1.7 to 3 kHz against 0.6 to 1.5 kHz: high for spread vowels, low for back ones."""
        _, power = _spectrum(voice, _phones(dialogue, person, symbols))
        upper = power[(frequency_hz > 1700) & (frequency_hz < 3000)].sum()
        return float(upper / power[(frequency_hz > 600) & (frequency_hz < 1500)].sum())

    assert second_formant_share({"IY", "EY", "IH"}) > 6 * second_formant_share({"AO", "OW", "AA", "UW"})


@pytest.mark.parametrize("person", [0, 1])
def test_the_mouth_follows_the_sound(dialogue: Dialogue, voices: tuple[Voice, Voice], person: int) -> None:
    times_s = np.arange(24 * 30) / 30
    units = action_units(dialogue, person, times_s, voices[person], seed=0)
    loud = loudness(voices[person], times_s)
    jaw = units[:, FAU_NAMES.index("JawDrop")]
    assert np.corrcoef(jaw, loud)[0, 1] > 0.6
    talking = _spoken(dialogue, person, 24 * SAMPLE_RATE_HZ)[:: SAMPLE_RATE_HZ // 30][: len(jaw)]
    assert jaw[talking].mean() > 4 * jaw[~talking].mean()
    assert jaw[talking].max() > 0.6
    blinks = units[:, FAU_NAMES.index("EyesClosed")] > 1.0
    assert 3 <= np.count_nonzero(np.diff(blinks.astype(int)) == 1) <= 16


def test_the_same_seed_gives_the_same_sound(dialogue: Dialogue, voices: tuple[Voice, Voice]) -> None:
    np.testing.assert_array_equal(speak(dialogue, 1, seed=0), voices[1])
    assert not np.array_equal(speak(dialogue, 1, seed=1), voices[1])
