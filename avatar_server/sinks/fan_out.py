"""Sends one frame to many viewers in slices, so that a key picture for everybody does not hold the loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from avatar_server.sinks.departure_skew import DepartureSkew
from avatar_server.sinks.rtp_packetiser import RtpFrame

SLICE_S = 0.003
"""Others on the event loop wait at most this long: the answers of connections, reports, the page."""

HURRY_S = 0.5
"""What nobody had time to send for this long is skipped; of pictures all, up to the next key picture, which
gives a machine that is too slow time to catch up."""


class Receiver(Protocol):
    """Somebody who takes frames. All calls are short."""

    def take(self, frame: RtpFrame) -> bool:
        """Send the frame; whether it was wanted."""

    def skip_to_key(self) -> None:
        """The machine is too slow: pictures are missing from here on."""


@dataclass(slots=True)
class _Job:
    frame: RtpFrame
    due_s: float
    receivers: Sequence[Receiver]
    next: int = 0


class FanOut:
    """Belongs to the running event loop. Sound goes first: a gap is heard, a late picture is not seen."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.skew = DepartureSkew()
        self.skipped = 0
        """Frames that were not sent to a viewer because the machine was too slow."""
        self._clock = clock
        self._jobs: dict[str, deque[_Job]] = {"audio": deque(), "video": deque()}
        self._next_slice: asyncio.Handle | None = None
        self._turn = 0

    def send(self, frame: RtpFrame, due_s: float, receivers: Sequence[Receiver]) -> None:
        """Send `frame`, which is due at `due_s` of the monotonic clock, as soon as its turn comes."""
        if not receivers:
            return
        # Whoever is served first now is not the next time.
        self._turn = (self._turn + 1) % len(receivers)
        fair = (*receivers[self._turn :], *receivers[: self._turn])
        self._jobs[frame.kind].append(_Job(frame, due_s, fair))
        if self._next_slice is None:
            self._slice()

    def cancel(self) -> None:
        """Send nothing more."""
        if self._next_slice is not None:
            self._next_slice.cancel()
            self._next_slice = None
        for jobs in self._jobs.values():
            jobs.clear()

    def _slice(self) -> None:
        self._next_slice = None
        now_s = self._clock()
        until_s = now_s + SLICE_S
        while (job := self._first_job(now_s)) is not None:
            if now_s >= until_s:
                self._next_slice = asyncio.get_running_loop().call_soon(self._slice)
                return
            now_s = self._serve(job, now_s, until_s)

    def _serve(self, job: _Job, begun_s: float, until_s: float) -> float:
        """Send a job's frame until the slice is over; gives the time then."""
        now_s, frame, receivers, served = begun_s, job.frame, job.receivers, 0
        while job.next < len(receivers) and now_s < until_s:
            served += receivers[job.next].take(frame)
            job.next += 1
            now_s = self._clock()
        if served:
            # They left within a slice of 3 ms, evenly.
            mean_s = (begun_s + now_s) / 2 - job.due_s
            self.skew.by_kind[frame.kind].note(now_s, mean_s, now_s - job.due_s, served)
        return now_s

    def _first_job(self, now_s: float) -> _Job | None:
        for jobs in self._jobs.values():
            while jobs:
                job = jobs[0]
                if now_s - job.due_s > HURRY_S and len(jobs) > 1:
                    self._skip(job)
                if job.next < len(job.receivers):
                    return job
                jobs.popleft()
        return None

    def _skip(self, job: _Job) -> None:
        left = job.receivers[job.next :]
        job.next = len(job.receivers)
        self.skipped += len(left)
        if job.frame.kind == "video":
            for receiver in left:
                receiver.skip_to_key()
