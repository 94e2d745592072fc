"""One fetch: what was asked for, and how far it is. Pure: the process's records come in as arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from avatar_server.dataset.fetching.fetch_records import (
    FetchRecord,
    FileCame,
    Finished,
    PieceAbsent,
    Planned,
    Progress,
    RecordingAbsent,
    RecordingFailed,
    Retrying,
)
from avatar_server.dataset.modalities import Modality

FetchState = Literal["queued", "running", "done", "failed", "cancelled"]

MOST_NAMED = 200
"""Absent pieces and troubles that are told one by one."""


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """interactions: keys. modalities: in the order of the data set's."""

    interactions: tuple[str, ...]
    modalities: tuple[Modality, ...]


@dataclass(frozen=True, slots=True)
class AbsentShown:
    """What no store has. piece: such as `mp4`, empty if nothing of the recording is there."""

    recording: str
    piece: str


@dataclass(frozen=True, slots=True)
class FetchShown:
    """A fetch. recordings, of recordings_expected, and files, of files_expected: done with, or absent.

    bytes: fetched. What is expected of files and bytes is an estimate that becomes exact. absent: the first
    ones, of absent_count. trouble: what went wrong last and is tried again, empty if all goes well.
    problem: why it failed. created_s: Unix time.
    """

    id: str
    interactions: tuple[str, ...]
    modalities: tuple[Modality, ...]
    state: FetchState
    recordings: int
    recordings_expected: int
    files: int
    files_expected: int
    bytes: int
    bytes_expected: int
    absent: tuple[AbsentShown, ...]
    absent_count: int
    trouble: str
    problem: str
    created_s: float


@dataclass(slots=True)
class FetchJob:
    """A fetch and its account. for_people: takes what must not leave the machine out of a sentence."""

    id: str
    order: FetchOrder
    created_s: float
    for_people: Callable[[str], str]
    state: FetchState = "queued"
    _recordings: int = 0
    _recordings_expected: int = 0
    _files: int = 0
    _files_expected: int = 0
    _bytes: int = 0
    _bytes_expected: int = 0
    _absent: list[AbsentShown] = field(default_factory=list)
    _absent_count: int = 0
    _trouble: str = ""
    _problem: str = ""
    _is_finished: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing will change any more."""
        return self.state in ("done", "failed", "cancelled")

    def told(self, record: FetchRecord) -> None:
        """What the process says."""
        match record:
            case Planned():
                self._recordings_expected = record.recordings
                self._bytes_expected = record.estimated_bytes
            case Progress():
                self._recordings, self._recordings_expected = record.recordings, record.recordings_expected
                self._files, self._files_expected = record.files, record.files_expected
                self._bytes, self._bytes_expected = record.bytes, record.bytes_expected
            case FileCame():
                self._trouble = ""
            case PieceAbsent():
                self._note_absent(AbsentShown(record.recording, record.piece))
            case RecordingAbsent():
                self._note_absent(AbsentShown(record.recording, ""))
            case Retrying():
                self._trouble = self.for_people(f"{record.recording}: {record.reason}")
            case RecordingFailed():
                self._problem = self._problem or self.for_people(f"{record.recording}: {record.reason}")
            case Finished():
                self._is_finished = True
                self._bytes = record.bytes
                self._problem = self.for_people(record.reason) or self._problem

    def ended(self, exit_status: int, last_words: str) -> None:
        """The process ended. last_words: its last line on standard error."""
        if self.state != "running":
            return
        self._trouble = ""
        self.state = "done" if self._is_finished and exit_status == 0 else "failed"
        if self.state == "failed" and not self._problem:
            self._problem = self.for_people(last_words) or f"the process ended with status {exit_status}"

    def shown(self) -> FetchShown:
        """As it is now."""
        return FetchShown(
            id=self.id,
            interactions=self.order.interactions,
            modalities=self.order.modalities,
            state=self.state,
            recordings=self._recordings,
            recordings_expected=self._recordings_expected,
            files=self._files,
            files_expected=self._files_expected,
            bytes=self._bytes,
            bytes_expected=self._bytes_expected,
            absent=tuple(self._absent),
            absent_count=self._absent_count,
            trouble=self._trouble,
            problem=self._problem,
            created_s=self.created_s,
        )

    def _note_absent(self, absent: AbsentShown) -> None:
        self._absent_count += 1
        if len(self._absent) < MOST_NAMED:
            self._absent.append(absent)
