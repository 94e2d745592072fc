"""`participants.csv`: what the participants' questionnaires say of their personalities."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.csv_rows import Record, at_line, csv_records, shown
from avatar_server.dataset.recording_id import FIRST_YEAR, RecordingId
from avatar_server.errors import InputError

VENDOR = re.compile(r"V?(\d{1,2})", re.ASCII | re.IGNORECASE)
PARTICIPANT = re.compile(r"P?(\d{1,4})([A-Z]?)", re.ASCII | re.IGNORECASE)

_SCORE = "_raw"

Personality = Mapping[str, float]
"""Score by trait, as the file has them: `extraversion` for the column `extraversion_raw`."""


@dataclass(frozen=True, slots=True, order=True)
class ParticipantKey:
    """One person: numbers, with their letters, are unique only within a vendor."""

    vendor: int
    number: int
    suffix: str = ""

    @classmethod
    def of(cls, recording: RecordingId) -> ParticipantKey:
        """Who was recorded."""
        return cls(recording.vendor, recording.participant, recording.suffix)

    def __str__(self) -> str:
        if self.vendor >= FIRST_YEAR:
            return f"P{self.number:03d}"
        return f"V{self.vendor:02d}_P{self.number:04d}{self.suffix}"


def read_participants(path: Path) -> Mapping[ParticipantKey, Personality]:
    """The scores of all participants; an empty score is left out.

    Raises InputError, naming the line, for what is no vendor, participant or number, and for rows that
    contradict each other.
    """
    people: dict[ParticipantKey, Personality] = {}
    required = ("vendor_id", "participant_id")
    for line, fields in csv_records(path, required=required, optional_suffix=_SCORE):
        where = at_line(path, line)
        vendor = VENDOR.fullmatch(fields["vendor_id"].strip())
        participant = PARTICIPANT.fullmatch(fields["participant_id"].strip())
        if vendor is None:
            raise InputError(expected="a vendor_id like 00", came=shown(fields["vendor_id"]), where=where)
        if participant is None:
            came = shown(fields["participant_id"])
            raise InputError(expected="a participant_id like 1275", came=came, where=where)
        person = ParticipantKey(int(vendor[1]), int(participant[1]), participant[2].upper())
        personality = _personality(fields, where)
        if people.setdefault(person, personality) != personality:
            raise InputError(expected=f"one row of {person}", came="a second, different one", where=where)
    return people


def _personality(fields: Record, where: str) -> Personality:
    scores: dict[str, float] = {}
    for name, text in fields.items():
        if not name.endswith(_SCORE) or text.strip().lower() in ("", "nan", "na"):
            continue
        try:
            score = float(text)
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise InputError(expected=f"a number as {shown(name)}", came=shown(text), where=where)
        scores[name.removesuffix(_SCORE)] = score
    return scores
