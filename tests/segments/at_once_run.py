"""Run in an interpreter of its own: `export_at_once` in a process that has no threads and no OpenGL.

Arguments: what happens at 4.5 s of the film, the file to write, how many jobs. Prints a line of JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import card_film  # type: ignore[import-not-found]

from avatar_server.errors import MachineError
from avatar_server.export import Progress
from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Snapshot
from avatar_server.segments.at_once import export_at_once
from avatar_server.stage.test_card import TestCardRenderer

SIZE = PictureSize(320, 192)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(3)


def fail() -> None:
    raise MachineError("the driver is gone")


def fill() -> None:
    """The kernel refuses what is longer than this, as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


IN_A_WORKER: dict[str, Callable[[], None]] = {"kill": kill, "leave": leave, "fail": fail, "fill": fill}


class Mortal(TestCardRenderer):
    """Does what was asked for in its worker."""

    def __init__(self, what: str) -> None:
        super().__init__(SIZE)
        self._end = IN_A_WORKER.get(what)

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        if self._end is not None and snapshot.time_s > 4.5:
            self._end()
        super().submit(snapshot, hasty=hasty)


def main(what: str, target: str, jobs: str) -> None:
    told: list[Progress] = []
    most = 0

    def progress(now: Progress) -> None:
        nonlocal most
        told.append(now)
        most = max(most, len(multiprocessing.active_children()))
        if now.pictures > 70 and what == "interrupt":
            raise KeyboardInterrupt
        if now.pictures > 70 and what == "kill all":
            os.kill(os.getpid(), signal.SIGKILL)

    film = card_film(end_s=60.0 if what == "kill all" else 7.1)
    result: dict[str, object] = {}
    try:
        done = export_at_once(
            film, SIZE, lambda: Mortal(what), Path(target), jobs=int(jobs), progress=progress
        )
        result |= {"done": asdict(done), "told": [one.pictures for one in told], "total": told[-1].total}
    except MachineError as error:
        result["error"] = str(error)
    except KeyboardInterrupt:
        result["error"] = "interrupted"
    left = len(multiprocessing.active_children())
    print(json.dumps({**result, "children": most, "left": left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
