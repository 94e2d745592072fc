"""The stretch of an interaction that is played again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from avatar_server.settings import SAMPLE_RATE_HZ

SHORTEST_S = 0.2
"""Syllables take about so long; anything shorter is a buzz and no speech."""


@dataclass(frozen=True, slots=True)
class Region:
    """From `start_s`, which is played, to before `end_s`, in media seconds; both lie on samples."""

    start_s: float
    end_s: float

    @classmethod
    def within(cls, duration_s: float, start_s: float, end_s: float) -> Self:
        """The stretch asked for as far as the interaction has it, to the nearest sample.

        Raises ValueError if less than `SHORTEST_S` are left.
        """
        first, last = (
            round(min(max(asked_s, 0.0), duration_s) * SAMPLE_RATE_HZ) for asked_s in (start_s, end_s)
        )
        if last - first < round(SHORTEST_S * SAMPLE_RATE_HZ):
            raise ValueError(
                f"region: expected at least {SHORTEST_S:g} s within 0 to {duration_s:g} s, "
                f"got {start_s:g} to {end_s:g} s"
            )
        return cls(first / SAMPLE_RATE_HZ, last / SAMPLE_RATE_HZ)

    @property
    def length_s(self) -> float:
        """Of one round."""
        return self.end_s - self.start_s

    def holds(self, media_s: float) -> bool:
        """Whether `media_s` is played in each round."""
        return self.start_s <= media_s < self.end_s
