"""Encoding in a thread of its own, beside the drawing; a slow encoder makes the drawing wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType

from avatar_server.segments.drawing import Drawn

_WAITING_AT_MOST = 2
"""Pictures between drawing and encoding: enough to even out that some take longer."""


class Encoding:
    """The thread that encodes; leaving the block means that it has ended, well or not.

    waiting_s: of the drawing thread, for the encoder. encoding_s: of the encoding thread.
    """

    def __init__(self, write: Callable[[Drawn], None]) -> None:
        """write: encodes one picture after the other, in the thread; pictures are finished already."""
        self._write = write
        self._pictures: queue.Queue[Drawn | None] = queue.Queue(_WAITING_AT_MOST)
        self._abandoned = False
        self._failure: BaseException | None = None
        # A signal may come when the thread runs and the block is not entered yet: nobody would end it then.
        self._thread = threading.Thread(target=self._run, name="encoding", daemon=True)
        self.waiting_s = 0.0
        self.encoding_s = 0.0

    def __enter__(self) -> Encoding:
        self._thread.start()
        return self

    def take(self, drawn: Drawn) -> None:
        """Hand over the next picture; waits while too many are waiting. Raises what encoding raised."""
        started = time.perf_counter()
        self._pictures.put(drawn)
        self.waiting_s += time.perf_counter() - started
        if self._failure is not None:
            raise self._failure

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._abandoned = kind is not None
        started = time.perf_counter()
        try:
            self._pictures.put(None)
            self._thread.join()
        except BaseException:  # Interrupted at the very end: the thread still must not outlive this block.
            self._abandoned = True
            self._pictures.put(None)
            self._thread.join()
            raise
        self.waiting_s += time.perf_counter() - started
        if kind is None and self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (drawn := self._pictures.get()) is not None:
            # After a failure pictures are still taken, so that nobody waits for ever to hand one over.
            if self._failure is not None or self._abandoned:
                continue
            started = time.perf_counter()
            try:
                drawn.finish(drawn.picture)
                self._write(drawn)
            except BaseException as failure:  # Raised again in the thread that draws.
                self._failure = failure
            self.encoding_s += time.perf_counter() - started
