"""From script to plan: who says which sound when, where the accents, gestures and nods fall.

Everything that is heard and seen afterwards (voice, mouth, gestures, transcript, voice activity) reads
this one plan, so all of it agrees.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from avatar_server.testing.phonemes import PHONEMES
from avatar_server.testing.pronunciation import PRONUNCIATIONS
from avatar_server.testing.script import TOPICS

LEAD_IN_S = 0.7
"""Silence before the first word."""

CLOSING_S = 0.5
"""Nobody begins a phrase that would end later than this before the end."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound in time. `symbol` is a key of `PHONEMES`, `stress` 0 none, 1 full, 2 secondary."""

    symbol: str
    stress: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word in time. `text` is as written in a transcript, punctuation included."""

    text: str
    phones: tuple[Phone, ...]
    accented: bool
    gesture: str | None

    @property
    def start_s(self) -> float:
        """Beginning of the first sound."""
        return self.phones[0].start_s

    @property
    def end_s(self) -> float:
        """End of the last sound."""
        return self.phones[-1].end_s

    @property
    def beat_s(self) -> float:
        """Where a listener hears the beat: the beginning of the stressed vowel."""
        vowels = [phone for phone in self.phones if PHONEMES[phone.symbol].kind == "vowel"]
        stressed = [phone for phone in vowels if phone.stress == 1]
        return (stressed or vowels or list(self.phones))[0].start_s


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words said in one breath by person `speaker` (0 or 1), with no pause inside.

    kind: "turn", or "backchannel" when the other one keeps the floor. melody: "falls", "rises" (a yes or
    no question) or "continues" (a comma). opens_turn, closes_turn: first and last phrase of a turn.
    """

    speaker: int
    kind: str
    words: tuple[Word, ...]
    melody: str
    smiling: bool
    opens_turn: bool
    closes_turn: bool

    @property
    def start_s(self) -> float:
        """Beginning of the first word."""
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        """End of the last word."""
        return self.words[-1].end_s

    @property
    def text(self) -> str:
        """The words with their punctuation."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Nod:
    """Person `listener` nods from `time_s` on, `count` times."""

    listener: int
    time_s: float
    count: int


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The plan of one conversation; phrases are in the order of their beginnings."""

    duration_s: float
    phrases: tuple[Phrase, ...]
    nods: tuple[Nod, ...]

    def phrases_of(self, speaker: int) -> tuple[Phrase, ...]:
        """What one person says."""
        return tuple(phrase for phrase in self.phrases if phrase.speaker == speaker)

    def turns_of(self, speaker: int) -> tuple[tuple[float, float], ...]:
        """(start, end) in seconds of each turn of one person, backchannels left out."""
        turns: list[tuple[float, float]] = []
        for phrase in self.phrases_of(speaker):
            if phrase.kind != "turn":
                continue
            if phrase.opens_turn or not turns:
                turns.append((phrase.start_s, phrase.end_s))
            else:
                turns[-1] = (turns[-1][0], phrase.end_s)
        return tuple(turns)


_TOKEN = re.compile(
    r"\{(?P<gesture>\w+)\}|<(?P<reply>[\w-]+)>|(?P<accent>\^?)(?P<word>[\w'-]+)(?P<mark>[.,!?]*)"
)

_PAUSE_S = {",": 0.22, ".": 0.42, "!": 0.40, "?": 0.42}

_SPEECH_RATE = (0.97, 1.04)
"""The two people's pace; 1 is the table of `phonemes`."""


def plan_dialogue(duration_s: float, seed: int) -> Dialogue:
    """Plan a conversation of `duration_s` seconds ; the same seed gives the same plan."""
    random = np.random.default_rng([seed, 1])
    phrases: list[Phrase] = []
    nods: list[Nod] = []
    time_s = LEAD_IN_S
    last_speaker = -1
    for speaker, line in _lines():
        if time_s > duration_s:
            break
        if last_speaker >= 0:
            same = speaker == last_speaker
            time_s += random.uniform(0.35, 0.6) if same else random.uniform(-0.10, 0.32)
        last_speaker = speaker
        spoken, replies, time_s = _say(line, speaker, time_s, random)
        phrases += spoken
        for reply, at_s in replies:
            nods.append(Nod(1 - speaker, at_s + random.uniform(0.0, 0.15), int(random.integers(1, 4))))
            if reply != "nod":
                phrases += _backchannel(reply, 1 - speaker, at_s + random.uniform(-0.05, 0.12), random)
    kept = [phrase for phrase in phrases if phrase.end_s <= duration_s - CLOSING_S]
    kept = [phrase for phrase in kept if phrase.kind == "turn" or not _collides(phrase, kept)]
    kept.sort(key=lambda phrase: phrase.start_s)
    return Dialogue(
        duration_s, _marked_turns(kept), tuple(nod for nod in nods if nod.time_s < duration_s - CLOSING_S)
    )


