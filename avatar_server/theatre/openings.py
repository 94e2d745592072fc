"""Stages that are being opened: whoever asks for the same one waits for the same opening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable

from avatar_server.errors import StageError
from avatar_server.stage.stage import Stage


class StoppingError(StageError):
    """The server stops before the stage was open."""


class Openings:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Stage]] = {}

    async def stage(self, key: Hashable, begin: Callable[[], Coroutine[None, None, Stage]]) -> Stage:
        """What the opening called `key` gives, begun if there is none; raises what it raises.

        Somebody who leaves meanwhile does not take the stage from the others who wait. Raises
        `StoppingError` after `give_up`.
        """
        opening = self._tasks.get(key)
        if opening is None:
            opening = self._tasks[key] = asyncio.create_task(begin(), name="opening")
            opening.add_done_callback(lambda _: self._tasks.pop(key, None))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise StoppingError from None
            raise

    def give_up(self) -> None:
        """Let all who wait go."""
        for opening in self._tasks.values():
            opening.cancel()

    async def close(self) -> None:
        """Give up, and wait until nothing is being opened."""
        self.give_up()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
