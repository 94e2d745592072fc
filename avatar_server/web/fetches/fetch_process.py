"""A process of `avatar-server fetch --json`, watched until it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from avatar_server.dataset.fetching.fetch_records import FetchRecord, parse_record
from avatar_server.web.command_process import run_command


async def run_fetch(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    told: Callable[[FetchRecord], None] | None = None,
) -> tuple[int, str]:
    """Run it to its end: exit status, and the last line of standard error. Cancelled, it ends the process.

    arguments: behind `avatar-server fetch`. environment: beside our own. told: hears each record; None if
    what it prints is for people. Killed because it took too long to end, it loses what came last only.
    """
    heard = None if told is None else lambda line: told(parse_record(line))
    return await run_command(("fetch", *arguments), environment, heard)
