"""The pictures of a film, in order, drawn in the calling thread and handed over one by one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

from avatar_server.encode.h264_segment import pictures_per_group
from avatar_server.render.contract import LooksAhead, Picture, Renderer
from avatar_server.scene.snapshot import Snapshot
from avatar_server.segments.film import Film, LaysOver

KNOWN_AHEAD = 8
"""Pictures that a renderer may reckon with at once."""


@dataclass(slots=True)
class FilmTimes:
    """Seconds so far: see `Exported`."""

    posing_s: float = 0.0
    submitting_s: float = 0.0
    collecting_s: float = 0.0
    waiting_s: float = 0.0
    encoding_s: float = 0.0

    def add(self, other: FilmTimes) -> None:
        """Somebody else's too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """Picture `index` of a film. finish: draws over it what belongs there, names and burnt captions."""

    index: int
    picture: Picture
    finish: LaysOver


def draw_film(
    film: Film, renderer: Renderer, first: int, count: int, times: FilmTimes | None = None
) -> Iterator[Drawn]:
    """Pictures `first` to `first + count - 1`; as many are under way as the renderer can."""
    times = FilmTimes() if times is None else times
    burn = film.overlay(renderer.size)
    group = pictures_per_group(film.rate_hz)
    under_way: deque[tuple[int, LaysOver]] = deque()
    ahead: deque[Snapshot] = deque()
    for index in range(first, first + count):
        started = time.perf_counter()
        if not ahead:
            ahead.extend(
                _next_snapshots(film, renderer, index, min(first + count, index + group - index % group))
            )
        snapshot = ahead.popleft()
        posed = time.perf_counter()
        renderer.submit(snapshot)
        under_way.append((index, _finishing(film, snapshot, burn, index)))
        times.posing_s += posed - started
        times.submitting_s += time.perf_counter() - posed
        is_last = index == first + count - 1
        while under_way and (is_last or len(under_way) >= renderer.capacity):
            started = time.perf_counter()
            picture = renderer.collect()
            times.collecting_s += time.perf_counter() - started
            yield Drawn(under_way[0][0], picture, under_way[0][1])
            under_way.popleft()


def _next_snapshots(film: Film, renderer: Renderer, first: int, end: int) -> list[Snapshot]:
    """From picture `first` on, before `end`: as many as the renderer should know.

    Groups of pictures begin anew, so that it does not matter where a segment begins.
    """
    if not isinstance(renderer, LooksAhead):
        return [film.snapshot(first)]
    snapshots = [film.snapshot(index) for index in range(first, min(first + KNOWN_AHEAD, end))]
    renderer.look_ahead(snapshots)
    return snapshots


def _finishing(film: Film, snapshot: Snapshot, burn: Callable[[Picture, int], None], index: int) -> LaysOver:
    name = None if film.names is None else film.names(snapshot)

    def finish(picture: Picture) -> None:
        if name is not None:
            name(picture)
        burn(picture, index)

    return finish
