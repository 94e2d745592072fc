"""Views that belong to one viewer each: who may have one, and what a stage's process is told of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from avatar_server.control.commands import ViewCommand
from avatar_server.encode.live_packet import OWN_VIEWS
from avatar_server.errors import MachineFullError
from avatar_server.scene.cameras import Orbit

RETRY_S = 10
"""Viewers come and go."""


@dataclass(frozen=True, slots=True)
class OwnViewState:
    """Where a viewer's own view stands, for the viewer and for a process that goes on for a lost one.

    shot: the camera that is seen, also while the director cuts.
    """

    view: str
    camera: str
    orbit: Orbit
    shot: str = ""


@dataclass(frozen=True, slots=True)
class OwnViews:
    """Which of `OWN_VIEWS` there are from now on; a new one begins where the presenter's view is."""

    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InView:
    """A command for one of `OWN_VIEWS`, which moves nothing else."""

    view: str
    command: ViewCommand


class OwnViewNames:
    """Gives each viewer who wants a view of its own one of `OWN_VIEWS`."""

    def __init__(self) -> None:
        self._free = deque(OWN_VIEWS)
        self.taken: tuple[str, ...] = ()

    def take(self) -> str:
        """A name that nobody has, and nobody had lately; raises `MachineFullError` if there is none."""
        if not self._free:
            raise MachineFullError(f"as many have a view of their own as may ({len(OWN_VIEWS)})", RETRY_S)
        view = self._free.popleft()
        self.taken = (*self.taken, view)
        return view

    def give_back(self, view: str) -> None:
        """The view is not needed any more; giving back twice is fine."""
        if view in self.taken:
            self.taken = tuple(other for other in self.taken if other != view)
            self._free.append(view)
