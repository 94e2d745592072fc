"""Workers that are processes of this machine."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import IO

from avatar_server.batch.film_source import FilmSource
from avatar_server.batch.places import Place
from avatar_server.batch.tasks import Task
from avatar_server.batch.workers import Answered, Drew, Lost, WorkerEvent
from avatar_server.errors import MachineError
from avatar_server.render.opengl.context import DEVICE_VARIABLE
from avatar_server.segments import matrix_threads
from avatar_server.segments.worker import RASTERISER_THREADS

_IDLE_LOSSES = 5
"""Workers for each that is to be that end before anybody answers anything: all of them will."""

_LONGEST_LAST_LINE = 300


@dataclass(eq=False, slots=True)
class _Process:
    process: subprocess.Popen[bytes]
    tasks: Connection
    said: IO[bytes]
    is_ready: bool = False
    is_busy: bool = False


class LocalWorkers:
    """See `Workers`. Each has a renderer of its own; they take turns on the devices.

    Several draw with one thread of a software rasteriser each: cores are used by there being several.
    """

    def __init__(self, place: Place, source: FilmSource, jobs: int, devices: Sequence[int] = ()) -> None:
        """devices: numbers of EGL devices to draw on; empty for the usual one."""
        self._beginning = (place, source)
        self._jobs = jobs
        self._devices = devices
        self._started = 0
        self._losses = 0
        self._processes: dict[int, _Process] = {}
        try:
            for _ in range(jobs):
                self._start()
        except BaseException:
            self.close()
            raise

    @property
    def count(self) -> int:
        """Processes."""
        return self._jobs

    @property
    def cores(self) -> int:
        """Of this machine, as far as this process may use them."""
        return len(os.sched_getaffinity(0))

    def idle(self) -> Sequence[int]:
        """In the order of their numbers."""
        return [number for number, one in self._processes.items() if one.is_ready and not one.is_busy]

    def give(self, worker: int, task: Task) -> None:
        """By its socket; if it has just ended, `events` tells."""
        one = self._processes[worker]
        one.is_busy = True
        with contextlib.suppress(OSError):
            one.tasks.send(task)

    def events(self, limit_s: float) -> Sequence[WorkerEvent]:
        """From their sockets, which end with them."""
        by_socket = {one.tasks: number for number, one in self._processes.items()}
        found: list[WorkerEvent] = []
        for ready in wait(list(by_socket), limit_s):
            assert isinstance(ready, Connection)
            event = self._event(by_socket[ready])
            if event is not None:
                found.append(event)
        return found

    def close(self) -> None:
        """Kill them: what they have not finished is no good to anybody."""
        for one in self._processes.values():
            one.process.kill()
        for one in self._processes.values():
            one.process.wait()
            one.tasks.close()
            one.said.close()
        self._processes.clear()

    def _event(self, number: int) -> WorkerEvent | None:
        one = self._processes[number]
        try:
            said = one.tasks.recv()
        except (EOFError, OSError):
            return self._lose(number)
        if not one.is_ready:
            one.is_ready = True
            return None
        if isinstance(said, int):
            return Drew(number, said)
        one.is_busy = False
        self._losses = 0
        return Answered(number, said)

    def _lose(self, number: int) -> Lost:
        one = self._processes.pop(number)
        one.tasks.close()
        one.process.kill()
        status = one.process.wait()
        reason = f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
        last = _last_line(one.said)
        one.said.close()
        reason += f": {last}" if last else ""
        self._losses += 1
        if self._losses >= _IDLE_LOSSES * self._jobs:
            raise MachineError(f"processes that draw end again and again, the last one {reason}")
        self._start()
        return Lost(number, reason)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        environment = dict(os.environ)
        if self._jobs > 1:
            environment.setdefault(RASTERISER_THREADS, "1")
            environment.setdefault(matrix_threads.VARIABLE, "1")
        if self._devices:
            environment[DEVICE_VARIABLE] = str(self._devices[self._started % len(self._devices)])
        # A file takes whatever libraries have to say, and is no terminal to draw bars on.
        said = tempfile.TemporaryFile(prefix="avatar-server-")  # noqa: SIM115
        with ours, theirs:
            # In the main thread: the kernel ends a worker with the thread that started it.
            process = subprocess.Popen(
                [sys.executable, "-m", "avatar_server.batch.process", str(theirs.fileno()), str(os.getpid())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=environment,
            )
            tasks = Connection(ours.detach())
        self._processes[self._started] = _Process(process, tasks, said)
        self._started += 1
        # If it has ended already, `events` tells.
        with contextlib.suppress(OSError):
            tasks.send(self._beginning)


def _last_line(said: IO[bytes]) -> str:
    """Of what a process said, which it may still have been writing."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _LONGEST_LAST_LINE))
    lines = said.read().decode(errors="replace").split("\n")
    return next((" ".join(line.split()) for line in reversed(lines) if line.strip()), "")
