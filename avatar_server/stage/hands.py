"""Hands on the camera: whose pictures somebody waits for. Pure: stream time is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from avatar_server.control.commands import LayHand, Pan, StageCommand, TurnOrbit, Zoom

GRIP_S = 3.0
"""A hand that neither moves nor is taken off is forgotten after this: its viewer may be gone."""

MOVEMENT_S = 0.2
"""After a movement the next one is likely for so long, also of what has no grip: wheels and keys."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Views that are held, and until when. until_s: stream time by the name of the view."""

    until_s: Mapping[str, float] = field(default_factory=dict)

    def after(self, view: str, command: StageCommand, stream_s: float) -> Hands:
        """What a command for this view makes of them."""
        held_s = self.until_s.get(view, stream_s)
        match command:
            case LayHand(True):
                held_s = stream_s + GRIP_S
            case LayHand(False):
                held_s = stream_s
            case TurnOrbit() | Pan() | Zoom():
                held_s = max(held_s, stream_s + MOVEMENT_S)
            case _:
                return self
        return replace(self, until_s={**self.until_s, view: held_s})

    def on(self, stream_s: float) -> frozenset[str]:
        """The views that are held."""
        return frozenset(view for view, until_s in self.until_s.items() if stream_s < until_s)
