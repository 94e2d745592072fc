"""The stages that play now: opened when first asked for, closed when nobody watches any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import AvatarServerError, MachineFullError
from avatar_server.logs import about
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.webrtc_peer import WebRtcPeer
from avatar_server.stage.programme import StageOrder, is_never_fetched
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage import Stage
from avatar_server.stage.wire import PictureCost
from avatar_server.theatre.admission import (
    UNLIMITED,
    Limits,
    MachineLoad,
    StageLoad,
    admit_own_view,
    admit_stage,
    admit_viewer,
)
from avatar_server.theatre.load_meter import LoadMeter
from avatar_server.theatre.machine import available_bytes, processor_cores
from avatar_server.theatre.openings import Openings

log = logging.getLogger(__name__)

EMPTY_LIMIT_S = 30.0
"""A stage without an audience is closed after this; long enough to reload a page."""

DEFAULT_STAGE = "default"
"""Stands for the id of the stage that is served to who asks for nothing else."""

ENDED_BY_REQUEST = "the stage was closed"

READING = "The recording is read."
FETCHING = "What is not here of the recording is fetched."


class Theatre:
    """Keeps all stages: one shared by all who ask for an interaction, and any number of others.

    The one that is served by default is always warm. A context: entering opens the default stage, so that
    the first viewer waits for nothing; leaving closes all of them.
    """

    def __init__(
        self,
        default: StageOrder,
        *,
        open_stage: Callable[[StageOrder], Awaitable[Stage]] | None = None,
        empty_limit_s: float = EMPTY_LIMIT_S,
        spare: Spare | None = None,
        limits: Limits = UNLIMITED,
        measure: Callable[[], MachineLoad] | None = None,
    ) -> None:
        """open_stage: another way to open one. spare: what replaces a lost process at once.

        limits: beside what `admission` finds. measure: another way to find the load by which it decides.
        """
        self.load_meter = LoadMeter()
        self._limits = limits
        self._measure = measure or self.measured
        self._default = default
        self.spare = spare
        self._open_stage = open_stage or partial(Stage.open, spare=spare)
        self._empty_limit_s = empty_limit_s
        self._stages: dict[str, Stage] = {}
        self._shared: dict[str, Stage] = {}
        self._broadcasts: dict[str, Broadcast] = {}
        self._openings = Openings()
        self._closing: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._metering = asyncio.create_task(self.load_meter.run(), name="load meter")
        try:
            await self.stage(self._default.interaction)
        except BaseException:
            await self._close_all()
            raise
        if self.spare is not None:
            self.spare.memory_allows = self._memory_allows
            self.spare.refill(self._default, at_once=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close_all()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that are open."""
        return tuple(self._stages.values())

    @property
    def default_interaction(self) -> str:
        """Name of what is served to who asks for nothing else."""
        return self._default.interaction

    async def stage(self, interaction: str) -> Stage:
        """The stage of `interaction` that all share, opened if need be.

        Raises what opening it raises, `MachineFullError` if there is no room for one more, and
        `StoppingError` after `open_no_more`.
        """
        playing = self._shared.get(interaction)
        if playing is not None and playing.end_reason is None:
            self._audience_changed(playing)  # Whoever asks has time to join.
            return playing
        return await self._openings.stage(interaction, partial(self._open_shared, interaction))

    def open_no_more(self) -> None:
        """Give up the stages that are being opened, because the server stops."""
        self._openings.give_up()

    def opening_words(self, interaction: str) -> str:
        """What has to be done before `stage` gives the shared stage, for people; empty if it plays."""
        playing = self._shared.get(interaction)
        if playing is not None and playing.end_reason is None:
            return ""
        return READING if is_never_fetched(replace(self._default, interaction=interaction)) else FETCHING

    async def create(self, interaction: str) -> Stage:
        """A new stage of `interaction`, which nobody else has; raises what `stage` raises."""
        return await self._openings.stage(object(), partial(self._open, interaction))

    def by_id(self, stage_id: str) -> Stage | None:
        """The stage called so, or by the alias `default`; None if there is none.

        A default stage that has ended is opened anew: this gives the old one, which is not live.
        """
        if stage_id != DEFAULT_STAGE:
            return self._stages.get(stage_id)
        default = self._shared[self._default.interaction]
        if default.end_reason is not None:
            self._begin(self._reopen_default(), "default stage")
        return default

    def playing(self, stage_id: str) -> Stage | None:
        """The stage called so, with time to join it; None if there is none (any more)."""
        stage = self._stages.get(stage_id)
        if stage is not None and stage.end_reason is None:
            self._audience_changed(stage)
            return stage
        return None

    def broadcast(self, stage: Stage) -> Broadcast:
        """What sends a stage's packets to its viewers."""
        if stage.id not in self._broadcasts:
            broadcast = self._broadcasts[stage.id] = Broadcast(
                stage, epoch_s=stage.epoch_s, media_clock=stage.media_clock
            )
            broadcast.admit = partial(self.admit_viewer, stage)
            broadcast.admit_own_view = partial(self.admit_own_view, stage)
        return self._broadcasts[stage.id]

    def admit_viewer(self, stage: Stage, view: str = PRESENTER) -> None:
        """Raise `MachineFullError` if one more viewer of this view of the stage may not come now."""
        load = self._measure()
        admit_viewer(load, self._limits, load.stages[self.stages.index(stage)], view)

    def admit_own_view(self, stage: Stage, peer: WebRtcPeer | None = None) -> None:
        """Raise `MachineFullError` if the viewer of `peer` may not have a view of its own now."""
        load = self._measure()
        seats, retiring = self.broadcast(stage).seats, self.broadcast(stage).retiring
        others = {seat.view for seat in seats if seat.peer is not peer}.union(stage.own_views) - retiring
        admit_own_view(load, load.stages[self.stages.index(stage)], frozenset(others))

    def measured(self) -> MachineLoad:
        """How things stand."""
        return MachineLoad(
            cores=processor_cores(),
            available_bytes=available_bytes(),
            server_cores=self.load_meter.cores,
            lag_s=self.load_meter.lag_s,
            stages=tuple(load_of(stage) for stage in self.stages),
        )

    async def close_stage(self, stage_id: str) -> None:
        """End a stage; whoever watches is told. The default stage opens anew when it is asked for again."""
        stage = self.by_id(stage_id)
        if stage is not None and stage.end_reason is None:
            await self._close(stage, ENDED_BY_REQUEST)

    async def _open_shared(self, interaction: str) -> Stage:
        stage = await self._open(interaction)
        self._shared[interaction] = stage
        return stage

    async def _open(self, interaction: str) -> Stage:
        await self._make_room()
        stage = await self._open_stage(replace(self._default, interaction=interaction))
        self._stages[stage.id] = stage
        with about(stage=stage.id):
            log.info("plays %s", interaction)
        stage.on_audience = self._audience_changed
        self._audience_changed(stage)
        self._begin(self._forget_when_ended(stage), f"stage {stage.id}")
        return stage

    def _memory_allows(self) -> bool:
        """Whether there is room for a spare beside another stage."""
        load = self.measured()
        return load.available_bytes > 2 * max((stage.resident_bytes for stage in load.stages), default=0)

    async def _make_room(self) -> None:
        """Close empty stages as far as one more needs it; raises `MachineFullError` if that does not do."""
        while True:
            try:
                admit_stage(self._measure(), self._limits)
                return
            except MachineFullError:
                empty = [stage for stage in self.stages if stage.is_empty and not self._is_default(stage)]
                if not empty:
                    raise
                await self._close(empty[0])

    async def _reopen_default(self) -> None:
        try:
            await self.stage(self._default.interaction)
        except AvatarServerError as error:
            log.warning("the default stage cannot be opened: %s", error)

    def _audience_changed(self, stage: Stage) -> None:
        """Close a stage a while after the last one left, unless it is the default one."""
        if timer := self._closing.pop(stage.id, None):
            timer.cancel()
        if stage.is_empty and not self._is_default(stage) and stage.id in self._stages:
            loop = asyncio.get_running_loop()
            self._closing[stage.id] = loop.call_later(self._empty_limit_s, self._close_empty, stage)

    def _close_empty(self, stage: Stage) -> None:
        if not self._is_default(stage):
            self._begin(self._close(stage), f"closing {stage.id}")

    def _is_default(self, stage: Stage) -> bool:
        return stage is self._shared.get(self._default.interaction)

    async def _close(self, stage: Stage, reason: str = "") -> None:
        self._forget(stage)
        await stage.close(reason)

    async def _forget_when_ended(self, stage: Stage) -> None:
        await stage.ended.wait()
        with about(stage=stage.id):
            log.info("has ended: %s", stage.end_reason)
        self._forget(stage)

    def _forget(self, stage: Stage) -> None:
        self._stages.pop(stage.id, None)
        if timer := self._closing.pop(stage.id, None):
            timer.cancel()
        if broadcast := self._broadcasts.pop(stage.id, None):
            broadcast.close()
        if self._shared.get(stage.interaction) is stage and not self._is_default(stage):
            del self._shared[stage.interaction]

    def _begin(self, work: Awaitable[None], name: str) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close_all(self) -> None:
        await self._openings.close()
        if self.spare is not None:
            await self.spare.close()
        self._metering.cancel()
        await asyncio.gather(*(self._close(stage) for stage in self.stages))
        await asyncio.gather(self._metering, *self._tasks, return_exceptions=True)


def load_of(stage: Stage) -> StageLoad:
    """What a stage takes, as far as it is known."""
    figures, rate_hz = stage.figures, stage.ready.rate_hz
    cost = figures.cost or PictureCost(0.0, 0.0, 0.0)
    views = () if figures.pulse is None else figures.pulse.views
    drawn = {figure.view: figure.draw_ms for figure in views}
    alone = not set(drawn) - {PRESENTER}
    return StageLoad(
        cores=figures.cores if stage.listeners else 0.0,
        watched_cores=figures.cores if figures.cores and alone else cost.processor_ms * rate_hz / 1000,
        draw_ms=drawn.get(PRESENTER, cost.draw_ms),
        draw_ms_by_view=drawn,
        rate_hz=rate_hz,
        viewers=stage.listeners,
        resident_bytes=0 if figures.pulse is None else figures.pulse.resident_bytes,
    )
