"""A face of which the recorded one comes later, if at all."""

from __future__ import annotations

from avatar_server.face.clip import Face
from avatar_server.face.recorded import RecordedFace


class GrowingFace:
    """The face that is made from the voice, until a recorded one is here; safe from any thread."""

    def __init__(self, made: Face | None) -> None:
        """made: None where faces are shown only if they were recorded."""
        self._made = made
        self._now = made

    @property
    def now(self) -> Face | None:
        """The face as it is known now."""
        return self._now

    def take(self, recorded: RecordedFace) -> None:
        """The recorded one is here."""
        self._now = recorded.filled_by(self._made) if self._made is not None else recorded
