"""Words become captions: short lines that can be read while they are heard. Pure.

The rule, which the page's own captions follow as well:

1. Words come in the order of time. A word without times gets its share of the time between its neighbours
   that have some, or of its segment. A segment without words is its text, cut at blanks.
2. A caption ends before a word that comes `PAUSE_S` or more after the one before it; that would make it
   longer than `MOST_ROWS` rows of `LONGEST_ROW` characters, or than `LONGEST_S`; behind a word that ends a
   sentence (. ? ! and the ellipsis, with quotes behind), once it lasts `SHORTEST_S`; and behind a comma,
   semicolon, colon or dash, once it fills more than a row.
3. It is shown from the beginning of its first word to the end of its last one, and for `SHORTEST_S` at least,
   but never beyond the next caption of the same person.
4. Two rows are as equally long as the words allow, the longer one below.

Figures: 42 characters, two rows, one to seven seconds are what the subtitling guides of broadcasters have in
common (BBC Subtitle Guidelines; Karamitroglou 1998, "A Proposed Set of Subtitling Standards in Europe").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from avatar_server.dataset.annotations import Utterance

LONGEST_ROW = 42
"""Characters."""

MOST_ROWS = 2
PAUSE_S = 0.6
SHORTEST_S = 1.0
LONGEST_S = 7.0

_CLOSING = "\"'”’»)]"
_SENTENCE_ENDS = (".", "?", "!", "…")
_CLAUSE_ENDS = (",", ";", ":", "–", "—")


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word, or a piece of one that is longer than a row."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Caption:
    """What is read at once of one person's words: one or two rows, from `start_s` to before `end_s`."""

    rows: tuple[str, ...]
    start_s: float
    end_s: float


def captions_of(transcript: Sequence[Utterance]) -> tuple[Caption, ...]:
    """One person's captions, in the order of time; no two at once."""
    groups = list(_groups(timed_words(transcript)))
    captions = []
    for index, words in enumerate(groups):
        start_s = words[0].start_s
        until_s = groups[index + 1][0].start_s if index + 1 < len(groups) else float("inf")
        end_s = min(max(words[-1].end_s, start_s + SHORTEST_S), until_s)
        rows = _rows([word.text for word in words])
        if end_s > start_s and rows:
            captions.append(Caption(rows, start_s, end_s))
    return tuple(captions)


def timed_words(transcript: Sequence[Utterance]) -> tuple[TimedWord, ...]:
    """Every word with times that never run backwards, whatever the aligner left open."""
    words: list[TimedWord] = []
    for utterance in transcript:
        known = [(word.text, word.start_s, word.end_s) for word in utterance.words]
        texts = known or [(text, None, None) for text in utterance.text.split()]
        for word in _with_times(texts, utterance):
            reached_s = words[-1].start_s if words else 0.0
            start_s = max(word.start_s, reached_s)
            words.append(TimedWord(word.text, start_s, max(word.end_s, start_s)))
    return tuple(words)


def _with_times(
    words: Sequence[tuple[str, float | None, float | None]], utterance: Utterance
) -> Iterator[TimedWord]:
    cleaned = [
        (piece, start_s if first else None, end_s if last else None)
        for text, start_s, end_s in words
        for piece, first, last in _pieces(text)
    ]
    index = 0
    begins_s = utterance.start_s
    while index < len(cleaned):
        text, start_s, end_s = cleaned[index]
        if start_s is not None and end_s is not None:
            yield TimedWord(text, start_s, end_s)
            begins_s = end_s
            index += 1
            continue
        # A run of words that lack a time shares what lies between those that do not.
        stop = index
        while stop < len(cleaned) and None in cleaned[stop][1:]:
            stop += 1
        begins_s = start_s if start_s is not None else begins_s
        ends_s = cleaned[stop][1] if stop < len(cleaned) else max(utterance.end_s, begins_s)
        assert ends_s is not None
        share_s = max(0.0, ends_s - begins_s) / (stop - index)
        for place in range(stop - index):
            at_s = begins_s + place * share_s
            yield TimedWord(cleaned[index + place][0], at_s, at_s + share_s)
        index, begins_s = stop, ends_s


def _pieces(text: str) -> Iterator[tuple[str, bool, bool]]:
    """A word without blanks and signs that nobody sees, cut where it is longer than a row; first and last."""
    shown = "".join(sign for sign in text if sign.isprintable() and not sign.isspace())
    cut = [shown[at : at + LONGEST_ROW] for at in range(0, len(shown), LONGEST_ROW)]
    for index, piece in enumerate(cut):
        yield piece, index == 0, index == len(cut) - 1


def _groups(words: Iterable[TimedWord]) -> Iterator[tuple[TimedWord, ...]]:
    group: list[TimedWord] = []
    for word in words:
        if group and _ends_before(word, group):
            yield tuple(group)
            group = []
        group.append(word)
    if group:
        yield tuple(group)


def _ends_before(word: TimedWord, group: Sequence[TimedWord]) -> bool:
    last = group[-1]
    if word.start_s - last.end_s >= PAUSE_S or word.end_s - group[0].start_s > LONGEST_S:
        return True
    if not _rows([*(known.text for known in group), word.text]):
        return True
    said = last.text.rstrip(_CLOSING)
    if said.endswith(_SENTENCE_ENDS):
        return last.end_s - group[0].start_s >= SHORTEST_S
    return said.endswith(_CLAUSE_ENDS) and len(" ".join(known.text for known in group)) > LONGEST_ROW


def _rows(words: Sequence[str]) -> tuple[str, ...]:
    """The words in one row or in two as equal as can be; empty if they do not fit."""
    whole = " ".join(words)
    if len(whole) <= LONGEST_ROW:
        return (whole,)
    best: tuple[str, ...] = ()
    for cut in range(1, len(words)):
        above, below = " ".join(words[:cut]), " ".join(words[cut:])
        if max(len(above), len(below)) > LONGEST_ROW:
            continue
        if not best or abs(len(above) - len(below)) < abs(len(best[0]) - len(best[1])):
            best = (above, below)
    return best
