"""What is to be done next by many threads: parts of what is begun before anything new is begun."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

MOST_JOBS = 16
"""Threads. Each may have a recording open, with up to fifty files; Linux allows 1,024 by default."""

DEFAULT_JOBS = 8

Task = Callable[[], None]


class WorkQueue:
    """Works that are taken up one after the other, and their parts, which come first.

    A work may add parts and must be said to have ended; whoever asks for the next task waits as long as a
    work that has not ended may still add some.
    """

    def __init__(self, works: Iterable[Task], stop: threading.Event) -> None:
        """stop: no more tasks once it is set and `wake` is called."""
        self._works = deque(works)
        self._parts: deque[Task] = deque()
        self._begun = 0
        self._stop = stop
        self._change = threading.Condition()

    def next(self) -> Task | None:
        """A part, or else a work, which is begun with that; None when there will be nothing more."""
        with self._change:
            while not self._stop.is_set():
                if self._parts:
                    return self._parts.popleft()
                if self._works:
                    self._begun += 1
                    return self._works.popleft()
                if not self._begun:
                    break
                self._change.wait()
            return None

    def add_parts(self, parts: Iterable[Task]) -> None:
        """Of a work that has begun."""
        with self._change:
            self._parts.extend(parts)
            self._change.notify_all()

    def ended(self, *, again: Task | None = None) -> None:
        """A work has; again: what is to be begun in its place when all others have been."""
        with self._change:
            self._begun -= 1
            if again is not None:
                self._works.append(again)
            self._change.notify_all()

    def wake(self) -> None:
        """Let everybody who waits see that `stop` is set."""
        with self._change:
            self._change.notify_all()
