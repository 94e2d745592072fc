"""The stages that play now: opened when first asked for, closed when nobody watches any more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from avatar_server.errors import AvatarServerError, StageError
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage

EMPTY_LIMIT_S = 30.0
"""A stage without an audience is closed after this; long enough to reload a page."""

MOST_STAGES = 4
"""Each stage fills about a processor core; one that is not watched makes room for a new one."""


class Theatre:
    """Keeps at most one stage an interaction, and the one that is served by default always warm.

    A context: entering opens the default stage, so that the first viewer waits for nothing; leaving closes
    all of them.
    """

    def __init__(
        self,
        default: StageOrder,
        *,
        open_stage: Callable[[StageOrder], Awaitable[Stage]] = Stage.open,
        empty_limit_s: float = EMPTY_LIMIT_S,
    ) -> None:
        self._default = default
        self._open_stage = open_stage
        self._empty_limit_s = empty_limit_s
        self._stages: dict[str, Stage] = {}
        self._broadcasts: dict[str, Broadcast] = {}
        self._opening: dict[str, asyncio.Task[Stage]] = {}
        self._closing: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        try:
            await self.stage(self._default.interaction)
        except BaseException:
            await self._close_all()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close_all()

    async def _close_all(self) -> None:
        for timer in self._closing.values():
            timer.cancel()
        for opening in tuple(self._opening.values()):
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError, AvatarServerError):
                await opening
        await asyncio.gather(*(stage.close() for stage in self._stages.values()), *self._tasks)
        self._stages.clear()

    @property
    def playing(self) -> tuple[str, ...]:
        """Names of the interactions whose stages are open."""
        return tuple(self._stages)

    @property
    def default_interaction(self) -> str:
        """Name of what is served to who asks for nothing else."""
        return self._default.interaction

    async def stage(self, interaction: str) -> Stage:
        """The stage that plays `interaction`, opened if need be; raises what opening it raises."""
        playing = self._stages.get(interaction)
        if playing is not None and playing.end_reason is None:
            return playing
        opening = self._opening.get(interaction)
        if opening is None:
            opening = asyncio.create_task(self._open(interaction), name=f"opening {interaction}")
            self._opening[interaction] = opening
            opening.add_done_callback(lambda _: self._opening.pop(interaction, None))
        # Somebody who leaves while the stage is opened must not take it from the others who wait.
        return await asyncio.shield(opening)

    def broadcast(self, stage: Stage) -> Broadcast:
        """What sends the packets of a stage to all its viewers; there is one a stage."""
        if stage.id not in self._broadcasts:
            self._broadcasts[stage.id] = Broadcast(stage, epoch_s=stage.ready.epoch_s)
        return self._broadcasts[stage.id]

    def enter(self, interaction: str) -> None:
        """Somebody is there: the stage is not closed."""
        if timer := self._closing.pop(interaction, None):
            timer.cancel()

    def left(self, interaction: str) -> None:
        """Somebody has gone; the stage is closed in a while if nobody comes."""
        stage = self._stages.get(interaction)
        if stage is None or stage.members or interaction == self._default.interaction:
            return
        self.enter(interaction)
        loop = asyncio.get_running_loop()
        self._closing[interaction] = loop.call_later(self._empty_limit_s, self._close, interaction)

    async def _open(self, interaction: str) -> Stage:
        for name, stage in tuple(self._stages.items()):
            idle = not stage.members and name != self._default.interaction
            if stage.end_reason is not None or (idle and len(self._stages) >= MOST_STAGES):
                self._close(name)
        if len(self._stages) >= MOST_STAGES:
            raise StageError(f"{MOST_STAGES} interactions are being played, which is as many as may be")
        stage = await self._open_stage(replace(self._default, interaction=interaction))
        self._stages[interaction] = stage
        self.left(interaction)
        return stage

    def _close(self, interaction: str) -> None:
        self._closing.pop(interaction, None)
        stage = self._stages.pop(interaction)
        self._broadcasts.pop(stage.id, None)
        task = asyncio.create_task(stage.close(), name=f"closing {interaction}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
