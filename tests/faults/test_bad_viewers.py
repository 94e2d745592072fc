"""Viewers who stop reading, vanish or never come: others notice nothing, and the server lets go of them."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from pathlib import Path

from avatar_server.testing.light_receiver import VIDEO, LightReceiver
from avatar_server.testing.signalling import WebSocketSession, offer_by_whep, request
from tests.faults.conftest import grainy
from tests.faults.watching import LIMIT_S, Watching, descriptors

Server = tuple[str, subprocess.Popen[str]]

VANISHED_LIMIT_S = 10.0
NEVER_CAME_LIMIT_S = 20.0


def test_a_viewer_who_stops_reading_harms_nobody(grainy_server: Server) -> None:
    async def watch() -> None:
        watching = Watching(grainy_server[0])
        stuck, watcher = watching.receiver(), watching.receiver()
        stuck.endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        page = await WebSocketSession.open(grainy_server[0])
        await watching.join_by(page, stuck)
        session = await watching.join(watcher)
        # From here on nobody takes what comes for `stuck`, neither packets nor messages.
        watching.group.receivers.remove(stuck)
        page.socket.transport.pause_reading()
        seen = await watching.until_seen(watcher, 4.0)
        assert dropped(stuck) > 100
        assert len(seen) > 4.0 * 30
        assert watching.longest_freeze_s(watcher, seen) < 0.5
        assert watcher.receptions[VIDEO].lost == 0
        page.socket.transport.resume_reading()
        stuck.close()
        await page.end()
        await watching.leave(watcher, session)

    asyncio.run(watch())


def test_whoever_vanishes_or_never_comes_is_let_go(grainy_server: Server) -> None:
    url, server = grainy_server

    async def watch() -> None:
        watching = Watching(url)
        watcher, lost, absent = watching.receiver(), watching.receiver(), watching.receiver()
        session = await watching.join(watcher)
        assert watcher.witness
        seen = watcher.witness.seen
        before = descriptors(server.pid)
        _, never = await offer_by_whep(watching.whep_url, absent.offer)
        begun_s = seen[-1].reading
        vanished = await watching.join(lost)
        assert descriptors(server.pid) > before
        watching.group.receivers.remove(lost)
        lost.close(goodbye=False)
        gone_s = seen[-1].reading
        assert await is_there(vanished.url)
        while await is_there(vanished.url):
            await watching.until_seen(watcher, 0.2)
        assert seen[-1].reading - gone_s < VANISHED_LIMIT_S
        assert await is_there(never.url)
        while await is_there(never.url):
            await watching.until_seen(watcher, 0.2)
        assert seen[-1].reading - begun_s < NEVER_CAME_LIMIT_S
        # Requests are over when their connections are closed, a little after their answers.
        await watching.until(lambda: descriptors(server.pid) <= before)
        await watching.leave(watcher, session)
        absent.close()

    asyncio.run(watch())


def test_viewers_are_told_when_the_server_stops() -> None:
    async def watch(url: str, server: subprocess.Popen[str]) -> None:
        watching = Watching(url)
        by_page, by_whep, joining = watching.receiver(), watching.receiver(), watching.receiver()
        page = await WebSocketSession.open(url)
        await watching.join_by(page, by_page)
        await watching.join(by_whep)
        await offer_by_whep(watching.whep_url, joining.offer)
        server.send_signal(signal.SIGTERM)
        await watching.until(lambda: by_page.is_over and by_whep.is_over)
        async with asyncio.timeout(LIMIT_S):
            await page.hear("stopping")
            await page.socket.wait_closed()
        for receiver in (by_page, by_whep, joining):
            receiver.close()

    with grainy() as (url, server):
        asyncio.run(watch(url, server))
        assert server.wait(LIMIT_S) == 0


async def is_there(session_url: str) -> bool:
    status, _, _ = await request("GET", session_url)
    assert status in (200, 404)
    return status == 200


def dropped(receiver: LightReceiver) -> int:
    """Datagrams that the kernel dropped because the socket's buffer was full (proc(5), net/udp)."""
    port = f":{receiver.endpoint.getsockname()[1]:04X}"
    sockets = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return next(int(columns[-1]) for columns in sockets if columns[1].endswith(port))
