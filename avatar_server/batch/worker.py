"""Carries out one task after the other, in a process that may end at any moment."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import FilmSource, OpenedFilm
from avatar_server.batch.finishing import join_film
from avatar_server.batch.inputs import film_fingerprint, read_inputs, subject_of
from avatar_server.batch.places import SEGMENT_ENDING, Place, segment_name, unfinished
from avatar_server.batch.segment_log import LOG, log_line
from avatar_server.batch.sidecar import finished
from avatar_server.batch.tasks import (
    Answer,
    Finished,
    Join,
    Prepare,
    Prepared,
    Task,
    TaskFailed,
    Tried,
    Try,
    Write,
    Wrote,
)
from avatar_server.errors import AvatarServerError, InputError, NoRoomError
from avatar_server.render.contract import PictureSize, Renderer
from avatar_server.segments.plan import Segment, plan_segments
from avatar_server.segments.segment_file import SegmentRecord, verified
from avatar_server.segments.writing import write_segment

_PATIENCE_S = 60.0
"""For workers of a run that is gone, which end with their segment at the latest."""

_LOOK_EVERY_S = 0.05

_TRIED_S = 1.5
_TRIED_PICTURES = (4, 60)
"""A trial takes about so long, and so many pictures at least and at most."""

OnPicture = Callable[[int], None]


class Worker:
    """One renderer and one opened film at a time, which are kept for the next task of the same entry."""

    def __init__(self, place: Place, source: FilmSource) -> None:
        self._place = place
        self._source = source
        self._opened: tuple[Entry, OpenedFilm] | None = None
        self._renderer: tuple[PictureSize, Renderer] | None = None

    def perform(self, task: Task, on_picture: OnPicture = lambda pictures: None) -> Answer:
        """Do it. on_picture: called while pictures are drawn, with how many were since the last call.

        Whatever goes wrong is part of the answer, and raises nothing.
        """
        try:
            if isinstance(task, Prepare):
                return self._prepare(task)
            if isinstance(task, Write):
                return self._write(task, on_picture)
            if isinstance(task, Join):
                return join_film(self._place, self._open(task.entry), task.entry, task.prepared, self._source)
            return self._try(task)
        except AvatarServerError as error:
            is_full = isinstance(error, NoRoomError)
            return TaskFailed(" ".join(str(error).split()), "", is_full, error.exit_status)
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            place = f": {error.filename}" if error.filename else ""
            return TaskFailed(f"{error.strerror or error}{place}", "", is_full, 1)
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            return TaskFailed(said, traceback.format_exc(), False, 1)

    def close(self) -> None:
        """Give the renderer back."""
        if self._renderer is not None:
            self._renderer[1].close()
            self._renderer = None

    def _prepare(self, task: Prepare) -> Prepared | Finished:
        entry = task.entry
        done = finished(self._place, self._source, entry)
        if done is not None:
            return Finished(done.picture_count, done.duration_s, done.files[0].bytes, True)
        self._source.bring(entry)
        inputs = read_inputs(self._source.inputs(entry))
        fingerprint = film_fingerprint(entry, self._source.words, inputs)
        subject = subject_of(fingerprint)
        opened = self._open(entry)
        doctor = self._source.inspect(entry)
        segments = plan_segments(opened.film.picture_count, opened.film.rate_hz, task.segment_s)
        return Prepared(
            segments=segments,
            here=self._keep_only(entry, segments, subject),
            picture_count=opened.film.picture_count,
            duration_s=float(opened.film.picture_count / opened.film.rate_hz),
            fingerprint=fingerprint,
            subject=subject,
            inputs=inputs,
            doctor=doctor,
            notices=opened.notices,
        )

    def _keep_only(self, entry: Entry, segments: tuple[Segment, ...], subject: str) -> frozenset[int]:
        """Which segments are finished; all else that lies with them is removed."""
        wanted = {segment_name(segment): segment for segment in segments}
        until_s = time.monotonic() + _PATIENCE_S
        while not self._place.nobody_works(entry.name) and time.monotonic() < until_s:
            time.sleep(_LOOK_EVERY_S)
        here = set()
        with self._place.scratch(entry.name) as scratch:
            for name in self._place.names(unfinished(entry.name)):
                if name in wanted and self._finished_segment(entry, wanted[name], subject, scratch):
                    here.add(wanted[name].index)
                elif name.endswith((SEGMENT_ENDING, ".part")):
                    self._place.remove(unfinished(entry.name, name))
        return frozenset(here)

    def _finished_segment(
        self, entry: Entry, segment: Segment, subject: str, scratch: Path
    ) -> SegmentRecord | None:
        """What is finished of this segment, if it is there, whole and shows the same."""
        name = unfinished(entry.name, segment_name(segment))
        with contextlib.suppress(InputError):
            record = verified(self._place.local(name, scratch))
            if (record.subject, record.first, record.count) == (subject, segment.first, segment.count):
                return record
        return None

    def _write(self, task: Write, on_picture: OnPicture) -> Wrote:
        started = time.perf_counter()
        entry, segment = task.entry, task.segment
        name = unfinished(entry.name, segment_name(segment))
        with self._place.scratch(entry.name) as scratch:
            found = self._finished_segment(entry, segment, task.subject, scratch)
            if found is not None:
                return Wrote(found.bytes, 0.0, True)
            opened = self._open(entry)
            target = scratch / segment_name(segment)
            record = write_segment(
                opened.film,
                self._drawing(opened),
                segment,
                target,
                subject=task.subject,
                progress=on_picture,
            )
            self._place.keep(target, name)
        wall_s = time.perf_counter() - started
        self._place.append(LOG, log_line(entry, record, wall_s))
        return Wrote(record.bytes, wall_s, False)

    def _try(self, task: Try) -> Tried:
        self._source.bring(task.entry)
        opened = self._open(task.entry)
        renderer = self._drawing(opened)
        total = opened.film.picture_count
        least, most = (min(count, total) for count in _TRIED_PICTURES)
        with tempfile.TemporaryDirectory(prefix="avatar-server-") as folder:
            # The first pictures are slower: shaders are compiled, and people put on the GPU.
            write_segment(opened.film, renderer, Segment(0, 0, 1), Path(folder) / "first")
            started = time.perf_counter()
            write_segment(opened.film, renderer, Segment(0, 0, least), Path(folder) / "first")
            few_s = time.perf_counter() - started
            count = max(least, min(most, round(least * _TRIED_S / few_s)))
            middle = Segment(0, (total - count) // 2, count)
            busy_s, started = sum(os.times()[:2]), time.perf_counter()
            record = write_segment(opened.film, renderer, middle, Path(folder) / "tried")
            wall_s = time.perf_counter() - started
            busy_s = sum(os.times()[:2]) - busy_s
        sound_bytes_per_s = 20_000  # AAC of 160 kbit/s.
        return Tried(
            pictures_per_s=count / wall_s,
            bytes_per_s=record.bytes / float(count / opened.film.rate_hz) + sound_bytes_per_s,
            cores=busy_s / wall_s,
            machine_cores=len(os.sched_getaffinity(0)),
            renderer=renderer.name,
        )

    def _open(self, entry: Entry) -> OpenedFilm:
        if self._opened is None or self._opened[0] != entry:
            self._opened = None  # Two of them need not be in memory.
            self._opened = (entry, self._source.open(entry))
        return self._opened[1]

    def _drawing(self, opened: OpenedFilm) -> Renderer:
        if self._renderer is None or self._renderer[0] != opened.size:
            self.close()
            self._renderer = (opened.size, opened.open_renderer())
        return self._renderer[1]
