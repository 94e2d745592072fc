"""Lips meet and part when the voice says so: within 50 ms of plosives and vowels synthesised for it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from avatar_server.dataset.annotations import Word
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.voice_face import VoiceFace, face_from_voice
from avatar_server.testing.heard_voice import HeardVoice
from avatar_server.testing.phonemes import BILABIAL
from avatar_server.testing.syllables import PAUSE_S, Syllables, say_syllables

STEP_S = 0.005
WITHIN_S = 0.05


@pytest.fixture(scope="module", params=[0, 1], ids=["low voice", "high voice"])
def said(request: pytest.FixtureRequest) -> Syllables:
    return say_syllables(request.param)


@pytest.fixture(scope="module", params=[True, False], ids=["transcript", "sound alone"])
def face(request: pytest.FixtureRequest, said: Syllables) -> VoiceFace:
    words = [Word(word.text, word.start_s, word.end_s, None) for word in said.words]
    return face_from_voice(HeardVoice(said.sound, said.spoken), words if request.param else ())


def gap(face: VoiceFace, times_s: Sequence[float] | np.ndarray) -> np.ndarray:
    """How far the lips are apart at each time."""
    weights = np.array([face.weights_at(float(time_s)) for time_s in times_s])
    return np.asarray(weights[:, ARKIT_INDEX["jawOpen"]] - weights[:, ARKIT_INDEX["mouthClose"]])


def test_lips_part_as_the_vowel_begins(said: Syllables, face: VoiceFace) -> None:
    for consonant, vowel in pairwise(said.phones):
        if consonant.symbol in BILABIAL:
            times_s = np.arange((consonant.start_s + consonant.end_s) / 2, vowel.end_s - 0.05, STEP_S)
            apart = gap(face, times_s)
            parted_s = times_s[np.argmax(apart > apart.max() / 2)]
            assert apart[0] < 0.4 * apart.max()
            assert abs(parted_s - vowel.start_s) <= WITHIN_S


def test_lips_meet_as_the_plosive_begins(said: Syllables, face: VoiceFace) -> None:
    count = 0
    for vowel, consonant in pairwise(said.phones):
        if consonant.symbol in BILABIAL and vowel.end_s == consonant.start_s:
            times_s = np.arange(vowel.start_s + 0.05, (consonant.start_s + consonant.end_s) / 2, STEP_S)
            apart = gap(face, times_s)
            met_s = times_s[len(apart) - 1 - np.argmax(apart[::-1] > apart.max() / 4)]
            assert abs(met_s - consonant.start_s) <= WITHIN_S
            count += 1
    assert count == 8


def test_the_mouth_as_a_whole_neither_leads_nor_lags(said: Syllables, face: VoiceFace) -> None:
    """The lag at which the gap between the lips goes best with the loudness of the vowels."""
    times_s = np.arange(0.1, len(said.sound) / 48_000 - 0.1, STEP_S)
    loud = np.array([np.sqrt(np.mean(said.sound[round(at * 48_000) - 480 :][:960] ** 2)) for at in times_s])
    apart = gap(face, times_s)
    shifts = range(-30, 31)
    likeness = [np.corrcoef(np.roll(apart, -shift), loud)[0, 1] for shift in shifts]
    assert max(likeness) > 0.8
    assert abs(shifts[int(np.argmax(likeness))] * STEP_S) <= WITHIN_S


def test_lips_are_shut_in_pauses(said: Syllables, face: VoiceFace) -> None:
    for (_, before_s), (after_s, _) in pairwise(said.spoken):
        assert after_s - before_s >= PAUSE_S - 1e-9
        assert gap(face, np.arange(before_s + 0.2, after_s - 0.1, STEP_S)).max() < 0.01
