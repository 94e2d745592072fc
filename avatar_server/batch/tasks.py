"""What a worker is told to do, and what it answers; everything here can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from avatar_server.batch.entry import Entry
from avatar_server.batch.inputs import InputFile
from avatar_server.segments.plan import Segment


@dataclass(frozen=True, slots=True)
class Prepare:
    """Say what is to be done for an entry, and clean up what is of no use.

    segment_s: length of its segments.
    """

    entry: Entry
    segment_s: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be done.

    segments: all of the film; here: indices of those that are finished and verified. inputs, doctor: see
    `Sidecar`.

    subject: see `subject_of`.
    """

    segments: tuple[Segment, ...]
    here: frozenset[int]
    picture_count: int
    duration_s: float
    fingerprint: str
    subject: str
    inputs: tuple[InputFile, ...]
    doctor: Mapping[str, Any]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The film is there. was_there: since before this run. bytes: of the film."""

    picture_count: int
    duration_s: float
    bytes: int
    was_there: bool


@dataclass(frozen=True, slots=True)
class Write:
    """Draw and encode one segment of an entry that is prepared."""

    entry: Entry
    segment: Segment
    subject: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A segment is finished.

    was_there: another worker had finished it before it was lost, so nothing was drawn. wall_s: of drawing.
    """

    bytes: int
    wall_s: float
    was_there: bool


@dataclass(frozen=True, slots=True)
class Join:
    """All segments are there: make the film, and its sidecar."""

    entry: Entry
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Try:
    """Draw and encode some pictures of an entry to see how long that takes; nothing is kept."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Tried:
    """bytes_per_s: of film, with sound. cores: how many of the machine's were busy on the average."""

    pictures_per_s: float
    bytes_per_s: float
    cores: float
    machine_cores: int
    renderer: str


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The task ended with an error, and would again.

    reason: one line. is_ours: a mistake of the software; `details` is then its traceback. is_full: the disk
    is. exit_status: of the error.
    """

    reason: str
    details: str
    is_full: bool
    exit_status: int


Task = Prepare | Write | Join | Try
Answer = Prepared | Finished | Wrote | Tried | TaskFailed
