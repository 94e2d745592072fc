"""The server's end of one stage process: messages down, messages and packets up, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections import deque
from typing import Self

from avatar_server.errors import AvatarServerError, MachineError, StageError, UsageError
from avatar_server.stage.wire import (
    HEADER,
    Failed,
    FromStage,
    NumberedPacket,
    Perform,
    Ready,
    ToStage,
    body_length,
    parse_from_stage,
    to_stage_frame,
)

log = logging.getLogger(__name__)

CLOSING_LIMIT_S = 3.0

PROGRAM = "avatar_server.stage.process"
"""The module that a stage's process runs; a measurement puts its own round it."""

ARGUMENTS: tuple[str, ...] = ()
"""What the program is told."""

ON_RAY = "avatar_server.stage.ray_process"
"""The program that has the stage run on a Ray cluster; told an address, cores and GPUs."""


class StageProcess:
    """One process of `avatar_server.stage.process`; made by `start`, gone after `close`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        self._process = process
        self._last_lines: deque[str] = deque(maxlen=20)
        self._log_lines = asyncio.create_task(self._keep_log(process.stderr), name="stage log")

    @classmethod
    async def start(cls) -> Self:
        """A process that waits for its order; cancelled, this leaves none behind."""
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", PROGRAM, *ARGUMENTS),
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
            return cls(await asyncio.shield(starting))
        except asyncio.CancelledError:
            process = await starting
            _kill(process)
            await process.wait()
            raise

    @property
    def id(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, as far as is known."""
        return self._process.returncode is None

    def send(self, message: ToStage) -> None:
        """Tell the process; nothing happens if it is gone."""
        assert self._process.stdin
        if not self._process.stdin.is_closing():
            self._process.stdin.write(to_stage_frame(message))

    async def receive(self) -> FromStage | NumberedPacket:
        """What the process says next; `StageError` when it has ended or speaks nonsense."""
        assert self._process.stdout
        try:
            header = await self._process.stdout.readexactly(HEADER.size)
            return parse_from_stage(header, await self._process.stdout.readexactly(body_length(header)))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise StageError("the stage's process ended") from error
        except (ValueError, AvatarServerError) as error:
            log.exception("stage process %d speaks nonsense", self.id)
            raise StageError("the stage's process speaks nonsense") from error

    async def perform(self, order: Perform, limit_s: float) -> Ready:
        """Give the order and wait until it is played.

        Raises what the process met: `UsageError` for wrong input, `MachineError`, or `StageError`, also
        when `limit_s` has passed. The process is then of no use any more; close it.
        """
        self.send(order)
        try:
            async with asyncio.timeout(limit_s):
                first = await self.receive()
        except (TimeoutError, StageError) as error:
            self.kill()
            await self.close()
            said = self._last_lines[-1] if self._last_lines else str(error) or f"silent for {limit_s:g} s"
            raise StageError(f"the stage for {order.order.interaction} did not start: {said}") from error
        if isinstance(first, Failed):
            kind = UsageError if first.exit_status == UsageError.exit_status else MachineError
            raise kind(first.message)
        assert isinstance(first, Ready)
        return first

    def kill(self) -> None:
        """End the process as a crash would."""
        _kill(self._process)

    async def close(self) -> None:
        """End the process: its input ends, and if it does not care it is killed. Closing twice is fine."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            async with asyncio.timeout(CLOSING_LIMIT_S):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        finally:
            await asyncio.gather(self._log_lines, return_exceptions=True)

    async def _keep_log(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            log.warning("stage process %d: %s", self.id, text)


def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process by the kernel's own call.

    `Process.kill` first looks whether the process has ended, and thereby takes its exit status away from
    asyncio's thread that waits for it (Python 3.11), which then complains.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
