"""The server that notes when it does what: `python -m avatar_server.bench.stamped_server WIDTH HEIGHT`.

Prints its address as `avatar-server serve` does, and ends on SIGINT. Its stages are `stamped_stage`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from avatar_server.bench.stamped_stage import STAMPS_FILE
from avatar_server.bench.stamps import Stamps
from avatar_server.control.commands import TurnOrbit
from avatar_server.encode.live_packet import LivePacket
from avatar_server.settings import Settings
from avatar_server.sinks.webrtc_aiortc_sender import PacketSender
from avatar_server.stage import stage_process
from avatar_server.stage.departures import Departures
from avatar_server.stage.stage import Stage


def note_in(stamps: Stamps) -> None:
    """Note commands, pictures that came from the stage and that left, and RTP times of stream time 0."""
    follow, add, release, connect = Stage.follow, Departures.add, Stage._release, PacketSender.connect

    def noting_follow(stage: Stage, command: object) -> None:
        if isinstance(command, TurnOrbit):
            stamps.note("server")
        follow(stage, command)  # type: ignore[arg-type]  # Handed on as it came.

    def noting_add(departures: Departures, packet: LivePacket) -> None:
        if packet.kind == "video":
            stamps.note("encoded", packet.pts)
        add(departures, packet)

    def noting_release(stage: Stage, packet: LivePacket) -> None:
        if packet.kind == "video":
            stamps.note("left", packet.pts)
        release(stage, packet)

    def noting_connect(sender: PacketSender) -> None:
        connect(sender)
        if sender._clock_hz == 90_000:
            stamps.note("origin", sender._origin)

    replacements: tuple[tuple[object, str, Callable[..., object]], ...] = (
        (Stage, "follow", noting_follow),
        (Departures, "add", noting_add),
        (Stage, "_release", noting_release),
        (PacketSender, "connect", noting_connect),
    )
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)
    stage_process.PROGRAM = "avatar_server.bench.stamped_stage"


def main(width: int, height: int) -> None:
    """Serve the demo in pictures of this size."""
    from avatar_server.web import server

    note_in(Stamps(Path(os.environ[STAMPS_FILE])))
    server.WIDTH, server.HEIGHT = width, height
    server.serve(Settings(interaction="demo", port=0))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
