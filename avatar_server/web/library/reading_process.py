"""The server's end of a reading process: started at the first question, ended when none comes for a while."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from avatar_server.web.child_process import send_signal, until_gone
from avatar_server.web.library.answer import Answer
from avatar_server.web.library.questions import HEAD, Question, RefusalError, parse_outcome

log = logging.getLogger(__name__)

MOST_WAITING = 32
"""Questions; who comes beyond that is told to come again."""

ENDING_LIMIT_S = 2.0

_PIPE_BYTES = 1 << 20

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Numerical libraries take all cores otherwise, and picture and sound need them."""


class ReadingProcess:
    """Answers one question after the other."""

    def __init__(self, data_dir: Path, *, niceness: int, limit_s: float, idle_s: float) -> None:
        """niceness: 0..19. limit_s: for one question, then the process is ended. idle_s: until it ends."""
        self._command = (
            sys.executable,
            "-m",
            "avatar_server.web.library.process",
            str(data_dir),
            str(niceness),
        )
        self._limit_s = limit_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._log_lines: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False

    @property
    def id(self) -> int | None:
        """Of the process, if there is one."""
        return None if self._process is None else self._process.pid

    async def ask(self, question: Question) -> Answer:
        """The answer; raises `RefusalError`: what the desk says, or 503 if there is no answer now."""
        if self._closed:
            raise RefusalError(503, "the server stops")
        if self._waiting >= MOST_WAITING:
            raise RefusalError(503, f"{MOST_WAITING} questions are waiting already")
        self._waiting += 1
        # Whoever asked may be gone before the answer comes, which has to be read from the pipe all the same.
        asking = asyncio.create_task(self._ask(question), name=f"question {question.name}")
        self._tasks.add(asking)
        asking.add_done_callback(self._tasks.discard)
        outcome = await asyncio.shield(asking)
        if isinstance(outcome, RefusalError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """End the process; questions that wait are refused. Closing twice is fine."""
        self._closed = True
        if self._process is not None:
            send_signal(self._process, signal.SIGKILL)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._turn:
            await self._end()

    async def _ask(self, question: Question) -> Answer | RefusalError:
        try:
            async with self._turn:
                if self._closed:
                    return RefusalError(503, "the server stops")
                self._stay()
                try:
                    async with asyncio.timeout(self._limit_s):
                        return await self._exchange(question)
                except TimeoutError:
                    log.warning("no answer to the question %s in %g s", question.name, self._limit_s)
                    await self._end()
                    return RefusalError(503, f"this takes longer than {self._limit_s:g} s")
                except (OSError, asyncio.IncompleteReadError):
                    await self._end()
                    if not self._closed:
                        log.warning("the reading process ended at the question %s", question.name)
                    return RefusalError(503, "the process that reads the recordings ended")
                finally:
                    self._end_when_idle()
        finally:
            self._waiting -= 1

    async def _exchange(self, question: Question) -> Answer | RefusalError:
        process = await self._started()
        if self._closed:
            raise ConnectionAbortedError
        assert process.stdin
        assert process.stdout
        process.stdin.write(question.line())
        await process.stdin.drain()
        said, body = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        return parse_outcome(await process.stdout.readexactly(said), await process.stdout.readexactly(body))

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_PIPE_BYTES,
                start_new_session=True,  # Ctrl-C in a terminal is for the server, which ends this.
                env={**os.environ, **_ONE_THREAD},
            )
            assert self._process.stderr
            self._log_lines = asyncio.create_task(_keep_log(self._process.stderr), name="reading process log")
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        process.stdin.close()
        send_signal(process, signal.SIGKILL)
        await until_gone(process, process.stdout, limit_s=ENDING_LIMIT_S)
        if self._log_lines is not None:
            await asyncio.gather(self._log_lines, return_exceptions=True)

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _end_when_idle(self) -> None:
        self._stay()
        if not self._closed:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._begin_to_end)

    def _begin_to_end(self) -> None:
        async def end() -> None:
            async with self._turn:
                if self._idle is None:
                    return  # A question came first.
                self._idle = None
                await self._end()

        ending: asyncio.Task[object] = asyncio.create_task(end(), name="idle reading process")
        self._tasks.add(ending)
        ending.add_done_callback(self._tasks.discard)


async def _keep_log(stderr: asyncio.StreamReader) -> None:
    while line := await stderr.readline():
        log.warning("reading process: %s", line.decode(errors="replace").rstrip())
