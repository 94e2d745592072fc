"""How a stage stands at one stream time, as the desk tells it to the loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.control.commands import ChooseCamera
from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER
from avatar_server.scene.cameras import Orbit
from avatar_server.stage.view import View
from avatar_server.stage.voices import Voices
from avatar_server.stage.wire import NumberedStream
from avatar_server.timing.buffering import Buffered
from avatar_server.timing.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Moment:
    """All that the loops need to know of one stream time; `revision` grows when time takes another course.

    held: names of the views that somebody has a hand on.
    """

    timeline: Timeline
    revision: int
    view: View
    media_s: float
    moving: bool
    wanted: tuple[NumberedStream, ...]
    keys: frozenset[int]
    listeners: int
    resumes: bool
    waiting: bool
    buffered: Buffered
    own: Mapping[str, View]
    voices: Voices
    held: frozenset[str]

    def view_of(self, name: str) -> View:
        """The view called `name`: the presenter's, somebody's own, or that of a camera.

        An own view that is not there yet is the presenter's.
        """
        if name == PRESENTER or name in OWN_VIEWS:
            return self.own.get(name, self.view)
        return self.view.changed(ChooseCamera(name), self.media_s)

    def orbit_of(self, name: str) -> Orbit:
        """Where the view called `name` is seen from."""
        return self.view_of(name).orbit_at(self.media_s)

    @property
    def gains(self) -> NDArray[np.float32]:
        """(people, 2): how loud each is heard left and right."""
        return self.voices.gains(self.view.programme.pans())

    @property
    def mixed(self) -> tuple[Voices, str]:
        """Equal for moments whose sound is mixed alike."""
        return self.voices, self.view.programme.preset_name

    @property
    def playing(self) -> bool:
        """As people understand it: it moves, or will once somebody watches or what is missing is here."""
        return self.moving or self.waiting or (not self.watched and self.resumes)

    @property
    def watched(self) -> bool:
        """Whether anybody is there; if not, time holds."""
        return self.listeners > 0
