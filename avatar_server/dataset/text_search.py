"""Words that somebody types, looked for in all that the catalogue says, at every key that is hit.

Prompts and relationships are few and used by many interactions, so each of their texts is searched once.
Names of recordings are many, but of one form: as rows of bytes numpy searches 129,370 of them in a few
milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset import recording_table as tables
from avatar_server.dataset.interactions_csv import Prompt
from avatar_server.dataset.known_relationships import KnownRelationships
from avatar_server.dataset.recording_id import FIRST_YEAR, RecordingId
from avatar_server.dataset.recording_table import SUFFIX_COUNT, RecordingTable

_NAME_FORM = b"v00_s0000_i00000000_p0000 "
_DATED_WIDTH = 40

_IN_NAMES = re.compile(r"[vsip_0-9]*[a-z]?", re.ASCII)
"""What may be found in a name at all; a letter at its end may be a participant's."""

_PARTICIPANT = re.compile(r"(v\d{2})(_p\d{1,4}[a-z]?)", re.ASCII)
"""`V00_P1275A`, as people are called: names of recordings have session and prompt in between."""


class TextSearch:
    """Over the recordings of one table, whose interactions `keys` begin at the rows `starts`."""

    def __init__(
        self,
        table: RecordingTable,
        keys: NDArray[np.int64],
        starts: NDArray[np.intp],
        prompts: Mapping[int, Prompt] | None,
        relationships: KnownRelationships | None,
    ) -> None:
        """prompts, relationships: None if they are not known, and nothing is found in them then."""
        self._keys = keys
        self._starts = starts
        self._names = _names(table)
        self._prompts = [
            (prompt.number, " ".join(prompt.texts).casefold()) for prompt in (prompts or {}).values()
        ]
        self._known_relationships = relationships or KnownRelationships({})
        self._relationships = [
            (code, f"{found.relationship} {found.detail}".casefold())
            for code, found in self._known_relationships.by.items()
        ]

    def found(self, text: str) -> NDArray[np.bool_]:
        """(interactions,) whether every word of `text` is found somewhere, in any case.

        In prompts and relationships where a word begins, so that who types sees what he means while he types,
        and `anger` is not in `strangers`; in names of recordings, which are no words, anywhere.
        """
        found = np.ones(len(self._keys), np.bool_)
        for word in dict.fromkeys(text.casefold().split()):
            found &= self._has(word)
        return found

    def _has(self, word: str) -> NDArray[np.bool_]:
        numbers = [number for number, said in self._prompts if _begins_in(said, word)]
        has: NDArray[np.bool_] = np.isin(tables.prompts(self._keys), numbers)
        codes = [code for code, said in self._relationships if _begins_in(said, word)]
        has |= self._known_relationships.among(self._keys, codes)
        if len(self._keys) and _IN_NAMES.fullmatch(word):
            has |= np.logical_or.reduceat(self._in_names(word), self._starts)
        return has

    def _in_names(self, word: str) -> NDArray[np.bool_]:
        """(recordings,) whether it is in their names."""
        person = _PARTICIPANT.fullmatch(word)
        parts = person.groups() if person else (word,)
        found = [np.char.find(self._names, part.encode()) >= 0 for part in parts]
        return np.asarray(np.logical_and.reduce(found))


def _begins_in(said: str, typed: str) -> bool:
    """Whether a word of `said` begins with `typed`, which may hold, or begin with, signs between words."""
    place = said.find(typed)
    while place > 0 and typed[0].isalnum() and said[place - 1].isalnum():
        place = said.find(typed, place + 1)
    return place >= 0


def _names(table: RecordingTable) -> NDArray[np.bytes_]:
    """The names of all recordings, in small letters."""
    names = np.empty((len(table), len(_NAME_FORM)), np.uint8)
    names[:] = np.frombuffer(_NAME_FORM, np.uint8)
    number, letter = np.divmod(table.participant, SUFFIX_COUNT)
    places = [place for place, sign in enumerate(_NAME_FORM) if sign == ord("0")]
    for digits, left in ((number, places[-4:]), (table.interaction, places[:-4])):
        rest = digits.astype(np.int64)
        for place in reversed(left):
            rest, digit = np.divmod(rest, 10)
            names[:, place] += digit.astype(np.uint8)
    names[:, -1] = np.where(letter > 0, letter + ord("a") - 1, 0)
    told: NDArray[np.bytes_] = np.ascontiguousarray(names).view(f"S{len(_NAME_FORM)}").reshape(-1)
    dated = np.flatnonzero(tables.vendors(table.interaction) >= FIRST_YEAR)
    if len(dated):
        told = told.astype(f"S{_DATED_WIDTH}")
        told[dated] = [_dated_names(table.id(row)) for row in dated.tolist()]
    return told


def _dated_names(recording: RecordingId) -> bytes:
    """Of a recording of InterAct, its interaction and its actor."""
    return f"{recording} {recording.interaction_key} p{recording.participant:03d}".encode()
