"""A face made up from a voice: what was said by the synthesiser is what the mouth shows, and when."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.dataset.annotations import Word
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.voice_face import VoiceFace, face_from_voice
from avatar_server.testing.dialogue import Dialogue, Phone, plan_dialogue
from avatar_server.testing.heard_voice import HeardVoice
from avatar_server.testing.phonemes import BILABIAL
from avatar_server.testing.voice import speak

SECONDS = 24.0


@pytest.fixture(scope="module")
def dialogue() -> Dialogue:
    return plan_dialogue(SECONDS, 0)


@pytest.fixture(scope="module")
def voices(dialogue: Dialogue) -> tuple[HeardVoice, HeardVoice]:
    one, other = (HeardVoice(speak(dialogue, person, 0), spoken(dialogue, person)) for person in (0, 1))
    return one, other


def spoken(dialogue: Dialogue, person: int) -> list[tuple[float, float]]:
    return [(phrase.start_s, phrase.end_s) for phrase in dialogue.phrases_of(person)]


def words(dialogue: Dialogue, person: int) -> list[Word]:
    return [
        Word(word.text, word.start_s, word.end_s, None)
        for phrase in dialogue.phrases_of(person)
        for word in phrase.words
    ]


def phones(dialogue: Dialogue, person: int) -> list[Phone]:
    return [phone for phrase in dialogue.phrases_of(person) for word in phrase.words for phone in word.phones]


def weight(face: VoiceFace, name: str, start_s: float, end_s: float) -> np.ndarray:
    """The weight every 10 ms from the first to the second time."""
    return np.array(
        [face.weights_at(time_s)[ARKIT_INDEX[name]] for time_s in np.arange(start_s, end_s, 0.01)]
    )


@pytest.mark.parametrize("person", [0, 1])
def test_lips_close_where_the_words_have_p_b_or_m(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))
    closures = [phone for phone in phones(dialogue, person) if phone.symbol in BILABIAL]
    shut = [
        float((weight(face, "jawOpen", *at) - weight(face, "mouthClose", *at)).min())
        for at in ((phone.start_s, phone.end_s) for phone in closures)
    ]
    assert len(shut) >= 5
    assert np.mean(np.array(shut) < 0.05) >= 0.8  # "mm-hm" is spelt with fewer m than it has


@pytest.mark.parametrize("person", [0, 1])
def test_wide_vowels_open_the_jaw_wider_than_narrow_ones(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))

    def jaw(symbols: set[str]) -> float:
        return float(
            np.mean(
                [
                    weight(face, "jawOpen", phone.start_s, phone.end_s).max()
                    for phone in phones(dialogue, person)
                    if phone.symbol in symbols
                ]
            )
        )

    assert jaw({"AA", "AE", "AO", "AY", "AW"}) > 0.5 > 0.4 > jaw({"IY", "UW", "IH"})


@pytest.mark.parametrize("person", [0, 1])
def test_who_says_nothing_has_his_mouth_closed(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))
    times_s = np.arange(0.0, SECONDS, 0.02)
    near = np.zeros(len(times_s), dtype=bool)
    for start_s, end_s in spoken(dialogue, person):
        near |= (times_s > start_s - 0.15) & (times_s < end_s + 0.25)
    jaw = np.array([face.weights_at(time_s)[ARKIT_INDEX["jawOpen"]] for time_s in times_s])
    assert near.any()
    assert not near.all()
    assert jaw[~near].max() < 0.02
    assert jaw[near].max() > 0.5
