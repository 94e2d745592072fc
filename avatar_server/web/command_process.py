"""A process of `avatar-server ... --json`, watched until it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from avatar_server.control.strict_json import LONGEST_MESSAGE, MessageError
from avatar_server.web.child_process import send_signal, until_gone

log = logging.getLogger(__name__)

NICENESS = 10
"""Behind whoever plays."""

ENDING_LIMIT_S = 5.0
"""For leaving everything as it should be; whoever takes longer is killed."""

_PREFIX = "avatar-server: "


async def run_command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    heard: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run it to its end: exit status, and the last line of standard error. Cancelled, it ends the process.

    arguments: behind `avatar-server`. environment: beside our own. heard: takes each line that it prints, and
    raises MessageError for nonsense; None if what it prints is for people.
    """
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "avatar_server", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_MESSAGE,
            start_new_session=True,  # Ctrl-C in a terminal is for the server, which ends this.
            env={**os.environ, **environment},
        )
    )
    try:
        # Cancelled itself, asyncio (3.11) may wait for ever for the process that it has just killed.
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise
    try:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        last_words: deque[str] = deque(maxlen=1)
        await asyncio.gather(_listen(process, heard), _keep_last(process, last_words))
        status = await process.wait()
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise
    return status, last_words[0] if last_words else ""


async def _listen(process: asyncio.subprocess.Process, heard: Callable[[str], None] | None) -> None:
    assert process.stdout
    while line := await process.stdout.readline():
        if heard is None:
            continue
        try:
            heard(line.decode())
        except (MessageError, UnicodeDecodeError) as error:
            log.warning("process %d speaks nonsense: %s", process.pid, error)


async def _keep_last(process: asyncio.subprocess.Process, last_words: deque[str]) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        text = line.decode(errors="replace").strip()
        if text:
            last_words.append(text.removeprefix(_PREFIX))


async def _end(process: asyncio.subprocess.Process) -> None:
    send_signal(process, signal.SIGTERM)
    await until_gone(process, process.stdout, process.stderr, limit_s=ENDING_LIMIT_S)
