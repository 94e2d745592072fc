"""Janus (from Debian) as an independent server, and somebody who watches there."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame

LIMIT_S = 40.0
"""For anything that is waited for."""

ROOM = 1

# RSA, because that is the certificate that aiortc by itself cannot talk to as DTLS client.
JANUS_CONFIG = """
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{folder}/plugins"
  transports_folder = "{folder}/transports"
  events_folder = "{folder}"
  loggers_folder = "{folder}"
  session_timeout = 0
}}
certificates: {{ rsa_private_key = true }}
nat: {{ ice_enforce_list = "127.0.0.1" }}
"""
HTTP_CONFIG = """
general: {{ base_path = "/janus", http = true, port = {port}, ip = "127.0.0.1", https = false }}
admin: {{ admin_http = false }}
"""
ROOM_CONFIG = """
room-1: {{ publishers = 1, videocodec = "h264", audiocodec = "opus", bitrate = 4000000 }}
"""


# Janus and libnice pass the loopback interface over, and a test machine may have no other.
LOOPBACK_COUNTS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>
int getifaddrs(struct ifaddrs **found) {
    int (*ask)(struct ifaddrs **) = (int (*)(struct ifaddrs **))dlsym(RTLD_NEXT, "getifaddrs");
    int status = ask(found);
    for (struct ifaddrs *each = status ? 0 : *found; each; each = each->ifa_next)
        each->ifa_flags &= ~(unsigned)IFF_LOOPBACK;
    return status;
}
"""


class Janus:
    """A Janus with one video room, that is started, killed and asked."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._folder = folder
        self._url = f"http://127.0.0.1:{port}/janus"
        self._process: asyncio.subprocess.Process | None = None
        for name, library in (("plugins", "libjanus_videoroom.so"), ("transports", "libjanus_http.so")):
            (folder / name).mkdir()
            (found,) = Path("/usr/lib").glob(f"*/janus/{name}/{library}")
            (folder / name / library).symlink_to(found)
        for name, text in (
            ("janus.jcfg", JANUS_CONFIG),
            ("janus.transport.http.jcfg", HTTP_CONFIG),
            ("janus.plugin.videoroom.jcfg", ROOM_CONFIG),
        ):
            (folder / name).write_text(text.format(folder=folder, port=port))
        (folder / "loopback.c").write_text(LOOPBACK_COUNTS)
        compiled = ("-shared", "-fPIC", "-o", folder / "loopback.so", folder / "loopback.c", "-ldl")
        subprocess.run(("gcc", *compiled), check=True)

    @classmethod
    @asynccontextmanager
    async def running(cls, where: Path) -> AsyncIterator[Janus]:
        folder = where / "janus"
        folder.mkdir()
        janus = cls(folder)
        try:
            await janus.start()
            yield janus
        finally:
            await janus.kill()

    async def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("janus", "-F", str(self._folder)),
                stdout=log,
                stderr=log,
                env=os.environ | {"LD_PRELOAD": str(self._folder / "loopback.so")},
            )
        async with asyncio.timeout(LIMIT_S), httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"{self._url}/info")
                    return
                except httpx.TransportError:
                    assert self._process.returncode is None, (self._folder / "log").read_text()
                    await asyncio.sleep(0.05)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def handle(self) -> Handle:
        """A new way to speak to the video room."""
        client = httpx.AsyncClient(timeout=LIMIT_S)
        session = await _ask(client, self._url, {"janus": "create"})
        url = f"{self._url}/{session['data']['id']}"
        plugin = await _ask(client, url, {"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return Handle(client, url, f"{url}/{plugin['data']['id']}")


@dataclass
class Handle:
    client: httpx.AsyncClient
    session_url: str
    url: str

    async def message(self, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        """Janus' event that answers a request."""
        extra = {} if jsep is None else {"jsep": jsep}
        asked = await _ask(self.client, self.url, {"janus": "message", "body": body, **extra})
        while asked["janus"] == "ack" or asked.get("plugindata") is None:
            asked = (await self.client.get(self.session_url)).json()
        return asked

    async def close(self) -> None:
        with suppress(httpx.TransportError):  # It was killed.
            await _ask(self.client, self.session_url, {"janus": "destroy"})
        await self.client.aclose()


async def _ask(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post(url, json={"transaction": uuid.uuid4().hex, **body})).json()
    assert answer["janus"] != "error", answer
    return answer


class Subscriber:
    """Somebody in Janus' room, who decodes what is published there."""

    def __init__(self) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("track", self._on_track)
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self.pictures: list[VideoFrame] = []
        self.sounds: list[AudioFrame] = []
        self.answer_sdp = ""

    @classmethod
    @asynccontextmanager
    async def of(cls, janus: Janus) -> AsyncIterator[Subscriber]:
        subscriber, handle = cls(), await janus.handle()
        try:
            await subscriber._join(handle)
            yield subscriber
        finally:
            for task in subscriber._tasks:
                task.cancel()
            await subscriber._connection.close()
            await handle.close()

    async def _join(self, handle: Handle) -> None:
        joining = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": 7}]}
        offer = await handle.message(joining)
        # aioice gathers nothing for whoever has no more candidates to come.
        sdp = offer["jsep"]["sdp"].replace("a=end-of-candidates\r\n", "")
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        self.answer_sdp = self._connection.localDescription.sdp
        await handle.message({"request": "start"}, {"type": "answer", "sdp": self.answer_sdp})

    def _on_track(self, track: Any) -> None:
        kept: list[Any] = self.pictures if track.kind == "video" else self.sounds

        async def collect() -> None:
            while True:
                kept.append(await track.recv())
                self._news.set()

        self._tasks.append(asyncio.create_task(collect()))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self._news.clear()
                await self._news.wait()
