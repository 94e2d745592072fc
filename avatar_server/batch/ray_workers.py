"""Workers that are actors of a Ray cluster, on as many machines as it has.

Ray places them and says when one is lost; what then happens to its task is decided by `schedule`, as for the
processes of one machine. Actors are therefore neither restarted nor asked twice by Ray itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avatar_server import __version__
from avatar_server.batch.film_source import FilmSource
from avatar_server.batch.manifest import MANIFEST
from avatar_server.batch.places import Place
from avatar_server.batch.tasks import Answer, Task
from avatar_server.batch.workers import Answered, Lost, WorkerEvent
from avatar_server.errors import MachineError
from avatar_server.ray_cluster import (
    draw_on_dealt_gpu,
    import_ray,
    join_cluster,
    last_line,
    room_in_cluster,
)

if TYPE_CHECKING:
    import ray

_IDLE_LOSSES = 5
"""Workers for each that is to be that end before anybody answers anything: all of them will."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a worker sees from where it is. manifest: hash of the place's, None without one."""

    machine: str
    version: str
    manifest: str | None


class RemoteWorker:
    """The actor: a `Worker` on whichever machine Ray has put it."""

    def __init__(self, place: Place, source: FilmSource, cores_each: float) -> None:
        """Draws on the GPU that Ray has dealt out, if any; EGL lists them in the order of their numbers."""
        from avatar_server.batch.worker import Worker
        from avatar_server.encode.h264_encoders import VARIABLE, X264
        from avatar_server.segments.worker import RASTERISER_THREADS

        draw_on_dealt_gpu()
        # Machines may differ, and a film's segments are of one encoder.
        os.environ.setdefault(VARIABLE, X264.name)
        os.environ.setdefault(RASTERISER_THREADS, str(max(1, int(cores_each))))
        self._place = place
        self._worker = Worker(place, source)

    def ready(self) -> _Found:
        """Whether this machine is one that can take part."""
        return _Found(socket.gethostname(), __version__, _manifest_hash(self._place))

    def perform(self, task: Task) -> Answer:
        """See `Worker`."""
        return self._worker.perform(task)


@dataclass(eq=False, slots=True)
class _Actor:
    handle: Any
    waiting_for: Any
    is_ready: bool = False


def open_ray_workers(
    address: str,
    place: Place,
    source: FilmSource,
    jobs: int | None,
    *,
    cores_each: float,
    gpus_each: float,
) -> RayWorkers:
    """Join the cluster and place the workers: `jobs` of them, or as many as find room.

    Raises MachineError without Ray, without a cluster at that address, and if no machine of it has what a
    worker needs.
    """
    import_ray()
    import ray

    join_cluster(address)
    try:
        room = room_in_cluster(address, cores_each=cores_each, gpus_each=gpus_each)
        return RayWorkers(place, source, jobs or room, cores_each=cores_each, gpus_each=gpus_each)
    except BaseException:
        ray.shutdown()
        raise


class RayWorkers:
    """See `Workers`. Made by `open_ray_workers`."""

    def __init__(
        self, place: Place, source: FilmSource, jobs: int, *, cores_each: float, gpus_each: float
    ) -> None:
        import ray

        remote = ray.remote(
            num_cpus=cores_each, num_gpus=gpus_each, max_restarts=0, max_task_retries=0, max_concurrency=1
        )
        self._kind = remote(RemoteWorker)
        self._beginning = (place, source, cores_each)
        self._place = place
        self._manifest = _manifest_hash(place)
        self._jobs = jobs
        self._started = 0
        self._losses = 0
        self._actors: dict[int, _Actor] = {}
        for _ in range(jobs):
            self._start()

    @property
    def count(self) -> int:
        """Actors, placed or waiting for room."""
        return self._jobs

    @property
    def cores(self) -> int:
        """Of the cluster."""
        import ray

        return int(ray.cluster_resources().get("CPU", 1))

    def idle(self) -> Sequence[int]:
        """Those that are placed and wait for nothing."""
        return [number for number, one in self._actors.items() if one.is_ready and one.waiting_for is None]

    def give(self, worker: int, task: Task) -> None:
        """By a call whose answer `events` waits for."""
        one = self._actors[worker]
        one.waiting_for = one.handle.perform.remote(task)

    def events(self, limit_s: float) -> Sequence[WorkerEvent]:
        """Answers, and losses as Ray tells of them."""
        import ray

        waited = {
            one.waiting_for: number for number, one in self._actors.items() if one.waiting_for is not None
        }
        if not waited:
            time.sleep(limit_s)
            return ()
        done, _ = ray.wait(list(waited), num_returns=1, timeout=limit_s)
        if done:
            done, _ = ray.wait(list(waited), num_returns=len(waited), timeout=0)
        found = [self._event(waited[one], one) for one in done]
        return [event for event in found if event is not None]

    def close(self) -> None:
        """Kill the actors, and leave the cluster."""
        import ray

        if ray.is_initialized():
            for one in self._actors.values():
                with contextlib.suppress(Exception):
                    ray.kill(one.handle)
            ray.shutdown()
        self._actors.clear()

    def _event(self, number: int, reference: Any) -> WorkerEvent | None:
        import ray

        one = self._actors[number]
        one.waiting_for = None
        try:
            said = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            raise MachineError(f"a worker of the cluster cannot work: {last_line(error)}") from error
        except ray.exceptions.RayError as error:
            return self._lose(number, error)
        if isinstance(said, _Found):
            self._refuse_unless_same(said)
            one.is_ready = True
            return None
        self._losses = 0
        return Answered(number, said)

    def _refuse_unless_same(self, found: _Found) -> None:
        if found.version != __version__:
            raise MachineError(
                f"{found.machine} has avatar-server {found.version}, and this machine {__version__}: films "
                "would differ"
            )
        if self._manifest is not None and found.manifest != self._manifest:
            raise MachineError(
                f"{found.machine} does not see {self._place}: the machines of a cluster need a folder that "
                "they share, or a URL"
            )

    def _lose(self, number: int, error: ray.exceptions.RayError) -> Lost:
        import ray

        gone = self._actors.pop(number)
        with contextlib.suppress(Exception):
            ray.kill(gone.handle)
        self._losses += 1
        reason = last_line(error)
        if self._losses >= _IDLE_LOSSES * self._jobs:
            raise MachineError(f"workers of the cluster end again and again: {reason}")
        self._start()
        return Lost(number, reason)

    def _start(self) -> None:
        handle = self._kind.remote(*self._beginning)
        self._actors[self._started] = _Actor(handle, handle.ready.remote())
        self._started += 1


def _manifest_hash(place: Place) -> str | None:
    content = place.read(MANIFEST)
    return None if content is None else hashlib.sha256(content).hexdigest()
