"""What is told of a fetch while it goes on: `avatar-server fetch --json` prints one record a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.control.strict_json import message_text, parse_message


@dataclass(frozen=True, slots=True)
class Planned:
    """First of all: what is going to be done.

    recordings: that are wanted; here: those of them that are whole already. estimated_bytes: to be fetched;
    of them known_bytes come from sizes that are known, the rest from what such recordings usually take.
    """

    recordings: int
    here: int
    estimated_bytes: int
    known_bytes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A few times a second.

    recordings, of recordings_expected, and files, of files_expected: done with, whatever became of them.
    bytes: fetched. What is expected of files and bytes is an estimate, which becomes exact bit by bit.
    """

    recordings: int
    recordings_expected: int
    files: int
    files_expected: int
    bytes: int
    bytes_expected: int


@dataclass(frozen=True, slots=True)
class FileCame:
    """One piece (see `modalities`) is whole. bytes: its size; fetched: of them in this run."""

    recording: str
    piece: str
    where: str
    bytes: int
    fetched: int


@dataclass(frozen=True, slots=True)
class PieceAbsent:
    """The store does not have it, as it lacks many; the recording comes without it."""

    recording: str
    piece: str
    where: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """Something failed, and is tried again in wait_s seconds."""

    recording: str
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class RecordingCame:
    """All that there is of it is in the official tree. files: names below the data folder."""

    recording: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordingAbsent:
    """No store has it, or not the motion, without which a recording is none."""

    recording: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """It exists, but did not come; what came of it is kept for the next try."""

    recording: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Last of all; numbers of recordings. pieces_absent: of those that came. bytes: fetched in this run.

    reason: why it ended before everything was tried, such as a full disk; empty if it did not.
    """

    fetched: int
    here: int
    absent: int
    failed: int
    pieces_absent: int
    bytes: int
    duration_s: float
    reason: str


FetchRecord = (
    Planned
    | Progress
    | FileCame
    | PieceAbsent
    | Retrying
    | RecordingCame
    | RecordingAbsent
    | RecordingFailed
    | Finished
)

Tell = Callable[[FetchRecord], None]
"""Takes what is told, in any thread."""

KINDS: dict[str, type[FetchRecord]] = {
    "planned": Planned,
    "progress": Progress,
    "file": FileCame,
    "piece_absent": PieceAbsent,
    "retry": Retrying,
    "recording": RecordingCame,
    "recording_absent": RecordingAbsent,
    "recording_failed": RecordingFailed,
    "finished": Finished,
}
"""By `type`, as they are called in JSON."""


def record_line(record: FetchRecord) -> str:
    """One line of JSON, without its end."""
    return message_text(record, KINDS)


def parse_record(line: str) -> FetchRecord:
    """What `record_line` made; MessageError for anything else."""
    return parse_message(line, KINDS)
