"""A performance becomes a file: drawn in the calling thread, encoded in another, both at once.

Whatever the length, at most a handful of pictures are in memory; a slow encoder makes the drawing wait.
`segments.at_once` does the same with several processes, and the film is the same, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, Renderer
from avatar_server.segments.drawing import Drawn, FilmTimes, draw_film
from avatar_server.segments.encoding import Encoding
from avatar_server.segments.film import Film
from avatar_server.sinks.mp4 import Mp4File


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how the time went.

    posing_s (making snapshots), submitting_s and collecting_s (pictures, to and from the renderer) and
    waiting_s (for the encoder) add up to nearly wall_s; encoding_s is another thread's and overlaps. Of
    several processes they are sums. renderer: what drew, for people.
    """

    renderer: str
    picture_count: int
    duration_s: float
    wall_s: float
    posing_s: float
    submitting_s: float
    collecting_s: float
    waiting_s: float
    encoding_s: float

    @property
    def pictures_per_second(self) -> float:
        """Over all: drawing, encoding and finishing the file."""
        return self.picture_count / self.wall_s


@dataclass(frozen=True, slots=True)
class Progress:
    """Pictures drawn so far, of all, and bytes of the file, which lag a little behind."""

    pictures: int
    total: int
    bytes: int


class FilmFile(Protocol):
    """What a film is written to; an `Mp4File` is one."""

    @property
    def bytes_written(self) -> int:
        """So far."""

    def write_picture(self, picture: Picture) -> None:
        """The next picture."""

    def write_sound(self, block: NDArray[np.float32]) -> None:
        """The next (n, 2) samples."""


def export(
    film: Film,
    renderer: Renderer,
    target: Path,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Exported:
    """Write `film` to the MP4 file `target`.

    `renderer` stays open and is used in the calling thread only. Raises what the parts raise; then no file is
    left behind, and an older one under the same name is still there.
    """
    begun = time.perf_counter()
    with Mp4File(target, renderer.size, film.rate_hz, film.tags, film.text_track) as file:
        exported = export_into(film, renderer, file, progress=progress)
    return replace(exported, wall_s=time.perf_counter() - begun)


def export_into(
    film: Film,
    renderer: Renderer,
    file: FilmFile,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Exported:
    """Write all pictures and the sound of `film` to a file that is open, and stays so."""
    total = film.picture_count
    begun = time.perf_counter()
    times = FilmTimes()

    def write(drawn: Drawn) -> None:
        file.write_picture(drawn.picture)
        file.write_sound(film.sound(drawn.index, 1))

    with Encoding(write) as encoding:
        for drawn in draw_film(film, renderer, 0, total, times):
            encoding.take(drawn)
            progress(Progress(drawn.index + 1, total, file.bytes_written))
    return Exported(
        renderer=renderer.name,
        picture_count=total,
        duration_s=float(total / film.rate_hz),
        wall_s=time.perf_counter() - begun,
        posing_s=times.posing_s,
        submitting_s=times.submitting_s,
        collecting_s=times.collecting_s,
        waiting_s=encoding.waiting_s,
        encoding_s=encoding.encoding_s,
    )
