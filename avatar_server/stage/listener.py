"""Who is told what happens on a stage."""

from __future__ import annotations

from typing import Protocol

from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket, VideoStream


class Listener(Protocol):
    """Somebody who is told what happens on a stage; all calls are short and none may fail."""

    def on_packet(self, packet: LivePacket) -> None:
        """A packet leaves now."""

    def on_status(self, status: Status) -> None:
        """The stage changed, or a quarter of a second has passed."""

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """This encoding cannot be made; the others go on."""

    def on_interrupted(self) -> None:
        """The stage's process is gone; it is being replaced, and packets go on soon."""

    def on_resumed(self) -> None:
        """The stage goes on where it was interrupted."""

    def on_ended(self, reason: str) -> None:
        """The stage is gone for good."""
