"""A stage process that has everything ready and waits: a new stage plays, or a lost one goes on, at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from avatar_server.errors import StageError
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage_process import StageProcess
from avatar_server.stage.wire import Prepare, Prepared

log = logging.getLogger(__name__)

REFILL_DELAY_S = 3.0
"""A new spare is begun this long after the last was taken: until then the stage that took it needs the
processor for itself."""

PREPARING_LIMIT_S = 120.0


class Spare:
    """At most one process that waits for its order. It costs memory and no processor time.

    Its imports are done, its body and programme read, its OpenGL context open, its shaders compiled: for
    the order named last. Another order finds ready what is the same.
    """

    def __init__(self, *, refill_delay_s: float = REFILL_DELAY_S) -> None:
        self.memory_allows: Callable[[], bool] = lambda: True
        """Asked before a spare is begun."""
        self._refill_delay_s = refill_delay_s
        self._waiting: StageProcess | None = None
        self._preparing: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        self.taken = 0
        self.resident_bytes = 0

    @property
    def process_id(self) -> int | None:
        """Of the process that waits; None if there is none."""
        return None if self._waiting is None else self._waiting.id

    def refill(self, order: StageOrder, *, at_once: bool = False) -> None:
        """Begin to prepare a spare for `order` soon, unless there is one. at_once: nobody watches yet."""
        if self._waiting is None and self._preparing is None:
            delay_s = 0.0 if at_once else self._refill_delay_s
            self._preparing = asyncio.create_task(self._prepare(order, delay_s), name="spare preparing")
            self._preparing.add_done_callback(self._prepared)

    def take(self) -> StageProcess | None:
        """The process that waits, from now on the caller's; None if there is none."""
        process, self._waiting = self._waiting, None
        self.ready.clear()
        self.resident_bytes = 0
        if process is not None and process.alive:
            self.taken += 1
            return process
        return None

    async def close(self) -> None:
        """End what waits and what is being prepared."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)
        if (process := self.take()) is not None:
            await process.close()

    async def _prepare(self, order: StageOrder, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        if not self.memory_allows():
            log.warning("no spare stage: there is too little memory for one")
            return
        process = await StageProcess.start()
        try:
            process.send(Prepare(order))
            async with asyncio.timeout(PREPARING_LIMIT_S):
                prepared = await process.receive()
            if not isinstance(prepared, Prepared):
                raise StageError(f"expected a spare to be prepared, got {prepared}")
        except BaseException:
            process.kill()
            await process.close()
            raise
        self._waiting = process
        self.resident_bytes = prepared.resident_bytes
        self.ready.set()

    def _prepared(self, task: asyncio.Task[None]) -> None:
        self._preparing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("no spare stage: %s", error or type(error).__name__)
