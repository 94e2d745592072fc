"""One film of a batch: which interaction, which part of it, and what its file is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from avatar_server.errors import UsageError

_LONGEST_NAME = 200
"""Characters; Linux takes 255 bytes, and endings come after it."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,+@=-]*", re.ASCII)
_OTHER = re.compile(r"[^A-Za-z0-9_.+@=-]+", re.ASCII)

_TAKEN = frozenset({"manifest", "failures", "segments"})
"""Names of files that a batch writes besides its films."""


@dataclass(frozen=True, slots=True)
class Entry:
    """interaction: as after `render`. start_s, end_s: None is its beginning, and its end.

    name: of its files, without ending, unlike any other of the batch.
    """

    name: str
    interaction: str
    start_s: float | None = None
    end_s: float | None = None

    def __post_init__(self) -> None:
        if not (_NAME.fullmatch(self.name) and len(self.name) <= _LONGEST_NAME):
            raise UsageError(
                f"expected a name of up to {_LONGEST_NAME} letters, digits and _.,+@=- that begins with "
                f"a letter, a digit or _, got {self.name[: _LONGEST_NAME + 1]!a}"
            )
        if self.name.lower().partition("-")[0] in _TAKEN:
            raise UsageError(f"a film cannot be called {self.name}: files of the batch have such names")
        if self.start_s is not None and self.end_s is not None and self.end_s <= self.start_s:
            raise UsageError(
                f"{self.name}: expected an end after the start ({self.start_s:g} s), got {self.end_s:g}"
            )

    @property
    def length_s(self) -> float | None:
        """Known before anything is opened only of a span that says where it ends."""
        return None if self.end_s is None else self.end_s - (self.start_s or 0.0)


def usual_name(interaction: str, start_s: float | None = None, end_s: float | None = None) -> str:
    """What an entry is called that was not given a name: `V00_S0809_I00000582`, `..._12.5-20`."""
    last = "+".join(part.strip().rpartition("/")[2] for part in interaction.split(","))
    name = _OTHER.sub("-", last).strip("-.") or "film"
    if start_s is None and end_s is None:
        return name
    end = "end" if end_s is None else f"{end_s:g}"
    return f"{name}_{start_s or 0.0:g}-{end}"


def refuse_same_names(entries: Iterable[Entry]) -> None:
    """UsageError if two would write one file, also on a disk that does not tell `a` from `A`."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.name.lower(), entry)
        if other is not entry:
            raise UsageError(
                f"two entries would both be written to {entry.name}.mp4; a column `name` tells them apart"
            )
