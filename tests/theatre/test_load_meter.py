"""What a server uses of the processor, told by its own meter."""

from __future__ import annotations

import asyncio
import time

from avatar_server.theatre.load_meter import LEAST_S, PERIOD_S, LoadMeter


def test_a_busy_beginning_is_not_taken_for_what_sending_takes() -> None:
    """The first two looks with nothing but work between them: not yet a core."""

    async def work() -> float:
        meter = LoadMeter()
        measuring = asyncio.create_task(meter.run())
        for _ in range(3):
            await asyncio.sleep(0)
            before = time.process_time()
            while time.process_time() - before < PERIOD_S:
                pass
        await asyncio.sleep(PERIOD_S)
        measuring.cancel()
        return meter.cores

    assert 0 < asyncio.run(work()) < 4 * PERIOD_S / LEAST_S
