"""A playing stage as the server sees it: packets come, commands are followed, and it survives its process."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from avatar_server.control.commands import StageCommand
from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.errors import AvatarServerError, StageError
from avatar_server.logs import short_id
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.stage.departures import Departures
from avatar_server.stage.figures import Figures
from avatar_server.stage.listener import Listener
from avatar_server.stage.own_views import InView, OwnViews, OwnViewState
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.refusals import refuse_impossible
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage_process import StageProcess
from avatar_server.stage.supervision import MOST_DEATHS, WITHIN_S, Deaths, begin, until_hanging
from avatar_server.stage.watchdog import Watchdog
from avatar_server.stage.wire import (
    FromStage,
    KeyPicture,
    NumberedPacket,
    Perform,
    Pulse,
    Ready,
    Resumption,
    StageState,
    StreamFailed,
    ToStage,
)
from avatar_server.stage.wishes import Wishes

log = logging.getLogger(__name__)


class Stage:
    """One interaction being played; made by `open`, gone after `close`.

    Packets reach the listeners when they leave, see `departures`. When the process that plays dies or
    hangs, another one goes on at the same place: the epoch stays, so time stamps go on growing.
    """

    def __init__(
        self,
        order: StageOrder,
        process: StageProcess,
        ready: Ready,
        *,
        spare: Spare | None,
        wall_s: Callable[[], float],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.id = secrets.token_urlsafe(16)
        self.order = order
        self.ready = ready
        self.epoch_s = ready.epoch_s
        self.media_clock = MediaClock.of(ready.epoch_s, wall_s)
        """For sender reports; the wall clock is asked once, whatever it does later."""
        self.status: Status | None = None
        self.figures = Figures(loop.time(), ready.cost)
        self.end_reason: str | None = None
        self.ended = asyncio.Event()
        self.listeners = 0
        self.on_audience: Callable[[Stage], None] = lambda stage: None
        """Told when somebody joined or left, and when `want` was called."""
        self._state: StageState | None = None
        self._process, self._spare = process, spare
        self._playing = True
        self._wishes = Wishes()
        self._members: set[Listener] = set()
        self._not_followed: deque[StageCommand | InView] = deque()
        self._followed = 0
        self._dropped_before = 0
        self._deaths = Deaths()
        self._watchdog = Watchdog(loop.time())
        self._departures = Departures(ready.epoch_s, self._release)
        self._endings: set[asyncio.Task[None]] = set()
        self._running = asyncio.create_task(self._run(), name="stage")

    @classmethod
    async def open(
        cls,
        order: StageOrder,
        *,
        spare: Spare | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> Self:
        """Begin a process and wait until it plays. spare: what plays at once, and goes on for a lost one.

        wall_s: seconds since 1970. Raises what the process met: `UsageError` for wrong input,
        `MachineError`, or `StageError`.
        """
        process, ready = await begin(Perform(order, None), spare)
        return cls(order, process, ready, spare=spare, wall_s=wall_s)

    @property
    def ntp_at_zero_s(self) -> float:
        """Wall clock at stream time 0, seconds since 1900 (RFC 5905)."""
        return self.media_clock.ntp_at_zero_s

    @property
    def interaction(self) -> str:
        """Name of what is played."""
        return self.order.interaction

    @property
    def process_id(self) -> int:
        """Of the stage's process, the last one if it is being replaced."""
        return self._process.id

    @property
    def is_live(self) -> bool:
        """Whether a process plays; if not, it is being replaced, or the stage has ended."""
        return self._playing

    @property
    def is_empty(self) -> bool:
        """Whether nobody is there."""
        return not self._members and not self.listeners

    @property
    def late(self) -> dict[str, int]:
        """How many pictures came after their time, by view."""
        return self._departures.late

    def join(self, member: Listener) -> None:
        """Tell `member` what happens from now on, and give him all packets."""
        self._members.add(member)
        self.on_audience(self)

    def leave(self, member: Listener) -> None:
        """Tell `member` nothing any more; leaving twice is fine."""
        self._members.discard(member)
        self.on_audience(self)

    def want(self, streams: frozenset[VideoStream], listeners: int) -> None:
        """Say which encodings are needed from now on, by how many people.

        What is new begins with a key picture. With nobody there the stage holds its time and costs nothing.
        Raises `UsageError` for an unknown view.
        """
        self._wishes.want(streams, listeners, self.ready)
        self.listeners = listeners
        self._send(self._wishes.wanted)
        self._expect()
        self.on_audience(self)

    def request_key(self, stream: VideoStream) -> None:
        """Somebody lost pictures of `stream`; one key picture answers all who ask at about the same time."""
        self._send(KeyPicture(self._wishes.number(stream)))

    @property
    def own_views(self) -> tuple[str, ...]:
        """Those that are open."""
        return self._wishes.own.taken

    def open_view(self) -> str:
        """A view that only its owner moves, see `OwnViews`, until `close_view`; raises `MachineFullError`."""
        view = self._wishes.own.take()
        self._send(OwnViews(self._wishes.own.taken))
        return view

    def close_view(self, view: str) -> None:
        """End an own view, which nobody may want any more; closing twice is fine."""
        self._wishes.own.give_back(view)
        self._send(OwnViews(self._wishes.own.taken))

    def own_view(self, view: str) -> OwnViewState | None:
        """Where an own view stands, as far as the process has told."""
        states = () if self._state is None else self._state.own
        return next((state for state in states if state.view == view), None)

    def follow(self, command: StageCommand | InView) -> None:
        """Do what a viewer asked; raises `UsageError` for what is not there, see `refuse_impossible`."""
        refuse_impossible(command, self.ready)
        self._not_followed.append(command)
        self._send(command)

    def kill(self) -> None:
        """End the process as a crash would; it is replaced."""
        self._process.kill()

    async def close(self, reason: str = "") -> None:
        """End the stage, telling whoever is there if there is a `reason`; closing twice is fine."""
        if reason and self.end_reason is None:
            self.end_reason = reason
            for member in tuple(self._members):
                member.on_ended(reason)
        self._members.clear()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.gather(self._process.close(), *self._endings)
        self.ended.set()

    def _send(self, message: ToStage) -> None:
        if self._playing:
            self._process.send(message)

    def _expect(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._watchdog.wants(now_s, pictures=bool(self._wishes.streams), watched=self.listeners > 0)

    async def _run(self) -> None:
        try:
            while True:
                lost = await self._until_lost()
                if self._deaths.too_many(asyncio.get_running_loop().time()):
                    often = f"{MOST_DEATHS} times within {WITHIN_S:g} s"
                    raise StageError(f"its process was lost {often}, at last because {lost}")
                await self._replace(lost)
        except AvatarServerError as error:
            self.end_reason = f"the stage ended: {error}"
        except Exception as error:
            log.exception("stage %s ends", short_id(self.id))
            self.end_reason = f"the stage ended: {type(error).__name__}"
        finally:
            self._playing = False
            self._departures.cancel()
        self.ended.set()
        for member in tuple(self._members):
            member.on_ended(self.end_reason)

    async def _until_lost(self) -> str:
        """Take what the process says until it is gone; gives the reason."""
        process = self._process
        watching = asyncio.create_task(until_hanging(process, self._watchdog), name="stage watchdog")
        watching.add_done_callback(lambda _: process.kill())
        try:
            while True:
                self._take(await process.receive())
        except StageError as error:
            return watching.result() if watching.done() else str(error)
        finally:
            watching.cancel()
            ending = asyncio.create_task(process.close(), name="stage process ending")
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def _replace(self, lost: str) -> None:
        """Go on with another process where the last one was."""
        loop = asyncio.get_running_loop()
        began_s, self._playing = loop.time(), False
        log.warning("stage %s: %s; it is replaced", short_id(self.id), lost)
        for member in tuple(self._members):
            member.on_interrupted()
        self._departures.interrupt()
        after_s = self._departures.last_s
        media_s = 0.0 if self._state is None else self._state.timeline.media_time_s(after_s)
        resumption = Resumption(self.epoch_s, self._state, media_s, after_s)
        self._process, self.ready = await begin(Perform(self.order, resumption), self._spare)
        self._playing, self._followed = True, 0
        self._dropped_before = 0 if self.status is None else self.status.dropped
        self._watchdog = Watchdog(loop.time())
        for message in (*self._wishes.messages(), *self._not_followed):
            self._send(message)
        self._expect()
        self.figures.replaced(loop.time(), (loop.time() - began_s) * 1000)
        log.warning("stage %s goes on after %.0f ms", short_id(self.id), self.figures.interrupted_ms)
        for member in tuple(self._members):
            member.on_resumed()

    def _take(self, message: FromStage | NumberedPacket) -> None:
        now_s = asyncio.get_running_loop().time()
        self._watchdog.heard(now_s, message)
        match message:
            case NumberedPacket(number, packet):
                self._departures.add(replace(packet, stream=self._wishes.numbered(number)))
            case Pulse():
                self.figures.heard(message, now_s)
                self._state = message.state
                for _ in range(message.state.followed - self._followed):
                    self._not_followed.popleft()
                self._followed = message.state.followed
            case Status():
                self.figures.told(message)
                self.status = replace(message, dropped=message.dropped + self._dropped_before)
                for member in tuple(self._members):
                    member.on_status(self.status)
            case StreamFailed(number, reason) if (stream := self._wishes.numbered(number)) is not None:
                for member in tuple(self._members):
                    member.on_stream_failed(stream, reason)
            case _:
                raise StageError(f"the stage's process said {type(message).__name__} at a wrong time")

    def _release(self, packet: LivePacket) -> None:
        if packet.stream in self._wishes.streams or (packet.stream is None and self.listeners):
            self.figures.sent(packet)
            for member in tuple(self._members):
                member.on_packet(packet)
