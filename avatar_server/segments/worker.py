"""What a worker process does: take the next segment that nobody has, draw and encode it, until all are."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from avatar_server.errors import AvatarServerError
from avatar_server.render.contract import Renderer
from avatar_server.render.opengl.context import DEVICE_VARIABLE
from avatar_server.segments.drawing import FilmTimes
from avatar_server.segments.film import Film
from avatar_server.segments.matrix_threads import use_one_thread
from avatar_server.segments.plan import Segment
from avatar_server.segments.spare_memory import give_back_freed, give_back_zeros, keep_little
from avatar_server.segments.writing import write_segment

HELD_BACK = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that are blocked while a worker is forked: until it has said what they mean to it."""

RASTERISER_THREADS = "LP_NUM_THREADS"
"""Environment variable of Mesa's llvmpipe."""

_SOFTWARE = "llvmpipe"
_NEWS_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Drew:
    """So many more pictures were drawn."""

    pictures: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Segment `index` is there. times: all since the last one, see `Exported`."""

    index: int
    renderer: str
    times: FilmTimes


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on; people are told why."""

    message: str


class _News:
    """Tells how many pictures were drawn, not more often than people can see it."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._pictures = 0
        self._told = time.monotonic()

    def drew(self, pictures: int) -> None:
        """So many more."""
        self._pictures += pictures
        if time.monotonic() - self._told > _NEWS_EVERY_S:
            self.tell()

    def tell(self) -> None:
        """What was not told yet."""
        if self._pictures:
            self._line.send(Drew(self._pictures))
        self._pictures = 0
        self._told = time.monotonic()


def work(
    film: Film,
    plan: Sequence[Segment],
    open_renderer: Callable[[], Renderer],
    folder: Path,
    next_index: Synchronized[int],
    line: Connection,
    not_ours: Sequence[Connection],
    device: int | None,
) -> None:
    """Run in a forked process: write segment i of `plan` to `folder`/i and tell `line` about it.

    next_index: the first of the plan that nobody has taken. not_ours: ends of lines that a fork copies; the
    other side would not notice, otherwise, when whoever joins has ended. Then `folder` is removed. device:
    number of an EGL device, None for the usual one.
    """
    for other in not_ours:
        other.close()
    # People who press Ctrl-C mean the process that joins; it ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
    os.environ.setdefault(RASTERISER_THREADS, "1")
    use_one_thread()
    keep_little()
    if device is not None:
        os.environ[DEVICE_VARIABLE] = str(device)
    try:
        try:
            with closing(open_renderer()) as renderer:
                # Memory that a GPU writes to must stay where it is.
                if _SOFTWARE in renderer.name:
                    give_back_zeros()
                while (segment := _take(plan, next_index)) is not None:
                    times = FilmTimes()
                    news = _News(line)
                    write_segment(
                        film, renderer, segment, folder / str(segment.index), times=times, progress=news.drew
                    )
                    news.tell()
                    line.send(Finished(segment.index, renderer.name, times))
                    give_back_freed()
        except AvatarServerError as error:
            line.send(Failed(str(error)))
    except ConnectionError:
        # Whoever joins was killed, and cannot clean up behind itself.
        shutil.rmtree(folder, ignore_errors=True)


def _take(plan: Sequence[Segment], next_index: Synchronized[int]) -> Segment | None:
    with next_index.get_lock():
        index = next_index.value
        next_index.value += 1
    return plan[index] if index < len(plan) else None
