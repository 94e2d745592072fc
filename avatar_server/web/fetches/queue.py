"""All fetches of a server: a few run, some wait, and those that are over are remembered for a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from avatar_server.dataset.modalities import PLAYABLE
from avatar_server.errors import MachineFullError
from avatar_server.web.fetches.fetch_process import run_fetch
from avatar_server.web.fetches.job import FetchJob, FetchOrder
from avatar_server.web.library.supply import Supply
from avatar_server.web.library.without_paths import without_credentials, without_paths

log = logging.getLogger(__name__)

MOST_RUNNING = 2
"""Each fetches several files at once already."""

MOST_QUEUED = 20

MOST_REMEMBERED = 50
REMEMBERED_S = 3600.0
"""After its end; who asks later hears that there is no such fetch."""

COME_AGAIN_S = 30


class FetchQueue:
    """A context: leaving it ends the processes. What came is kept, and the same fetch can go on later."""

    def __init__(
        self,
        supply: Supply,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._supply = supply
        self._clock = clock
        self._wall_clock = wall_clock
        self._jobs: dict[str, FetchJob] = {}
        self._ended_s: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(MOST_RUNNING)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(self.cancel(job) for job in self.jobs))

    @property
    def jobs(self) -> tuple[FetchJob, ...]:
        """All that are known, the newest first."""
        self._forget()
        return tuple(reversed(self._jobs.values()))

    def find(self, job_id: str) -> FetchJob | None:
        """The fetch of this id."""
        self._forget()
        return self._jobs.get(job_id)

    def submit(self, order: FetchOrder) -> FetchJob:
        """A new fetch, or the one of the same order that is not over; MachineFullError if too many wait."""
        waiting = 0
        for job in self.jobs:
            if not job.is_over and job.order == order:
                return job
            waiting += job.state == "queued"
        if waiting >= MOST_QUEUED:
            raise MachineFullError(f"{waiting} fetches are waiting already", COME_AGAIN_S)
        job = FetchJob(
            id=secrets.token_hex(8),
            order=order,
            created_s=self._wall_clock(),
            for_people=self._for_people,
        )
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run(job), name=f"fetch {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._over, job))
        return job

    async def cancel(self, job: FetchJob) -> None:
        """End a fetch, unless it is over; returns when its process is gone."""
        task = self._tasks.get(job.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _for_people(self, sentence: str) -> str:
        return without_credentials(without_paths(sentence, [self._supply.data_dir]))

    async def _run(self, job: FetchJob) -> None:
        async with self._room:
            job.state = "running"
            status, last_words = await run_fetch(_arguments(job.order), self._supply.environment, job.told)
        job.ended(status, last_words)

    def _over(self, job: FetchJob, task: asyncio.Task[None]) -> None:
        del self._tasks[job.id]
        self._ended_s[job.id] = self._clock()
        if task.cancelled():
            job.state = "cancelled"
        elif (error := task.exception()) is not None:
            log.error("fetch %s", job.id, exc_info=error)
            job.ended(1, "the fetch could not be started; the server's log says why")

    def _forget(self) -> None:
        now_s = self._clock()
        over = [job_id for job_id in self._jobs if job_id in self._ended_s]
        late = [job_id for job_id in over if now_s - self._ended_s[job_id] > REMEMBERED_S]
        for job_id in {*late, *over[: max(0, len(over) - MOST_REMEMBERED)]}:
            del self._jobs[job_id], self._ended_s[job_id]


def _arguments(order: FetchOrder) -> tuple[str, ...]:
    besides = [modality for modality in order.modalities if modality not in PLAYABLE]
    return (*order.interactions, "--with", ",".join(besides), "--json")
