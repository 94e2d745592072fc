"""Carries a plan out: many files at a time, of as few recordings at a time as that takes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_job import FetchJob, FetchMeans
from avatar_server.dataset.fetching.fetch_plan import FetchPlan, PlannedRecording
from avatar_server.dataset.fetching.fetch_records import Finished, Tell
from avatar_server.dataset.fetching.fetch_tally import FetchTally
from avatar_server.dataset.fetching.work_queue import DEFAULT_JOBS, MOST_JOBS, WorkQueue
from avatar_server.dataset.stores.contract import Store, StoredFile

_PATIENCE_S = 2.0
"""For threads that are to stop: one that waits for a silent store is left behind."""

_SPREAD = 0.5
"""Of a wait, at most."""


class Fetcher:
    """Fetches one plan with `jobs` threads.

    tell: takes the records, in any thread. stop: for this fetch alone; set by anybody, it ends the fetch, and
    what came is kept. It is set in the end in any case. spread: draws, from 0 to 1, how much longer than told
    is waited before another try: threads that failed together should not come back together.
    """

    def __init__(
        self,
        plan: FetchPlan,
        store: Store,
        tree: CacheTree,
        *,
        tell: Tell,
        jobs: int = DEFAULT_JOBS,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._plan = plan
        self._tell = tell
        self._jobs = min(jobs, MOST_JOBS)
        self._stop = threading.Event() if stop is None else stop
        self._tally = FetchTally(plan, tell=tell, clock=clock)
        self._spread = spread
        self._means = FetchMeans(store, tree, self._tally, tell, self._wait)
        self._queue = WorkQueue(
            (partial(self._begin, recording, False) for recording in plan.to_fetch), self._stop
        )
        self._open: set[FetchJob] = set()
        self._trouble: BaseException | None = None

    def run(self) -> Finished:
        """Fetch everything; what does not come is told, and ends nothing but itself.

        Raises MachineError when there is no room. Left by an exception from outside, such as a signal's, it
        stops its threads and keeps what came.
        """
        self._tell(self._plan.summary)
        # Not by `join`: in Python 3.11 a thread whose join was interrupted by a signal counts as ended.
        ended = [threading.Event() for _ in range(self._jobs if self._plan.to_fetch else 0)]
        for number, event in enumerate(ended):
            threading.Thread(target=self._work, args=(event,), name=f"fetch-{number}", daemon=True).start()
        try:
            for event in ended:
                event.wait()
        finally:
            self._halt(ended)
        self._means.tree.trim()
        progress = self._tally.progress()
        self._tell(progress)
        stopped = "stopped" if progress.recordings < progress.recordings_expected else ""
        finished = self._tally.finished(str(self._trouble or stopped))
        self._tell(finished)
        if self._trouble is not None:
            raise self._trouble
        return finished

    def _halt(self, ended: list[threading.Event]) -> None:
        """Stop what still runs, and let go of the recordings that are not done with."""
        self._stop.set()
        self._queue.wake()
        until_s = time.monotonic() + _PATIENCE_S
        if all(event.wait(max(0.0, until_s - time.monotonic())) for event in ended):
            for job in self._open:
                job.incoming.close()

    def _wait(self, wait_s: float) -> bool:
        return self._stop.wait(wait_s * (1 + _SPREAD * self._spread()) if wait_s else 0.0)

    def _work(self, ended: threading.Event) -> None:
        while (task := self._queue.next()) is not None:
            try:
                task()
            except BaseException as error:  # A full disk, or a mistake of ours: `run` raises it.
                self._trouble = self._trouble or error
                self._stop.set()
                self._queue.wake()
        ended.set()

    def _begin(self, planned: PlannedRecording, was_put_off: bool) -> None:
        incoming = self._means.tree.incoming(planned.place)
        if incoming.is_private and not was_put_off:
            # Another process works on it: by the time that all others are here, it may be here, too.
            incoming.close()
            self._queue.ended(again=partial(self._begin, planned, True))
            return
        job = FetchJob(planned, incoming, self._means)
        self._open.add(job)
        files = job.open()
        if files:
            self._queue.add_parts(partial(self._fetch, job, file) for file in files)
        else:
            self._end(job)

    def _fetch(self, job: FetchJob, file: StoredFile) -> None:
        if job.fetch(file):
            self._end(job)

    def _end(self, job: FetchJob) -> None:
        job.end()
        job.incoming.close()
        self._open.discard(job)
        self._queue.ended()
