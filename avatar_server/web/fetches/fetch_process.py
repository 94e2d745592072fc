"""A process of `avatar-server fetch --json`, watched until it ends."""

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
from avatar_server.dataset.fetching.fetch_records import FetchRecord, parse_record
from avatar_server.web.child_process import send_signal, until_gone

log = logging.getLogger(__name__)

NICENESS = 10
"""Behind whoever plays."""

ENDING_LIMIT_S = 5.0
"""For keeping what came; whoever takes longer is killed, and what was kept a little before is used."""

_PREFIX = "avatar-server: "


async def run_fetch(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    told: Callable[[FetchRecord], None] | None = None,
) -> tuple[int, str]:
    """Run it to its end: exit status, and the last line of standard error. Cancelled, it ends the process.

    arguments: behind `avatar-server fetch`. environment: beside our own. told: hears each record; None if
    what it prints is for people.
    """
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "avatar_server", "fetch", *arguments),
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
        await asyncio.gather(_listen(process, told), _keep_last(process, last_words))
        status = await process.wait()
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise
    return status, last_words[0] if last_words else ""


async def _listen(process: asyncio.subprocess.Process, told: Callable[[FetchRecord], None] | None) -> None:
    assert process.stdout
    while line := await process.stdout.readline():
        if told is None:
            continue
        try:
            told(parse_record(line.decode()))
        except (MessageError, UnicodeDecodeError) as error:
            log.warning("fetch process %d speaks nonsense: %s", process.pid, error)


async def _keep_last(process: asyncio.subprocess.Process, last_words: deque[str]) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        text = line.decode(errors="replace").strip()
        if text:
            last_words.append(text.removeprefix(_PREFIX))


async def _end(process: asyncio.subprocess.Process) -> None:
    send_signal(process, signal.SIGTERM)
    await until_gone(process, process.stdout, process.stderr, limit_s=ENDING_LIMIT_S)
