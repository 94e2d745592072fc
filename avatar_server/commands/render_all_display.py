"""What people, or programs, see of a batch while it goes on, and what it came to."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from avatar_server.batch.records import (
    Batch,
    BatchRecord,
    Begun,
    Drawing,
    Ended,
    Estimate,
    FilmFailed,
    FilmWritten,
    Note,
    Progress,
    Tell,
    WorkerLost,
    record_line,
)
from avatar_server.commands.fetch_display import shown_bytes
from avatar_server.commands.rendering import Say

_SHOWN_AT_MOST = 8
"""Films with a bar of their own."""


@contextmanager
def open_display(as_json: bool, say: Say) -> Iterator[Tell]:
    """Records a line, or lines for people and, on a terminal, bars: one for all, one for each film under way.

    They go to what is standard output when this is entered, wherever libraries then print to.
    """
    out = sys.stdout
    if as_json:
        yield lambda record: print(record_line(record), file=out, flush=True)
        return
    display = _Display(say, out)
    try:
        yield display.show
    finally:
        display.close()


class _Display:
    def __init__(self, say: Say, out: TextIO) -> None:
        self._say = say
        self._out = out
        self._off = not sys.stderr.isatty()
        self._whole: Any = None
        self._each: dict[str, Any] = {}

    def show(self, record: BatchRecord) -> None:
        """One record."""
        if isinstance(record, Batch):
            self._line(_batch_text(record))
        elif isinstance(record, Estimate):
            self._line(estimate_text(record))
        elif isinstance(record, Drawing):
            self._draw(record)
        elif isinstance(record, Progress):
            self._progress(record)
        elif isinstance(record, FilmWritten):
            self._drop(record.name)
            if not record.was_there:
                told = f"{record.duration_s:.2f} s, {record.pictures} pictures, {shown_bytes(record.bytes)}"
                self._line(f"wrote {record.name}: {told}")
        elif isinstance(record, FilmFailed):
            self._drop(record.name)
            self._complain(f"{record.name} failed: {record.reason}")
        elif isinstance(record, WorkerLost):
            self._complain(
                f"a worker at {record.name or 'nothing'} was lost ({record.reason}); another goes on"
            )
        elif isinstance(record, Note):
            self._complain(f"note: {record.name}: {record.text}" if record.name else f"note: {record.text}")
        elif isinstance(record, Begun):
            if record.segments_here:
                self._line(
                    f"going on with {record.name}: {record.segments_here} of {record.segments} segments"
                )
        elif isinstance(record, Ended):
            self.close()
            self._line(_ended_text(record))

    def close(self) -> None:
        """Take the bars away."""
        for name in list(self._each):
            self._drop(name)
        if self._whole is not None:
            self._whole.close()
            self._whole = None

    def _draw(self, record: Drawing) -> None:
        if self._off:
            return
        if record.name not in self._each and len(self._each) < _SHOWN_AT_MOST:
            self._each[record.name] = self._bar(record.name, record.pictures_expected, leave=False)
        if record.name in self._each:
            bar = self._each[record.name]
            bar.update(record.pictures - bar.n)

    def _progress(self, record: Progress) -> None:
        if self._off:
            return
        if self._whole is None:
            self._whole = self._bar("all", record.pictures_expected, leave=True)
        self._whole.total = record.pictures_expected
        left = "" if record.remaining_s is None else f", {duration_text(record.remaining_s)} left"
        self._whole.set_postfix_str(f"{record.films} of {record.films_expected} films{left}", refresh=False)
        self._whole.update(record.pictures - self._whole.n)

    def _bar(self, name: str, total: int, *, leave: bool) -> Any:
        from tqdm import tqdm

        form = "{desc} {percentage:3.0f}% {bar} {n_fmt}/{total_fmt} {rate_fmt}{postfix}"
        return tqdm(total=total, unit="picture", desc=name, leave=leave, dynamic_ncols=True, bar_format=form)

    def _drop(self, name: str) -> None:
        bar = self._each.pop(name, None)
        if bar is not None:
            bar.close()

    def _line(self, text: str) -> None:
        with self._above():
            print(text, file=self._out, flush=True)

    def _complain(self, text: str) -> None:
        with self._above():
            self._say(text)

    def _above(self) -> contextlib.AbstractContextManager[None]:
        """Where the bars are not."""
        if self._whole is None:
            return contextlib.nullcontext()
        written: contextlib.AbstractContextManager[None] = self._whole.external_write_mode(file=self._out)
        return written


def estimate_text(record: Estimate) -> str:
    """For people."""
    if not record.films:
        return "all films are there; each is verified"
    told = "" if record.known_s >= record.film_s - 0.5 else ", estimated by what is usual"
    text = f"to make: {_films(record.films)}, {duration_text(record.film_s)} of film{told}"
    if record.wall_s is None or record.bytes is None or record.pictures_per_s is None:
        return f"{text}; none could be tried, so nobody knows how long that takes"
    text += f"; about {duration_text(record.wall_s)} and {shown_bytes(record.bytes)}"
    text += f" (one worker draws {record.pictures_per_s:.1f} pictures a second by {record.renderer})"
    if record.free_bytes is not None and record.free_bytes < record.bytes:
        text += f"; only {shown_bytes(record.free_bytes)} are free"
    return text


def duration_text(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`, `12 days`."""
    for limit, length, unit in ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            value = seconds / length
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{seconds / 86_400:.1f} days"


def _batch_text(record: Batch) -> str:
    of_all = "" if record.films == record.films_of_all else f" of {record.films_of_all:,}"
    workers = f"{record.workers} worker{'' if record.workers == 1 else 's'}"
    return f"{record.films:,}{of_all} film{'' if record.films == 1 else 's'} in {record.place}, by {workers}"


def _ended_text(record: Ended) -> str:
    speed = record.pictures / record.wall_s if record.wall_s else 0.0
    return (
        f"{'ended early: ' if record.reason else ''}wrote {_films(record.written)}, "
        f"{shown_bytes(record.bytes)}, in {duration_text(record.wall_s)} "
        f"({speed:.1f} pictures a second); {record.were_there} were there, {record.failed} failed"
    )


def _films(count: int) -> str:
    return f"{count:,} film{'' if count == 1 else 's'}"
