"""One run of a batch: hands tasks to workers, takes their answers, and tells how it goes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from fractions import Fraction

from avatar_server.batch.counting import Count
from avatar_server.batch.entry import Entry
from avatar_server.batch.estimating import Lengths, estimate
from avatar_server.batch.failures import Failure, keep_failures
from avatar_server.batch.film_source import FilmSource
from avatar_server.batch.places import SEGMENT_ENDING, UNFINISHED, Lock, Place, unfinished
from avatar_server.batch.records import (
    Begun,
    Estimate,
    FilmFailed,
    FilmWritten,
    Note,
    Progress,
    Tell,
    WorkerLost,
)
from avatar_server.batch.records import Ended as RunEnded
from avatar_server.batch.schedule import Ended, Schedule
from avatar_server.batch.sidecar import film_name, sidecar_name
from avatar_server.batch.tasks import Answer, Finished, Prepared, TaskFailed, Tried, Try, Write, Wrote
from avatar_server.batch.workers import Answered, Drew, Lost, Workers
from avatar_server.errors import AvatarServerError, NoRoomError

_WAIT_S = 0.25
"""Between two looks at what other runs have, and for events."""

_TRIED_AT_MOST = 3
"""Entries that are tried for an estimate; those that cannot be opened are told of when it is their turn."""


class BatchRun:
    """Makes the films of `entries`; those that are there and verified are left as they are.

    The workers are closed when `run` ends, however it ends.
    """

    def __init__(
        self,
        place: Place,
        source: FilmSource,
        entries: Sequence[Entry],
        workers: Workers,
        *,
        rate_hz: Fraction,
        segment_s: float,
        failures: str,
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is done yet.

        failures: name of the report of what failed. segment_s: seconds of film that a crash costs at most.
        """
        self._place = place
        self._source = source
        self._entries = entries
        self._workers = workers
        self._rate_hz = rate_hz
        self._failures_name = failures
        self._tell = tell
        self._clock = clock
        self._lengths = Lengths(entries, source)
        self._count = Count(entries, self._lengths, rate_hz)
        self._schedule = Schedule(entries, segment_s, self._begin)
        self._locks: dict[str, Lock] = {}
        self._doing: dict[int, Write] = {}
        self._failures: list[Failure] = []
        self._written = self._were_there = self._bytes = 0
        self._told_s = 0.0
        self._told: Progress | None = None

    def estimate(self) -> Estimate:
        """Of what is not there yet, by what a worker needs for some pictures; nothing is kept of them."""
        there = set(self._place.names(""))
        to_make = [one for one in self._entries if not {film_name(one.name), sidecar_name(one.name)} <= there]
        tried = None
        for entry in to_make[:_TRIED_AT_MOST]:
            tried = self._try(entry)
            if tried is not None:
                break
        return estimate(
            to_make,
            self._lengths,
            self._rate_hz,
            tried,
            workers=self._workers.count,
            cores=self._workers.cores,
            free_bytes=self._place.free_bytes(),
        )

    def run(self) -> RunEnded:
        """Make them all; what fails is told and kept in the report, and ends nothing but itself.

        Raises NoRoomError when the place is full, and MachineError if workers can do nothing; what is
        finished by then, segments included, is kept.
        """
        begun_s, reason = self._clock(), "stopped"
        try:
            while not self._schedule.is_done:
                self._hand_out()
                for event in self._workers.events(_WAIT_S):
                    if isinstance(event, Answered):
                        self._answered(event.worker, event.answer)
                    elif isinstance(event, Drew):
                        self._drew(event)
                    else:
                        self._lost(event)
                self._tell_whole()
                if self._schedule.waits_for_others:
                    self._schedule.look_elsewhere()
            reason = ""
        except AvatarServerError as error:
            reason = str(error)
            raise
        finally:
            self._workers.close()
            for name in list(self._locks):
                self._release(name, is_done=False)
            ended = RunEnded(
                written=self._written,
                were_there=self._were_there,
                failed=len(self._failures),
                pictures=self._count.pictures,
                bytes=self._bytes,
                wall_s=self._clock() - begun_s,
                reason=reason,
            )
            self._tell(self._count.whole(self._clock()))
            self._tell(ended)
            # On a full disk it cannot be kept, and that is told already.
            with contextlib.suppress(NoRoomError):
                keep_failures(self._place, self._failures_name, self._failures)
        return ended

    def _try(self, entry: Entry) -> Tried | None:
        while not self._workers.idle():
            self._workers.events(_WAIT_S)
        worker = self._workers.idle()[0]
        self._workers.give(worker, Try(entry))
        while True:
            for event in self._workers.events(_WAIT_S):
                if isinstance(event, Answered):
                    return event.answer if isinstance(event.answer, Tried) else None
                if isinstance(event, Lost) and event.worker == worker:
                    return None

    def _begin(self, entry: Entry) -> bool:
        lock = self._place.lock(entry.name)
        if lock is not None:
            self._locks[entry.name] = lock
        return lock is not None

    def _hand_out(self) -> None:
        for worker in self._workers.idle():
            task = self._schedule.next(worker)
            if task is not None:
                if isinstance(task, Write):
                    self._doing[worker] = task
                self._workers.give(worker, task)

    def _answered(self, worker: int, answer: Answer) -> None:
        entry = self._schedule.entry_of(worker)
        assert entry is not None
        written = self._doing.pop(worker, None)
        if isinstance(answer, Prepared):
            here = sum(one.count for one in answer.segments if one.index in answer.here)
            self._count.prepared(entry.name, answer.picture_count, here)
            for notice in answer.notices:
                self._tell(Note(entry.name, notice))
            self._tell(Begun(entry.name, answer.picture_count, len(answer.segments), len(answer.here)))
        elif isinstance(answer, Wrote):
            assert written is not None
            pictures = written.segment.count
            self._tell(
                self._count.wrote(worker, entry.name, pictures, self._clock(), was_there=answer.was_there)
            )
        elif isinstance(answer, TaskFailed):
            self._count.lost(worker)
        self._take(self._schedule.answered(worker, answer))
        if isinstance(answer, TaskFailed) and answer.is_full:
            raise NoRoomError(answer.reason)

    def _drew(self, event: Drew) -> None:
        entry = self._schedule.entry_of(event.worker)
        if entry is not None and event.worker in self._doing:
            self._tell(self._count.drew(event.worker, entry.name, event.pictures, self._clock()))

    def _lost(self, event: Lost) -> None:
        entry = self._schedule.entry_of(event.worker)
        self._doing.pop(event.worker, None)
        self._count.lost(event.worker)
        self._tell(WorkerLost("" if entry is None else entry.name, event.reason))
        self._take(self._schedule.lost(event.worker, event.reason))

    def _take(self, ended: Ended | None) -> None:
        if ended is None:
            return
        entry, outcome = ended.entry, ended.outcome
        if isinstance(outcome, Finished):
            self._count.ended(entry.name, outcome.picture_count)
            self._were_there += outcome.was_there
            self._written += not outcome.was_there
            self._bytes += 0 if outcome.was_there else outcome.bytes
            self._tell(
                FilmWritten(
                    entry.name, outcome.picture_count, outcome.duration_s, outcome.bytes, outcome.was_there
                )
            )
        else:
            self._count.ended(entry.name, None)
            self._failures.append(Failure(entry, outcome.reason, outcome.details))
            self._tell(FilmFailed(entry.name, outcome.reason))
        self._release(entry.name, is_done=isinstance(outcome, Finished))

    def _release(self, name: str, *, is_done: bool) -> None:
        """What is unfinished goes when the film is there, or if it holds no segment."""
        kept = () if is_done else self._place.names(unfinished(name))
        self._locks.pop(name).release(remove=not any(one.endswith(SEGMENT_ENDING) for one in kept))

    def _tell_whole(self) -> None:
        if (now_s := self._clock()) >= self._told_s:
            self._told_s = now_s + _WAIT_S
            whole = self._count.whole(now_s)
            if whole != self._told:
                self._told = whole
                self._tell(whole)


def clean_up(place: Place, names: Sequence[str]) -> None:
    """Remove what is unfinished of films that are none of `names`, as of an earlier selection."""
    known = set(names)
    for name in place.names(UNFINISHED):
        if name not in known and (lock := place.lock(name)) is not None:
            lock.release(remove=True)
