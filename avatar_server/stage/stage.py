"""A playing stage as the server sees it: a process that sends packets and follows commands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from typing import Protocol

from avatar_server.control.commands import ChooseCamera, ChooseStaging, StageCommand
from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket
from avatar_server.errors import MachineError, StageError, UsageError
from avatar_server.stage.departures import Departures
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.wire import (
    HEADER,
    Failed,
    KeyPicture,
    Ready,
    ToStage,
    Viewers,
    body_length,
    parse_from_stage,
    to_stage_frame,
)

log = logging.getLogger(__name__)

OPENING_LIMIT_S = 120.0
"""Building a body for the first time on a slow machine takes long; a hanging driver takes for ever."""

CLOSING_LIMIT_S = 3.0


class Audience(Protocol):
    """Somebody who is told what happens on a stage; all calls are short and none may fail."""

    def on_packet(self, packet: LivePacket) -> None:
        """A packet leaves now."""

    def on_status(self, status: Status) -> None:
        """The stage changed, or a quarter of a second has passed."""

    def on_ended(self, reason: str) -> None:
        """The stage is gone."""


class Stage:
    """One process that plays one interaction; made by `open`, gone after `close`.

    Packets reach the audience when they leave, see `departures`.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, ready: Ready, log_lines: asyncio.Task[None]
    ) -> None:
        self._process = process
        self.ready = ready
        self.status: Status | None = None
        self._audience: set[Audience] = set()
        self._watching: set[Audience] = set()
        self._log_lines = log_lines
        self._reading = asyncio.create_task(self._read(), name="stage reader")
        self.end_reason: str | None = None
        self.ended = asyncio.Event()

    @classmethod
    async def open(cls, order: StageOrder) -> Stage:
        """Start a process and wait until it plays.

        Raises what the process met: `UsageError` for wrong input, `MachineError`, or `StageError`.
        """
        process = await _start_process()
        assert process.stdin
        assert process.stderr
        last_lines: deque[str] = deque(maxlen=20)
        log_lines = asyncio.create_task(_log_lines(process.stderr, last_lines), name="stage log")
        try:
            process.stdin.write(to_stage_frame(order))
            async with asyncio.timeout(OPENING_LIMIT_S):
                first = await _read_message(process)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError) as error:
            await _end(process, log_lines)
            said = last_lines[-1] if last_lines else type(error).__name__
            raise StageError(f"the stage for {order.interaction} did not start: {said}") from error
        except BaseException:
            await _end(process, log_lines)
            raise
        if isinstance(first, Failed):
            await _end(process, log_lines)
            kind = UsageError if first.exit_status == UsageError.exit_status else MachineError
            raise kind(first.message)
        assert isinstance(first, Ready)
        return cls(process, first, log_lines)

    @property
    def viewers(self) -> int:
        """How many receive packets."""
        return len(self._watching)

    @property
    def members(self) -> int:
        """How many are told what happens, whether they receive packets or not."""
        return len(self._audience)

    @property
    def process_id(self) -> int:
        """Of the stage's process."""
        return self._process.pid

    def join(self, member: Audience) -> None:
        """Tell `member` the status from now on."""
        self._audience.add(member)

    def leave(self, member: Audience) -> None:
        """Tell `member` nothing any more; leaving twice is fine."""
        self._audience.discard(member)
        self.unwatch(member)

    def watch(self, member: Audience) -> None:
        """Send `member` packets, and a key picture soon; the stage plays while somebody watches."""
        if member not in self._watching:
            self._watching.add(member)
            self._send(Viewers(len(self._watching)))
        self._send(KeyPicture())

    def unwatch(self, member: Audience) -> None:
        """Send `member` no packets any more."""
        if member in self._watching:
            self._watching.discard(member)
            self._send(Viewers(len(self._watching)))

    def request_key(self) -> None:
        """Somebody lost pictures; the stage answers all who ask within half a second with one."""
        self._send(KeyPicture())

    def follow(self, command: StageCommand) -> None:
        """Do what a viewer asked; raises `UsageError` for an unknown camera or staging."""
        for kind, names in (
            (ChooseCamera, self.ready.cameras),
            (ChooseStaging, self.ready.stagings),
        ):
            if isinstance(command, kind) and command.name not in names:
                raise UsageError(f"name: expected one of {', '.join(names)}, got {command.name!r}")
        self._send(command)

    def kill(self) -> None:
        """End the process as a crash would: whoever watches is told."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """End the process and tell nobody; closing twice is fine."""
        self._audience.clear()
        self._watching.clear()
        self._reading.cancel()
        await _end(self._process, self._log_lines)
        await asyncio.gather(self._reading, return_exceptions=True)
        self.ended.set()

    def _send(self, message: ToStage) -> None:
        assert self._process.stdin
        if not self._process.stdin.is_closing():
            self._process.stdin.write(to_stage_frame(message))

    async def _read(self) -> None:
        departures = Departures(self.ready.epoch_s, self._release)
        reason = "the stage ended"
        try:
            while True:
                message = await _read_message(self._process)
                if isinstance(message, LivePacket):
                    departures.add(message)
                elif isinstance(message, Status):
                    self.status = message
                    for member in tuple(self._audience):
                        member.on_status(message)
                elif isinstance(message, Failed):
                    reason = f"the stage ended: {message.message}"
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception:
            log.exception("the stage speaks nonsense")
        finally:
            departures.cancel()
        await _end(self._process, self._log_lines)
        self.end_reason = reason
        self.ended.set()
        for member in tuple(self._audience):
            member.on_ended(reason)

    def _release(self, packet: LivePacket) -> None:
        for member in tuple(self._watching):
            member.on_packet(packet)


async def _start_process() -> asyncio.subprocess.Process:
    """A stage process that waits for its order; cancelled, it leaves none behind."""
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "avatar_server.stage.process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Ctrl-C in a terminal is for the server, which then ends its stages.
            start_new_session=True,
        ),
        name="stage starting",
    )
    try:
        # Cancelled itself, asyncio (3.11) may wait for ever for the process that it has just killed.
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        process.kill()
        await process.wait()
        raise


async def _read_message(process: asyncio.subprocess.Process) -> Ready | Failed | Status | LivePacket:
    assert process.stdout
    header = await process.stdout.readexactly(HEADER.size)
    return parse_from_stage(header, await process.stdout.readexactly(body_length(header)))


async def _log_lines(stderr: asyncio.StreamReader, last: deque[str]) -> None:
    while line := await stderr.readline():
        text = line.decode(errors="replace").rstrip()
        last.append(text)
        log.warning("stage: %s", text)


async def _end(process: asyncio.subprocess.Process, log_lines: asyncio.Task[None]) -> None:
    """End the process: its input ends, and if it does not care it is killed."""
    assert process.stdin
    process.stdin.close()
    try:
        async with asyncio.timeout(CLOSING_LIMIT_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    await asyncio.gather(log_lines, return_exceptions=True)
