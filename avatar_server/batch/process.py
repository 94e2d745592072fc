"""The program of a worker's process: `python -m avatar_server.batch.process DESCRIPTOR PARENT`.

It answers one task after the other on a socket, and ends with whoever started it, at once, whatever happens.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from multiprocessing.connection import Connection

from avatar_server.batch.worker import Worker

_TELL_EVERY_S = 0.25

_PR_SET_PDEATHSIG = 1
"""Of prctl(2): a signal for this process when the thread that started it ends."""


def main() -> None:
    """Serve the socket until its other end is closed."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    # Ctrl-C in a terminal is for whoever started us, and ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    tasks: Connection = Connection(descriptor)
    try:
        worker = Worker(*tasks.recv())
        tasks.send(None)
        while True:
            task = tasks.recv()
            tasks.send(worker.perform(task, _Telling(tasks)))
    except (EOFError, ConnectionError, BrokenPipeError):
        return  # Nobody wants an answer any more.


class _Telling:
    """Tells of pictures, a few times a second."""

    def __init__(self, tasks: Connection) -> None:
        self._tasks = tasks
        self._pictures = 0
        self._next_s = 0.0

    def __call__(self, pictures: int) -> None:
        self._pictures += pictures
        if (now_s := time.monotonic()) >= self._next_s:
            self._next_s = now_s + _TELL_EVERY_S
            self._tasks.send(self._pictures)
            self._pictures = 0


if __name__ == "__main__":
    main()
