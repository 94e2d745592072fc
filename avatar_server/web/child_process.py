"""How a process that the server started comes to its end, with nothing of it left in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal


def send_signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """By the kernel's own call: asyncio's may take the exit status away from itself (Python 3.11)."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


async def until_gone(
    process: asyncio.subprocess.Process, *unread: asyncio.StreamReader | None, limit_s: float
) -> None:
    """Wait until it has ended, and kill it when that takes longer than `limit_s`.

    unread: those of its pipes that nobody else reads (any more). They are read to their ends: a process that
    writes into a full pipe does not end, and a loop that closes before its pipes complains.
    """

    async def ended() -> None:
        await asyncio.gather(*(pipe.read() for pipe in unread if pipe is not None))
        await process.wait()

    try:
        async with asyncio.timeout(limit_s):
            await ended()
    except TimeoutError:
        send_signal(process, signal.SIGKILL)
        await ended()
