"""What two actors were asked to play."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """text: what happens; setup: who they are. Empty: not known."""

    number: int
    relationship: str
    emotion: str
    setup: str
    text: str
