"""How late an event loop is, and how many tasks it has: a timer every 10 ms, and a line a second."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

PERIOD_S = 0.01
LINE_PERIOD_S = 1.0


class LoopLag:
    """Writes the lags of the running event loop to a file until its task is cancelled."""

    def __init__(self, path: Path) -> None:
        """path: gets lines of JSON: time (ns since 1970), all lags of the second before in ms, tasks."""
        self._path = path

    async def run(self) -> None:
        """Measure."""
        loop = asyncio.get_running_loop()
        lags: list[float] = []
        with self._path.open("w") as file:
            due_s = loop.time() + PERIOD_S
            line_s = loop.time() + LINE_PERIOD_S
            while True:
                await asyncio.sleep(due_s - loop.time())
                now_s = loop.time()
                lags.append(round((now_s - due_s) * 1000, 3))
                due_s = max(due_s + PERIOD_S, now_s)
                if now_s >= line_s:
                    line_s = now_s + LINE_PERIOD_S
                    file.write(json.dumps([time.time_ns(), lags, len(asyncio.all_tasks(loop))]) + "\n")
                    file.flush()
                    lags = []


def lags_between(path: Path, from_ns: int, until_ns: int) -> list[float]:
    """Lags in ms that were written within that time, in order of size."""
    lags: list[float] = []
    for line in path.read_text().splitlines():
        at_ns, found, _ = json.loads(line)
        if from_ns <= at_ns < until_ns:
            lags += found
    return sorted(lags)


def tasks_last(path: Path) -> int:
    """How many tasks there were when the last whole line was written."""
    lines = path.read_text().split("\n")
    return int(json.loads(lines[-2])[2]) if len(lines) > 1 else 0
