"""The stage process's end of its two pipes to the server, or of a connection that takes their place."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import threading
from typing import BinaryIO

from avatar_server.stage.wire import (
    HEADER,
    FromStage,
    NumberedPacket,
    ToStage,
    body_length,
    from_stage_frame,
    parse_to_stage,
)

PIPE_BYTES = 2**20
"""Room for about three seconds of packets, so that a server that is busy for a moment delays nothing."""


class Line:
    """Frames go out whole, from any thread; messages are read in a thread of their own, from the first on.

    So the process notices at any time, even while it opens a programme, that the server is gone, and ends.
    """

    def __init__(self, source: BinaryIO, target: int) -> None:
        """target: a file descriptor."""
        self._source = source
        self._target = target
        self._sending = threading.Lock()
        self._received: queue.SimpleQueue[ToStage] = queue.SimpleQueue()
        with contextlib.suppress(OSError):  # A smaller pipe works too.
            fcntl.fcntl(target, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        threading.Thread(target=self._read, name="line", daemon=True).start()

    def send(self, message: FromStage | NumberedPacket) -> None:
        """Write one frame; the process ends if nobody reads any more."""
        frame = memoryview(from_stage_frame(message))
        with self._sending:
            while frame:
                try:
                    frame = frame[os.write(self._target, frame) :]
                except (BrokenPipeError, ConnectionResetError):
                    os._exit(0)

    def receive(self) -> ToStage:
        """The next message; waits for it."""
        return self._received.get()

    def _read(self) -> None:
        while len(header := self._source.read(HEADER.size)) == HEADER.size:
            self._received.put(parse_to_stage(header, self._source.read(body_length(header))))
        # Not sys.exit: the picture thread may be anywhere in a driver, and there is nothing to save.
        os._exit(0)
