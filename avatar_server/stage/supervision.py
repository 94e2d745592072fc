"""How a stage's processes are begun, watched, and given up."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from avatar_server.errors import StageError
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage_process import StageProcess
from avatar_server.stage.watchdog import PATIENCE_S, PROBE_S, Watchdog, activity_of
from avatar_server.stage.wire import Perform, Ready

log = logging.getLogger(__name__)

OPENING_LIMIT_S = 120.0
"""Building a body for the first time on a slow machine takes long; a hanging driver takes for ever."""

SPARE_LIMIT_S = 10.0
"""A spare that goes on for a lost process has only to read; one that takes longer is taken for broken."""

MOST_DEATHS, WITHIN_S = 3, 30.0
"""A stage that loses its process so often will lose the next one, too."""


async def begin(order: Perform, spare: Spare | None) -> tuple[StageProcess, Ready]:
    """A process that plays what is ordered: `spare`, if it is given and one waits, or a new one.

    Another spare is begun where one was taken or a process was lost. Raises what the process met, as
    `StageProcess.perform` does.
    """
    begun = await _begin(order, spare)
    if spare is not None and (spare.taken or order.resumption is not None):
        spare.refill(order.order)
    return begun


async def _begin(order: Perform, spare: Spare | None) -> tuple[StageProcess, Ready]:
    if spare is not None and (process := spare.take()) is not None:
        try:
            limit_s = OPENING_LIMIT_S if order.resumption is None else SPARE_LIMIT_S
            return process, await _performing(process, order, limit_s)
        except StageError as error:
            log.warning("the spare was of no use: %s", error)
    process = await StageProcess.start()
    return process, await _performing(process, order, OPENING_LIMIT_S)


async def _performing(process: StageProcess, order: Perform, limit_s: float) -> Ready:
    try:
        return await process.perform(order, limit_s)
    except BaseException:
        process.kill()
        await process.close()
        raise


async def until_hanging(process: StageProcess, watchdog: Watchdog) -> str:
    """Wait until the process hangs; gives the reason, for people."""
    loop = asyncio.get_running_loop()
    while True:
        what, missing_s = await _look(watchdog, watchdog.period_s)
        if missing_s <= PATIENCE_S:
            continue
        before, began_s = activity_of(process.id), loop.time()
        what, missing_s = await _look(watchdog, PROBE_S)
        patience_s = activity_of(process.id).patience_s(before, loop.time() - began_s)
        if missing_s > patience_s:
            return f"the stage's process hung: {what} missing for {missing_s:.1f} s"


async def _look(watchdog: Watchdog, after_s: float) -> tuple[str, float]:
    loop = asyncio.get_running_loop()
    planned_s = loop.time() + after_s
    await asyncio.sleep(after_s)
    watchdog.looked(loop.time() - planned_s)
    return watchdog.missing(loop.time())


class Deaths:
    """Counts lost processes; time is an argument."""

    def __init__(self) -> None:
        self._recent_s: deque[float] = deque(maxlen=MOST_DEATHS)

    def too_many(self, now_s: float) -> bool:
        """Whether the process lost now is the last one that is replaced no more."""
        self._recent_s.append(now_s)
        return len(self._recent_s) == MOST_DEATHS and now_s - self._recent_s[0] <= WITHIN_S
