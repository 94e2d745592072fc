"""What the spelling of a word says about the lips: where they close, and where the lower one meets the teeth.

A hint only: letters tell that there is a closure about there, the sound tells when (see `voice_mouth`).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from avatar_server.dataset.annotations import Word

LONGEST_WORD_S = 2.0
"""What is longer was not aligned."""

_SILENT = re.compile(r"(?<=m)b(?=$|s$|ing|ed)|^p(?=[snt])|b(?=ts?$)|p(?=h)|p(?=board)")
"""Letters that are not said as they are written: climb, psalm, pneumonia, doubt, phone, cupboard."""

_LABIODENTAL = re.compile(r"ph|ff?|v")
_BILABIAL = re.compile(r"p+|b+|m+")
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class LipMoment:
    """Somewhere about `time_s` the lips close or, if not `closes`, the lower one touches the teeth."""

    time_s: float
    closes: bool


@dataclass(frozen=True, slots=True)
class LipHints:
    """Of one person's words: moments, and the times in which all of them are known, both in order."""

    moments: tuple[LipMoment, ...]
    told: tuple[tuple[float, float], ...]

    def moments_within(self, start_s: float, end_s: float) -> Sequence[LipMoment]:
        """Those from the first to before the second time."""
        first = bisect.bisect_left(self.moments, start_s, key=lambda moment: moment.time_s)
        last = bisect.bisect_left(self.moments, end_s, key=lambda moment: moment.time_s)
        return self.moments[first:last]

    def told_within(self, start_s: float, end_s: float) -> Sequence[tuple[float, float]]:
        """Stretches told about that touch the given one."""
        first = bisect.bisect_left(self.told, start_s - LONGEST_WORD_S, key=lambda span: span[0])
        last = bisect.bisect_left(self.told, end_s, key=lambda span: span[0])
        return self.told[first:last]


def lip_hints(words: Sequence[Word]) -> LipHints:
    """Of the words whose times are known; they may come in any order."""
    moments: list[LipMoment] = []
    told: list[tuple[float, float]] = []
    for word in words:
        start_s, end_s = word.start_s, word.end_s
        if start_s is None or end_s is None or not 0 < end_s - start_s <= LONGEST_WORD_S:
            continue
        moments += [
            LipMoment(start_s + share * (end_s - start_s), closes) for share, closes in _moments(word.text)
        ]
        told.append((start_s, end_s))
    return LipHints(tuple(sorted(moments, key=lambda moment: moment.time_s)), tuple(sorted(told)))


def _moments(text: str) -> Iterator[tuple[float, bool]]:
    """(share of the word's time, whether the lips close) for each closure that the spelling shows."""
    letters = re.sub(r"[^a-z]", "", text.lower())
    silent = {found.start() for found in _SILENT.finditer(letters)}
    lengths = [_length(letters, index) for index in range(len(letters))]
    whole = sum(lengths)
    for pattern, closes in ((_BILABIAL, True), (_LABIODENTAL, False)):
        for found in pattern.finditer(letters):
            first, last = found.span()
            if closes and first in silent:
                continue
            yield (sum(lengths[:first]) + sum(lengths[first:last]) / 2) / whole, closes


def _length(letters: str, index: int) -> float:
    """How long a letter sounds among the others: vowels longer, doubled ones half, a last e not at all."""
    letter = letters[index]
    if letter == "e" and index == len(letters) - 1 and any(one in _VOWELS for one in letters[:index]):
        return 0.2
    if index and letters[index - 1] == letter:
        return 0.3
    if letter == "h" and index and letters[index - 1] in "ptscw":
        return 0.2
    return 1.4 if letter in _VOWELS else 1.0
