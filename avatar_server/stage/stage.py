"""A playing stage as the server sees it: a process that sends packets and follows commands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import sys
from collections import deque
from dataclasses import replace
from typing import Protocol

from avatar_server.control.commands import ChooseCamera, ChooseStaging, StageCommand
from avatar_server.control.events import Status
from avatar_server.encode.live_packet import PRESENTER, LivePacket, VideoStream
from avatar_server.errors import MachineError, StageError, UsageError
from avatar_server.stage.departures import Departures
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.wire import (
    HEADER,
    Failed,
    FromStage,
    KeyPicture,
    NumberedPacket,
    NumberedStream,
    Ready,
    StreamFailed,
    ToStage,
    Wanted,
    body_length,
    parse_from_stage,
    to_stage_frame,
)

log = logging.getLogger(__name__)

OPENING_LIMIT_S = 120.0
"""Building a body for the first time on a slow machine takes long; a hanging driver takes for ever."""

CLOSING_LIMIT_S = 3.0


class Listener(Protocol):
    """Somebody who is told what happens on a stage; all calls are short and none may fail."""

    def on_packet(self, packet: LivePacket) -> None:
        """A packet leaves now."""

    def on_status(self, status: Status) -> None:
        """The stage changed, or a quarter of a second has passed."""

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """This encoding cannot be made; the others go on."""

    def on_interrupted(self) -> None:
        """The stage's process is gone; it is being replaced, and packets go on soon."""

    def on_resumed(self) -> None:
        """The stage goes on where it was interrupted."""

    def on_ended(self, reason: str) -> None:
        """The stage is gone for good."""


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
        self.id = secrets.token_urlsafe(16)
        self.listeners = 0
        self._wanted: frozenset[VideoStream] = frozenset()
        self._members: set[Listener] = set()
        self._numbers: dict[VideoStream, int] = {}
        self._streams: dict[int, VideoStream] = {}
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
    def members(self) -> int:
        """How many are told what happens."""
        return len(self._members)

    @property
    def process_id(self) -> int:
        """Of the stage's process."""
        return self._process.pid

    def join(self, member: Listener) -> None:
        """Tell `member` what happens from now on, and give him all packets."""
        self._members.add(member)

    def leave(self, member: Listener) -> None:
        """Tell `member` nothing any more; leaving twice is fine."""
        self._members.discard(member)

    def want(self, streams: frozenset[VideoStream], listeners: int) -> None:
        """Say which encodings are needed from now on, by how many people.

        What is new begins with a key picture. With nobody there the stage holds its time and costs nothing.
        Raises `UsageError` for an unknown view.
        """
        for stream in streams:
            if stream.view not in (PRESENTER, *self.ready.cameras):
                known = ", ".join((PRESENTER, *self.ready.cameras))
                raise UsageError(f"view: expected one of {known}, got {stream.view!r}")
        self.listeners, self._wanted = listeners, streams
        numbered = tuple(
            NumberedStream(self._number(stream), stream) for stream in sorted(streams, key=_stream_order)
        )
        self._send(Wanted(numbered, listeners))

    def request_key(self, stream: VideoStream) -> None:
        """Somebody lost pictures of `stream`; the stage answers all who ask within half a second with one."""
        self._send(KeyPicture(self._number(stream)))

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
        self._members.clear()
        self._reading.cancel()
        await _end(self._process, self._log_lines)
        await asyncio.gather(self._reading, return_exceptions=True)
        self.ended.set()

    def _number(self, stream: VideoStream) -> int:
        """From 1 on; never another stream's, so that late packets are not taken for another's."""
        if stream not in self._numbers:
            number = self._numbers[stream] = len(self._numbers) + 1
            self._streams[number] = stream
        return self._numbers[stream]

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
                if isinstance(message, NumberedPacket):
                    stream = self._streams.get(message.number)
                    departures.add(replace(message.packet, stream=stream))
                elif isinstance(message, StreamFailed):
                    for member in tuple(self._members):
                        member.on_stream_failed(self._streams[message.number], message.reason)
                elif isinstance(message, Status):
                    self.status = message
                    for member in tuple(self._members):
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
        for member in tuple(self._members):
            member.on_ended(reason)

    def _release(self, packet: LivePacket) -> None:
        if packet.stream in self._wanted or (packet.stream is None and self.listeners):
            for member in tuple(self._members):
                member.on_packet(packet)


def _stream_order(stream: VideoStream) -> tuple[bool, str, str, int]:
    return stream.view != PRESENTER, stream.view, stream.codec, stream.rung


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


async def _read_message(process: asyncio.subprocess.Process) -> FromStage | NumberedPacket:
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
