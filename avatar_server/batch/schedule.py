"""Who does what next. Knows neither processes nor files nor time: it is told what happened, and decides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from avatar_server.batch.entry import Entry
from avatar_server.batch.tasks import (
    Answer,
    Finished,
    Join,
    Prepare,
    Prepared,
    Task,
    TaskFailed,
    Write,
    Wrote,
)
from avatar_server.segments.plan import Segment

MOST_TRIES = 3
"""Of one task, whose workers were lost: what brings down three workers brings down the fourth."""


@dataclass(eq=False, slots=True)
class _Begun:
    """An entry between its first task and its last.

    running: tasks under way. tries: of tasks, by their workers' end.
    """

    entry: Entry
    prepared: Prepared | None = None
    to_do: deque[Task] = field(default_factory=deque)
    to_write: int = 0
    running: int = 0
    tries: dict[str, int] = field(default_factory=dict)
    failure: TaskFailed | None = None
    finished: Finished | None = None

    @property
    def is_over(self) -> bool:
        return not self.running and (self.failure is not None or self.finished is not None)


@dataclass(frozen=True, slots=True)
class Ended:
    """An entry is done with, well or not. begun: whether anything was done for it."""

    entry: Entry
    outcome: Finished | TaskFailed


class Schedule:
    """The tasks of a batch.

    A worker stays with the entry it has open; one that is free takes up what a lost worker left, then begins
    another entry, and helps with one that is begun when there is no other.
    """

    def __init__(self, entries: Iterable[Entry], segment_s: float, begin: Callable[[Entry], bool]) -> None:
        """begin: makes an entry this run's own; False if another run works on it just now."""
        self._waiting = deque(entries)
        self._elsewhere: deque[Entry] = deque()
        self._segment_s = segment_s
        self._begin = begin
        self._begun: dict[str, _Begun] = {}
        self._at: dict[int, _Begun] = {}
        self._doing: dict[int, tuple[_Begun, Task]] = {}

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do, or under way."""
        return not (self._waiting or self._elsewhere or self._begun)

    @property
    def waits_for_others(self) -> bool:
        """Whether all that is left is what other runs work on."""
        return bool(self._elsewhere) and not (self._waiting or self._begun)

    def entry_of(self, worker: int) -> Entry | None:
        """What a worker works on."""
        return self._doing[worker][0].entry if worker in self._doing else None

    def next(self, worker: int) -> Task | None:
        """A task for a worker who is idle; None if there is none just now."""
        begun = self._with_work(worker)
        if begun is None:
            return None
        task = begun.to_do.popleft()
        begun.running += 1
        self._at[worker] = begun
        self._doing[worker] = (begun, task)
        return task

    def look_elsewhere(self) -> None:
        """See whether other runs are done with what they had: call it now and then."""
        self._waiting.extend(self._elsewhere)
        self._elsewhere.clear()

    def answered(self, worker: int, answer: Answer) -> Ended | None:
        """A worker is done with its task; what ended by it."""
        begun, _ = self._doing.pop(worker)
        begun.running -= 1
        if isinstance(answer, TaskFailed):
            begun.failure = begun.failure or answer
            begun.to_do.clear()
        elif isinstance(answer, Finished):
            begun.finished = answer
        elif isinstance(answer, Prepared):
            begun.prepared = answer
            missing = [segment for segment in answer.segments if segment.index not in answer.here]
            self._add_segments(begun, missing)
        elif isinstance(answer, Wrote):
            begun.to_write -= 1
            self._join_if_written(begun)
        return self._ended(begun)

    def lost(self, worker: int, reason: str) -> Ended | None:
        """A worker is gone; its task is done again by another, unless that does not help."""
        self._at.pop(worker, None)
        if worker not in self._doing:
            return None
        begun, task = self._doing.pop(worker)
        begun.running -= 1
        tried = _label(task)
        begun.tries[tried] = begun.tries.get(tried, 0) + 1
        if begun.tries[tried] >= MOST_TRIES:
            said = f"its workers ended {MOST_TRIES} times, at last: {reason}"
            begun.failure = begun.failure or TaskFailed(said, "", False, 1)
            begun.to_do.clear()
        elif begun.failure is None:
            begun.to_do.appendleft(task)
        return self._ended(begun)

    def _with_work(self, worker: int) -> _Begun | None:
        own = self._at.get(worker)
        if own is not None and own.to_do:
            return own
        self._at.pop(worker, None)
        attended = {id(begun) for begun in self._at.values()}
        with_work = [begun for begun in self._begun.values() if begun.to_do]
        for begun in with_work:
            if id(begun) not in attended:
                return begun
        while self._waiting:
            entry = self._waiting.popleft()
            if self._begin(entry):
                begun = _Begun(entry, to_do=deque([Prepare(entry, self._segment_s)]))
                self._begun[entry.name] = begun
                return begun
            self._elsewhere.append(entry)
        return max(with_work, key=lambda begun: len(begun.to_do), default=None)

    def _add_segments(self, begun: _Begun, missing: list[Segment]) -> None:
        assert begun.prepared is not None
        subject = begun.prepared.subject
        begun.to_do.extend(Write(begun.entry, segment, subject) for segment in missing)
        begun.to_write = len(missing)
        self._join_if_written(begun)

    def _join_if_written(self, begun: _Begun) -> None:
        if not begun.to_write and begun.failure is None:
            assert begun.prepared is not None
            begun.to_do.append(Join(begun.entry, begun.prepared))

    def _ended(self, begun: _Begun) -> Ended | None:
        if not begun.is_over:
            return None
        del self._begun[begun.entry.name]
        self._at = {worker: at for worker, at in self._at.items() if at is not begun}
        outcome = begun.failure or begun.finished
        assert outcome is not None
        return Ended(begun.entry, outcome)


def _label(task: Task) -> str:
    return f"{type(task).__name__} {task.segment.first if isinstance(task, Write) else ''}"
