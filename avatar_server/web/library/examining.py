"""While nobody needs the machine the doctor sees what is here, so that lists can tell of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

from avatar_server.web.library.questions import Question, RefusalError
from avatar_server.web.library.reading_process import ReadingProcess

NICENESS = 19
LIMIT_S = 600.0

AT_REST_S = 180.0
"""The machine was not needed for so long before the doctor begins."""

LOOK_AGAIN_S = 900.0
"""After he has seen all that is here."""

REST_SHARE = 1.0
"""He rests for as long as he worked: half a core at the most."""

AFTER_REFUSAL_S = 10.0
"""Of what cannot be examined nothing is asked again, but a list that cannot be read stops everything."""

_IDLE_S = 1.0


class Examining:
    """Works between `begin` and `close`."""

    def __init__(
        self,
        data_dir: Path,
        is_needed: Callable[[], bool],
        *,
        at_rest_s: float = AT_REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """is_needed: see `Library`. at_rest_s: for how long it must have been false."""
        self._process = ReadingProcess(data_dir, niceness=NICENESS, limit_s=LIMIT_S, idle_s=_IDLE_S)
        self._is_needed = is_needed
        self._at_rest_s = at_rest_s
        self._clock = clock
        self._needed_s = clock()
        """When the machine was needed last."""
        self._running: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Needs a running event loop."""
        self._running = asyncio.create_task(self._run(), name="examining")

    async def close(self) -> None:
        """End it; closing twice is fine."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.wait([self._running])
        await self._process.close()

    async def _run(self) -> None:
        while True:
            await self._until_at_rest()
            began_s = self._clock()
            try:
                answer = await self._process.ask(Question("examine"))
                is_done = json.loads(answer.body)["examined"] is None
                rest_s = LOOK_AGAIN_S if is_done else REST_SHARE * (self._clock() - began_s)
            except RefusalError:
                rest_s = AFTER_REFUSAL_S
            await asyncio.sleep(rest_s)

    async def _until_at_rest(self) -> None:
        """Wait until the machine was not needed for a while."""
        while True:
            now_s = self._clock()
            if self._is_needed():
                self._needed_s = now_s
            if now_s - self._needed_s >= self._at_rest_s:
                return
            await asyncio.sleep(self._at_rest_s / 10)
