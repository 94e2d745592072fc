"""What a batch asks of those who do the work, processes of this machine or actors of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from avatar_server.batch.tasks import Answer, Task


@dataclass(frozen=True, slots=True)
class Answered:
    """A worker is done with its task."""

    worker: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Drew:
    """A worker drew so many pictures more, of the segment it is at."""

    worker: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker ended, by a crash or with its machine. Its task, if it had one, will have no answer."""

    worker: int
    reason: str


WorkerEvent = Answered | Drew | Lost


class Workers(Protocol):
    """Some workers, numbered from 0 on. Who is lost is replaced, under another number, if that helps."""

    @property
    def count(self) -> int:
        """How many there are to be."""

    @property
    def cores(self) -> int:
        """Of all machines they are on."""

    def idle(self) -> Sequence[int]:
        """Those who have nothing to do, and are ready."""

    def give(self, worker: int, task: Task) -> None:
        """One who is idle gets a task."""

    def events(self, limit_s: float) -> Sequence[WorkerEvent]:
        """What happened since the last call; waits for something to happen, for `limit_s` at the longest.

        Raises MachineError if workers are lost again and again without doing anything.
        """

    def close(self) -> None:
        """End them at once, whatever they do; closing twice is fine."""
