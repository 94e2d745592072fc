"""The names of Seamless Interaction recordings, `V00_S0809_I00000582_P1275A`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatar_server.errors import UsageError

_KEY = r"V(\d{2})_S(\d{4})_I(\d{8})"
_KEY_PATTERN = re.compile(_KEY, re.ASCII)
_ID_PATTERN = re.compile(_KEY + r"_P(\d{4})([A-Z]?)", re.ASCII)


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

    def __str__(self) -> str:
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

    @property
    def interaction_key(self) -> InteractionKey:
        """The conversation this recording belongs to."""
        return InteractionKey(self.vendor, self.session, self.interaction)

    def __str__(self) -> str:
        return f"{self.interaction_key}_P{self.participant:04d}{self.suffix}"


def may_be_listed(name: str) -> bool:
    """Whether a catalogue could know this name: a key, a recording's id, or two ids with a comma between."""
    ids = [part.strip() for part in name.split(",")]
    if len(ids) == 1 and _KEY_PATTERN.fullmatch(name):
        return True
    return len(ids) <= 2 and all(_ID_PATTERN.fullmatch(part) for part in ids)
