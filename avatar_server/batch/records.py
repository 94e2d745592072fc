"""What is told of a batch while it goes on: `avatar-server render-all --json` prints one record a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.control.strict_json import message_text, parse_message


@dataclass(frozen=True, slots=True)
class Batch:
    """First of all. films: of this run; films_of_all: of all shards. place: where they are kept."""

    place: str
    films: int
    films_of_all: int
    workers: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Before anything is drawn, for the films that are not there yet.

    film_s: seconds of film, of which known_s are told by spans or by sounds that are here, the rest is as
    long as usual. wall_s, bytes: what it may take; None where no film could be tried. free_bytes: None where
    that is not known. pictures_per_s: of one worker.
    """

    films: int
    film_s: float
    known_s: float
    pictures: int
    wall_s: float | None
    bytes: int | None
    free_bytes: int | None
    pictures_per_s: float | None
    renderer: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A film is begun, or gone on with: segments_here of its segments were finished before."""

    name: str
    pictures: int
    segments: int
    segments_here: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A few times a second: pictures of a film that are drawn, or were, of all it has."""

    name: str
    pictures: int
    pictures_expected: int


@dataclass(frozen=True, slots=True)
class FilmWritten:
    """A film is there. was_there: since before this run, and verified."""

    name: str
    pictures: int
    duration_s: float
    bytes: int
    was_there: bool


@dataclass(frozen=True, slots=True)
class FilmFailed:
    """It could not be made; all others go on."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker ended; what it did is done again. name: of the film it worked on, or empty."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A few times a second, of the whole.

    What is expected of pictures is an estimate, which becomes exact bit by bit.

    remaining_s: None before anything was drawn.
    """

    films: int
    films_expected: int
    pictures: int
    pictures_expected: int
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class Note:
    """What people should know. name: of the film, or empty."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Last of all.

    written, were_there, failed: films. pictures: drawn in this run. bytes: of the films written.

    reason: why it ended before everything was tried, such as a full disk; empty if it did not.
    """

    written: int
    were_there: int
    failed: int
    pictures: int
    bytes: int
    wall_s: float
    reason: str


BatchRecord = (
    Batch | Estimate | Begun | Drawing | FilmWritten | FilmFailed | WorkerLost | Progress | Note | Ended
)

Tell = Callable[[BatchRecord], None]

KINDS: dict[str, type[BatchRecord]] = {
    "batch": Batch,
    "estimate": Estimate,
    "begun": Begun,
    "drawing": Drawing,
    "film": FilmWritten,
    "failed": FilmFailed,
    "worker_lost": WorkerLost,
    "progress": Progress,
    "note": Note,
    "ended": Ended,
}
"""By `type`, as they are called in JSON."""


def record_line(record: BatchRecord) -> str:
    """One line of JSON, without its end."""
    return message_text(record, KINDS)


def parse_record(line: str) -> BatchRecord:
    """What `record_line` made; MessageError for anything else."""
    return parse_message(line, KINDS)
