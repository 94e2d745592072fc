"""Stills over HTTP: a process of `avatar-server still` draws each, one at a time, while who asks waits."""

from __future__ import annotations

import asyncio
import secrets

from avatar_server.errors import AvatarServerError, MachineError, MachineFullError, UsageError
from avatar_server.web.command_process import run_command
from avatar_server.web.exports.order import NewStill
from avatar_server.web.exports.queue import ExportQueue

MOST_WAITING = 4
COME_AGAIN_S = 5
PATIENCE_S = 90.0
"""A picture takes a few seconds; more when its recording has to be fetched first."""


class StillDesk:
    """Makes stills; `close` gives up those that are being made."""

    def __init__(self, exports: ExportQueue) -> None:
        self._exports = exports
        self._tasks: set[asyncio.Task[bytes]] = set()
        self._room = asyncio.Semaphore(1)

    async def draw(self, interaction: str, wanted: NewStill) -> bytes:
        """The PNG.

        Raises MachineFullError if too many are waiting, UsageError for what cannot be shown, MachineError
        if it cannot be drawn, and AvatarServerError if the server stops.
        """
        if len(self._tasks) >= MOST_WAITING:
            raise MachineFullError("too many stills are being drawn just now", COME_AGAIN_S)
        task = asyncio.create_task(self._drawn(interaction, wanted), name="still")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Who goes away does not end it; the next one waits a moment.
        await asyncio.wait([task])
        if task.cancelled():
            raise AvatarServerError("the server stops")
        return task.result()

    async def close(self) -> None:
        """Give up; closing twice is fine."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _drawn(self, interaction: str, wanted: NewStill) -> bytes:
        name = f"still-{secrets.token_hex(8)}"
        folder = self._exports.folder
        async with self._room:
            target = folder.make_room(name) / "still.png"
            try:
                command = self._exports.command("still", interaction, target, wanted.options)
                async with asyncio.timeout(PATIENCE_S):
                    status, last_words = await run_command(command, self._exports.environment)
                if status == 0:
                    return await asyncio.to_thread(target.read_bytes)
            except TimeoutError:
                raise MachineError(f"it took longer than {PATIENCE_S:g} s") from None
            finally:
                folder.remove(name)
        told = self._exports.for_people(last_words).removeprefix("--")
        if status == UsageError.exit_status:
            raise UsageError(told)
        raise MachineError(told or f"the process ended with status {status}")
