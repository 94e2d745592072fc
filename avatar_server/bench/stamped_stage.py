"""A stage's process that notes when it does what: `python -m avatar_server.bench.stamped_stage`.

It is `avatar_server.stage.process` with notes in `Stamps`, in the file that the environment names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from avatar_server.bench.stamps import Stamps
from avatar_server.control.commands import TurnOrbit
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.render.contract import Picture, Renderer, draw
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage import picture_loop, process
from avatar_server.stage.desk import Desk
from avatar_server.stage.view_encoders import DrawnPicture, EncoderThreads
from avatar_server.timing.synchroniser import PictureGrid

RATE_HZ = 30
"""Pictures a second of a server (`web.server`)."""

STAMPS_FILE = "AVATAR_SERVER_BENCH_STAMPS"


def note_in(stamps: Stamps) -> None:
    """Note commands at the desk, and when pictures of the presenter's view were begun, drawn, handed over."""
    follow, hand_over = Desk.follow, EncoderThreads.hand_over
    drawn_s = [0.0, 0.0]

    def noting_follow(desk: Desk, command: object, stream_s: float) -> None:
        follow(desk, command, stream_s)  # type: ignore[arg-type]  # Handed on as it came.
        if isinstance(command, TurnOrbit):
            stamps.note("desk")

    def noting_draw(renderer: Renderer, snapshot: Snapshot, *, hasty: bool) -> Picture:
        drawn_s[0] = time.monotonic()
        picture = draw(renderer, snapshot, hasty=hasty)
        drawn_s[1] = time.monotonic()
        return picture

    def noting_hand_over(threads: EncoderThreads, view: str, drawn: DrawnPicture) -> None:
        hand_over(threads, view, drawn)
        if view == PRESENTER:
            pts = PictureGrid(RATE_HZ).pts(drawn.index)
            stamps.note("begun", pts, drawn_s[0])
            stamps.note("drawn", pts, drawn_s[1])

    replacements: tuple[tuple[object, str, Callable[..., object]], ...] = (
        (Desk, "follow", noting_follow),
        (picture_loop, "draw", noting_draw),
        (EncoderThreads, "hand_over", noting_hand_over),
    )
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)


if __name__ == "__main__":
    note_in(Stamps(Path(os.environ[STAMPS_FILE])))
    process.main()
