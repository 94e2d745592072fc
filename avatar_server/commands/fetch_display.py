"""What people, or programs, see of a fetch while it goes on, and what it came to."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from avatar_server.dataset.fetching.fetch_records import (
    FetchRecord,
    Finished,
    PieceAbsent,
    Progress,
    RecordingAbsent,
    RecordingFailed,
    Retrying,
    record_line,
)

if TYPE_CHECKING:
    from avatar_server.dataset.fetching.fetch_plan import FetchPlan

Say = Callable[[str], None]

_SHOWN_AT_MOST = 50
"""Recordings of a plan."""


def shown_bytes(count: int) -> str:
    """1234567 as 1.2 MB."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 99.5 or units[0] == "B" else f"{value:.1f} {units[0]}"


def print_line(record: FetchRecord) -> None:
    """For programs: a record a line, at once."""
    # One write: `print` makes two, between which another thread's line may come.
    sys.stdout.write(f"{record_line(record)}\n")
    sys.stdout.flush()


class FetchDisplay:
    """For people: bars on a terminal, and a line for whatever is not as it should be. Any thread."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self._lock = threading.Lock()
        self._bars: tuple[Any, Any] | None = None
        self._absent: Counter[str] = Counter()

    @contextmanager
    def bars(self) -> Iterator[None]:
        """For files and for bytes, on standard error, if that is a terminal."""
        from tqdm import tqdm

        off = not sys.stderr.isatty()
        with (
            tqdm(total=0, unit="file", desc="files", disable=off, dynamic_ncols=True) as files,
            tqdm(total=0, unit="B", unit_scale=True, desc="bytes", disable=off, dynamic_ncols=True) as count,
        ):
            self._bars = (files, count)
            try:
                yield
            finally:
                self._bars = None

    def show(self, record: FetchRecord) -> None:
        """One record."""
        with self._lock:
            if isinstance(record, Progress):
                self._move(record)
            elif isinstance(record, PieceAbsent):
                self._absent[record.piece.partition(":")[0]] += 1
            elif isinstance(record, Retrying):
                self._say_above(f"{record.reason}; trying again in {record.wait_s:.0f} s")
            elif isinstance(record, RecordingAbsent):
                self._say_above(f"{record.recording} is absent: {record.reason}")
            elif isinstance(record, RecordingFailed):
                self._say_above(f"{record.recording} did not come: {record.reason}")

    def summary(self, finished: Finished) -> str:
        """What it came to."""
        speed = finished.bytes / finished.duration_s if finished.duration_s else 0.0
        text = (
            f"fetched {_recordings(finished.fetched)}, {shown_bytes(finished.bytes)} in "
            f"{finished.duration_s:.1f} s ({shown_bytes(round(speed))}/s); {finished.here} here before, "
            f"{finished.absent} absent, {finished.failed} failed"
        )
        if self._absent:
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(self._absent.items()))
            text += f"\nof the fetched ones the data set lacks {finished.pieces_absent} pieces: {kinds}"
        return text

    def _move(self, progress: Progress) -> None:
        if self._bars is not None:
            files, count = self._bars
            for bar, done, total in (
                (files, progress.files, progress.files_expected),
                (count, progress.bytes, progress.bytes_expected),
            ):
                bar.total = total
                bar.update(done - bar.n)

    def _say_above(self, sentence: str) -> None:
        if self._bars is None or self._bars[0].disable:
            self.say(sentence)
            return
        with self._bars[0].external_write_mode(file=sys.stderr):
            self.say(sentence)


def plan_text(plan: FetchPlan) -> str:
    """For people: what would be fetched, recording by recording, and how many bytes that may take."""
    lines = [
        f"{recording.place.id}  {', '.join(sorted(recording.missing))}  "
        f"{'' if recording.is_known else 'about '}{shown_bytes(recording.bytes)}"
        for recording in plan.to_fetch[:_SHOWN_AT_MOST]
    ]
    if len(plan.to_fetch) > _SHOWN_AT_MOST:
        lines.append(f"... and {len(plan.to_fetch) - _SHOWN_AT_MOST} more")
    summary = plan.summary
    guessed = summary.estimated_bytes - summary.known_bytes
    how = (
        "as the store tells" if not guessed else f"of which {shown_bytes(guessed)} estimated by what is usual"
    )
    to_fetch = len(plan.to_fetch)
    size = f": {shown_bytes(summary.estimated_bytes)}, {how}" if to_fetch else ""
    return "\n".join(
        [*lines, f"{_recordings(summary.recordings)}, {summary.here} here, {to_fetch} to fetch{size}"]
    )


def _recordings(count: int) -> str:
    return f"{count:,} recording{'' if count == 1 else 's'}"
