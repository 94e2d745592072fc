"""The list of all recordings, fetched when somebody asks for what only it can tell."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from avatar_server.web.fetches.fetch_process import run_fetch
from avatar_server.web.library.supply import LOCAL, Supply

log = logging.getLogger(__name__)

AGAIN_S = 300.0
"""After it did not come: nobody else is made to wait for it so soon."""

PATIENCE_S = 20.0
"""Who asks is answered without the list then, as on a machine without a network."""


class ListFetch:
    """Fetches it at most once at a time; `close` ends that."""

    def __init__(self, supply: Supply, clock: Callable[[], float] = time.monotonic) -> None:
        self._supply = supply
        self._clock = clock
        self._fetching: asyncio.Task[bool] | None = None
        self._not_before_s = clock()

    async def came(self) -> bool:
        """Whether it is here now, after waiting for it; False at once with the source `local`."""
        if self._supply.source == LOCAL:
            return False
        if self._fetching is None or self._fetching.done():
            if self._clock() < self._not_before_s:
                return False
            self._fetching = asyncio.create_task(self._fetch(), name="list of recordings")
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(self._fetching)
        except TimeoutError:
            return False  # It goes on, for who asks later.

    async def close(self) -> None:
        """Give up; closing twice is fine."""
        if self._fetching is not None and not self._fetching.done():
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _fetch(self) -> bool:
        self._not_before_s = self._clock() + AGAIN_S
        status, last_words = await run_fetch(["--refresh-catalogue"], self._supply.environment)
        if status != 0:
            log.warning("the list of recordings did not come: %s", last_words)
        return status == 0
