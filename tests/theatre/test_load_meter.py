"""What a server uses of the processor, told by its own meter."""

from __future__ import annotations

import asyncio
import time

from avatar_server.theatre.load_meter import PERIOD_S, LoadMeter


def test_a_busy_beginning_is_not_taken_for_what_sending_takes() -> None:
    """The first two looks with nothing but work between them: not yet a core."""

    async def work() -> float:
        meter = LoadMeter()
        measuring = asyncio.create_task(meter.run())
        while not meter.cores:
            before = time.process_time()
            while time.process_time() - before < PERIOD_S / 2:
                pass
            await asyncio.wait([measuring], timeout=0.001)
        measuring.cancel()
        return meter.cores

    assert 0 < asyncio.run(work()) < 0.5
