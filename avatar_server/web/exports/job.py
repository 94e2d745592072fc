"""One export: what was asked for, and how far it is. Pure: time and the process's records are arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from avatar_server.export_records import Drawing, ExportRecord, Note, Written
from avatar_server.web.exports.order import NewExport, OrbitWanted

ExportState = Literal["queued", "running", "done", "failed", "cancelled"]

MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class ExportShown:
    """An export. progress: 0 to 1. eta_s: seconds until it is done, if it goes on like this; null if unknown.

    bytes: of the file so far, or of the whole one. problem: why it failed. notes: what was repaired or is
    missing. file_name: what it is called when it is saved. created_s, expires_s: Unix time; the latter, when
    the file is removed, is null until it is there.
    """

    id: str
    interaction: str
    start_s: float
    end_s: float | None
    width: int
    height: int
    rate_hz: float
    camera: str
    captions: str
    state: ExportState
    progress: float
    eta_s: float | None
    bytes: int
    problem: str
    notes: tuple[str, ...]
    file_name: str
    created_s: float
    expires_s: float | None


@dataclass(slots=True)
class ExportJob:
    """An export and its account. for_people: takes what must not leave the machine out of a sentence."""

    id: str
    interaction: str
    order: NewExport
    created_s: float
    for_people: Callable[[str], str]
    state: ExportState = "queued"
    expires_s: float | None = None
    bytes: int = 0
    problem: str = ""
    _pictures: int = 0
    _expected: int = 0
    _first_s: float | None = None
    _latest_s: float = 0.0
    _notes: list[str] = field(default_factory=list)
    _is_written: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing will change any more."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def file_name(self) -> str:
        """Says what is in it, in letters that every file system takes."""
        name = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in self.interaction)
        end = "end" if self.order.end_s is None else f"{self.order.end_s:.1f}"
        return f"{name.strip('-')[:60] or 'film'}_{self.order.start_s:.1f}-{end}s.mp4"

    def told(self, record: ExportRecord, now_s: float) -> None:
        """What the process says, at `now_s` on any clock that only goes forward."""
        match record:
            case Drawing():
                if record.pictures and self._first_s is None:
                    self._first_s = now_s
                self._pictures, self._expected = record.pictures, record.pictures_expected
                self.bytes, self._latest_s = record.bytes, now_s
            case Note():
                if len(self._notes) < MOST_NOTES:
                    self._notes.append(self.for_people(record.text))
            case Written():
                self._pictures, self.bytes = self._expected, record.bytes
                self._is_written = True

    def ended(self, exit_status: int, last_words: str) -> None:
        """The process ended. last_words: its last line on standard error."""
        if self.state != "running":
            return
        self.state = "done" if self._is_written and exit_status == 0 else "failed"
        if self.state == "failed":
            self.bytes = 0
            told = self.for_people(last_words).removeprefix("--")
            self.problem = self.problem or told or f"the process ended with status {exit_status}"

    def shown(self) -> ExportShown:
        """As it is now."""
        order = self.order
        share = self._pictures / self._expected if self._expected else 0.0
        return ExportShown(
            id=self.id,
            interaction=self.interaction,
            start_s=order.start_s,
            end_s=order.end_s,
            width=order.width,
            height=order.height,
            rate_hz=order.rate_hz,
            camera="orbit" if isinstance(order.camera, OrbitWanted) else order.camera,
            captions=order.captions,
            state=self.state,
            progress=round(share, 4),
            eta_s=self._eta_s(),
            bytes=self.bytes,
            problem=self.problem,
            notes=tuple(self._notes),
            file_name=self.file_name,
            created_s=self.created_s,
            expires_s=self.expires_s,
        )

    def _eta_s(self) -> float | None:
        if self.state != "running" or self._first_s is None or self._latest_s <= self._first_s:
            return None
        a_second = self._pictures / (self._latest_s - self._first_s)
        return round((self._expected - self._pictures) / a_second, 1)