def _lines() -> Iterator[tuple[int, str]]:
    """Speaker and line, without end; every second time through the roles change."""
    for round_number in itertools.count():
        for topic in TOPICS:
            for name, line in topic:
                yield ("ab".index(name) + round_number) % 2, line


def _say(
    line: str, speaker: int, start_s: float, random: np.random.Generator
) -> tuple[list[Phrase], list[tuple[str, float]], float]:
    """Phrases of a line, the replies it asks for with their times, and when it ends."""
    smiling = ":)" in line
    phrases: list[Phrase] = []
    replies: list[tuple[str, float]] = []
    words: list[Word] = []
    gesture: str | None = None
    time_s = start_s
    for token in _TOKEN.finditer(line):
        if token["gesture"]:
            gesture = token["gesture"]
        elif token["reply"]:
            replies.append((token["reply"], words[-1].end_s if words else phrases[-1].end_s))
        else:
            mark = token["mark"]
            text = token["word"] + mark
            word = _word(text, bool(token["accent"]), gesture, bool(mark), time_s, speaker, random)
            words.append(word)
            gesture = None
            time_s = word.end_s
            if mark:
                melody = {",": "continues", "?": "rises"}.get(mark[-1], "falls")
                phrases.append(Phrase(speaker, "turn", tuple(words), melody, smiling, not phrases, False))
                words = []
                time_s += _PAUSE_S[mark[-1]] * random.uniform(0.75, 1.3)
    phrases[-1] = replace(phrases[-1], closes_turn=True)
    return phrases, replies, phrases[-1].end_s


def _collides(backchannel: Phrase, phrases: list[Phrase]) -> bool:
    """Whether the same person says something else at that time: nobody has two mouths."""
    return any(
        other is not backchannel
        and other.speaker == backchannel.speaker
        and other.start_s - 0.15 < backchannel.end_s
        and other.end_s + 0.15 > backchannel.start_s
        for other in phrases
    )


def _backchannel(text: str, speaker: int, start_s: float, random: np.random.Generator) -> list[Phrase]:
    word = _word(text + ".", True, None, False, start_s, speaker, random)
    melody = "continues" if text == "mm-hm" else "falls"
    return [Phrase(speaker, "backchannel", (word,), melody, False, True, True)]


def _word(
    text: str,
    accented: bool,
    gesture: str | None,
    phrase_final: bool,
    start_s: float,
    speaker: int,
    random: np.random.Generator,
) -> Word:
    """Lay the sounds of a word out in time (rules of Klatt 1976, simplified)."""
    sounds = PRONUNCIATIONS[text.rstrip(".,!?").lower()]
    split = [(sound.rstrip("012"), int(sound[-1]) if sound[-1] in "012" else 0) for sound in sounds]
    last_vowel = max(i for i, (symbol, _) in enumerate(split) if PHONEMES[symbol].kind == "vowel")
    several = sum(PHONEMES[symbol].kind == "vowel" for symbol, _ in split) > 1
    phones: list[Phone] = []
    time_s = start_s
    for i, (symbol, stress) in enumerate(split):
        phoneme = PHONEMES[symbol]
        length_s = phoneme.duration_s / _SPEECH_RATE[speaker] * random.uniform(0.93, 1.07)
        if phoneme.kind == "vowel":
            length_s *= {0: 0.66, 1: 0.98, 2: 0.85}[stress]
            length_s *= 0.88 if several else 1.0
            if not accented and stress == 1:
                length_s *= 0.82
            if accented and stress == 1:
                length_s *= 1.12
            following = PHONEMES[split[i + 1][0]] if i + 1 < len(split) else None
            if following is not None and following.kind == "stop" and following.voicing == 0:
                length_s *= 0.82
        elif i > 0 and PHONEMES[split[i - 1][0]].kind in ("stop", "fricative", "affricate"):
            length_s *= 0.82
        if phrase_final and i >= last_vowel:
            length_s *= 1.38
        phones.append(Phone(symbol, stress, time_s, time_s + length_s))
        time_s += length_s
    return Word(text, tuple(phones), accented, gesture)


def _marked_turns(phrases: list[Phrase]) -> tuple[Phrase, ...]:
    """The last turn may have lost its end: mark whatever is left as its close."""
    turns = [i for i, phrase in enumerate(phrases) if phrase.kind == "turn"]
    if turns:
        phrases[turns[-1]] = replace(phrases[turns[-1]], closes_turn=True)
    return tuple(phrases)
