"""What a batch asks of whoever knows interactions: find, fetch, inspect and open what an entry shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from avatar_server.batch.entry import Entry
from avatar_server.render.contract import PictureSize, Renderer
from avatar_server.segments.film import Film

Words = Mapping[str, str | bool | None]
"""How a film is to be shown, option by option, as it was said; JSON can hold it."""


@dataclass(frozen=True, eq=False, slots=True)
class OpenedFilm:
    """Ready to be drawn.

    open_renderer: one for this film, which the caller closes. vtt: its words as WebVTT, if they are wanted
    beside it. notices: sentences for people.
    """

    film: Film
    size: PictureSize
    open_renderer: Callable[[], Renderer]
    vtt: str | None
    notices: tuple[str, ...]


class FilmSource(Protocol):
    """Goes to other processes and machines, so it can be pickled and holds nothing that is open."""

    @property
    def words(self) -> Words:
        """How all films are to be shown."""

    def inputs(self, entry: Entry) -> Mapping[str, Path]:
        """The files that decide about its pictures and sound, by names that are the same on every machine.

        Only looks on this machine; UsageError if they are not here.
        """

    def length_s(self, entry: Entry) -> float | None:
        """How long the film will be, as a look at the files tells that are here; None if they are not."""

    def bring(self, entry: Entry) -> None:
        """Have these files here; raises as `commands.bringing.bring` does."""

    def inspect(self, entry: Entry) -> Mapping[str, object]:
        """The doctor's report, as JSON has it; what is broken is part of it and raises nothing."""

    def open(self, entry: Entry) -> OpenedFilm:
        """Read and prepare what is here; raises what reading and opening raise."""
