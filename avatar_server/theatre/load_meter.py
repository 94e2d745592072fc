"""How busy the server itself is: its processor time, and how late its event loop comes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from statistics import median

PERIOD_S = 0.25
REMEMBERED = 40
"""Ten seconds."""

LEAST_S = 3.0
"""What was used is spread over at least so long: a server that has just begun imports what its first viewers
need, which says nothing of what sending to them will take."""


class LoadMeter:
    """Measures while `run` runs; belongs to the running event loop."""

    def __init__(self) -> None:
        self._lags_s: deque[float] = deque(maxlen=REMEMBERED)
        self._used: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)

    @property
    def lag_s(self) -> float:
        """How late the loop came, as the median of late."""
        return median(self._lags_s) if self._lags_s else 0.0

    @property
    def worst_lag_s(self) -> float:
        """The longest of late."""
        return max(self._lags_s, default=0.0)

    @property
    def cores(self) -> float:
        """Processor cores that this process has used of late."""
        if len(self._used) < 2:
            return 0.0
        (begun_s, before_s), (now_s, used_s) = self._used[0], self._used[-1]
        return (used_s - before_s) / max(now_s - begun_s, LEAST_S)

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            planned_s = loop.time() + PERIOD_S
            await asyncio.sleep(PERIOD_S)
            self._lags_s.append(max(loop.time() - planned_s, 0.0))
            self._used.append((loop.time(), time.process_time()))
