"""The command `publish` as a process, and what it says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.publish.janus import LIMIT_S


class Publishing:
    """The command, as people run it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def says(self, words: str) -> str:
        """The next line with these words in it."""
        assert self.process.stderr
        async with asyncio.timeout(LIMIT_S):
            while True:
                line = (await self.process.stderr.readline()).decode()
                assert line, f"ended with {self.said}, without {words!r}"
                self.said.append(line.rstrip())
                if words in line:
                    return line

    async def ends(self) -> int:
        """The exit status; what was still said is in `said`."""
        async with asyncio.timeout(LIMIT_S):
            _, rest = await self.process.communicate()
        self.said += rest.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def publishing(*arguments: str) -> AsyncIterator[Publishing]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "avatar_server", "publish", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Publishing(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
