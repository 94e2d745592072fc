"""The names of recordings, `V00_S0809_I00000582_P1275A`, and `20231119_001_051` as InterAct has them.

InterAct has a date, an actor and a scenario where the other has vendor and session, participant and prompt.
The date's year and day stand for vendor and session, which never are as large, so one kind of name serves
both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatar_server.errors import UsageError

_KEY = r"V(\d{2})_S(\d{4})_I(\d{8})"
_KEY_PATTERN = re.compile(_KEY, re.ASCII)
_ID_PATTERN = re.compile(_KEY + r"_P(\d{4})([A-Z]?)", re.ASCII)
_DATED_KEY = re.compile(r"([12]\d{3})(\d{4})_(\d{3})", re.ASCII)
_DATED_ID = re.compile(r"([12]\d{3})(\d{4})_(\d{3})_(\d{3})", re.ASCII)

FIRST_YEAR = 1000
"""A vendor from here on is the year of an InterAct recording."""


@dataclass(frozen=True, slots=True, order=True)
class InteractionKey:
    """One conversation: vendor, session and prompt. The prompt number alone is reused by many sessions."""

    vendor: int
    session: int
    interaction: int

    @classmethod
    def parse(cls, text: str) -> InteractionKey:
        """Read `V00_S0809_I00000582`; UsageError if it is anything else."""
        match = _KEY_PATTERN.fullmatch(text)
        if match is None:
            raise UsageError(f"expected an interaction key like V00_S0809_I00000582, got {text!r}")
        return cls(*(int(group) for group in match.groups()))

    @classmethod
    def parse_any(cls, text: str) -> InteractionKey:
        """Read that, or InterAct's `20231119_051`; UsageError if it is neither."""
        match = _DATED_KEY.fullmatch(text)
        return cls.parse(text) if match is None else cls(*(int(group) for group in match.groups()))

    @property
    def is_dated(self) -> bool:
        """Of InterAct."""
        return self.vendor >= FIRST_YEAR

    def __str__(self) -> str:
        if self.is_dated:
            return f"{self.vendor}{self.session:04d}_{self.interaction:03d}"
        return f"V{self.vendor:02d}_S{self.session:04d}_I{self.interaction:08d}"


@dataclass(frozen=True, slots=True, order=True)
class RecordingId:
    """One participant of one interaction. The suffix letter (165 recordings have one) is part of the name.

    Participant numbers are unique only within a vendor.
    """

    vendor: int
    session: int
    interaction: int
    participant: int
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> RecordingId:
        """Read `V00_S0809_I00000582_P1275A`; UsageError if it is anything else."""
        match = _ID_PATTERN.fullmatch(text)
        if match is None:
            raise UsageError(f"expected a recording id like V00_S0809_I00000582_P1275, got {text!r}")
        vendor, session, interaction, participant, suffix = match.groups()
        return cls(int(vendor), int(session), int(interaction), int(participant), suffix)

    @classmethod
    def parse_dated(cls, text: str) -> RecordingId:
        """Read InterAct's `20231119_001_051`; UsageError if it is anything else."""
        match = _DATED_ID.fullmatch(text)
        if match is None:
            raise UsageError(f"expected a recording of InterAct like 20231119_001_051, got {text!r}")
        year, day, actor, scenario = (int(group) for group in match.groups())
        return cls(year, day, scenario, actor)

    @property
    def interaction_key(self) -> InteractionKey:
        """The conversation this recording belongs to."""
        return InteractionKey(self.vendor, self.session, self.interaction)

    def __str__(self) -> str:
        if self.vendor >= FIRST_YEAR:
            return f"{self.vendor}{self.session:04d}_{self.participant:03d}_{self.interaction:03d}"
        return f"{self.interaction_key}_P{self.participant:04d}{self.suffix}"


def may_be_listed(name: str) -> bool:
    """Whether a catalogue could know this name: a key, a recording's id, or two ids with a comma between."""
    ids = [part.strip() for part in name.split(",")]
    if len(ids) == 1 and _KEY_PATTERN.fullmatch(name):
        return True
    return len(ids) <= 2 and all(_ID_PATTERN.fullmatch(part) for part in ids)
