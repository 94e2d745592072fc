"""Plosives and vowels at known times, for tests of lips: `pa ma bo`, a pause, and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.dialogue import Dialogue, Phone, Phrase, Word
from avatar_server.testing.phonemes import PHONEMES
from avatar_server.testing.voice import speak

CONSONANT_S, VOWEL_S, PAUSE_S = 0.10, 0.22, 0.6

GROUPS: tuple[tuple[str, ...], ...] = (
    ("P AA", "M AA", "B AA"),
    ("M OW", "P IY", "B AE"),
    ("B AO", "P AA", "M IY"),
    ("P AE", "B OW", "M AA"),
)
_SPELLING = {"AA": "a", "AE": "a", "AO": "aw", "OW": "o", "IY": "ee"}


@dataclass(frozen=True, eq=False, slots=True)
class Syllables:
    """sound: (n,) float32 at 48 kHz of all that is said in `dialogue`, by one person."""

    sound: NDArray[np.float32]
    dialogue: Dialogue

    @property
    def words(self) -> tuple[Word, ...]:
        """One for each syllable."""
        return tuple(word for phrase in self.dialogue.phrases for word in phrase.words)

    @property
    def phones(self) -> tuple[Phone, ...]:
        """In order; those of a group follow each other at once."""
        return tuple(phone for word in self.words for phone in word.phones)

    @property
    def spoken(self) -> tuple[tuple[float, float], ...]:
        """(start, end) in seconds of each group."""
        return tuple((phrase.start_s, phrase.end_s) for phrase in self.dialogue.phrases)


def say_syllables(person: int = 0, groups: Sequence[Sequence[str]] = GROUPS) -> Syllables:
    """The groups by one of the two synthetic speakers, PAUSE_S before, between and after them."""
    time_s = PAUSE_S
    phrases: list[Phrase] = []
    for group in groups:
        words: list[Word] = []
        for syllable in group:
            phones: list[Phone] = []
            for symbol in syllable.split():
                is_vowel = PHONEMES[symbol].kind == "vowel"
                end_s = time_s + (VOWEL_S if is_vowel else CONSONANT_S)
                phones.append(Phone(symbol, int(is_vowel), time_s, end_s))
                time_s = end_s
            text = "".join(_SPELLING.get(symbol, symbol.lower()) for symbol in syllable.split())
            words.append(Word(text, tuple(phones), False, None))
        phrases.append(Phrase(person, "turn", tuple(words), "continues", False, True, True))
        time_s += PAUSE_S
    dialogue = Dialogue(time_s, tuple(phrases), ())
    return Syllables(speak(dialogue, person, 0), dialogue)
