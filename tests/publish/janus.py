"""Janus (from Debian) as an independent server: a small WHIP front before it, and a subscriber behind it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame
from fastapi import FastAPI, Request, Response

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


@dataclass
class WhipFront:
    """WHIP before a Janus: says what it is told to say first, then publishes into the room."""

    janus: Janus | None
    token: str = ""
    first: deque[Response] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sessions: dict[str, Handle] = field(default_factory=dict)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/whip/{place}", self.publish, methods=["POST"])
        app.add_api_route("/whip/sessions/{name}", self.end, methods=["DELETE"])
        return app

    async def publish(self, request: Request) -> Response:
        response = await self._published(request)
        self._note(request, response)
        return response

    async def _published(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}" and self.token:
            return Response(status_code=401)
        self.offers.append((await request.body()).decode())
        assert request.headers["content-type"] == "application/sdp"
        if self.first:
            return self.first.popleft()
        if self.janus is None:
            return Response(status_code=503)
        try:
            handle = await self.janus.handle()
        except httpx.TransportError:
            return Response(status_code=502)
        joined = await handle.message(
            {"request": "joinandconfigure", "ptype": "publisher", "room": ROOM, "id": 7},
            {"type": "offer", "sdp": self.offers[-1]},
        )
        if "jsep" not in joined:
            await handle.close()
            return Response(status_code=503)
        name = uuid.uuid4().hex
        self.sessions[name] = handle
        headers = {"Location": f"sessions/{name}", "ETag": '"1"'}
        return Response(joined["jsep"]["sdp"], 201, headers, media_type="application/sdp")

    async def end(self, name: str, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}" and self.token:
            return Response(status_code=401)
        await self.sessions.pop(name).close()
        response = Response(status_code=200)
        self._note(request, response)
        return response

    def _note(self, request: Request, response: Response) -> None:
        self.seen.append(f"{request.method} {response.status_code}")
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def serving(janus: Janus | None, token: str = "") -> AsyncIterator[WhipFront]:
    front = WhipFront(janus, token)
    listener = socket.create_server(("127.0.0.1", 0))
    front.url = f"http://127.0.0.1:{listener.getsockname()[1]}/whip/stage"
    config = uvicorn.Config(front.app(), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield front
    finally:
        for handle in front.sessions.values():
            await handle.close()
        server.should_exit = True
        await running


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


class Publishing:
    """The command, as people run it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def says(self, words: str) -> str:
        """The next line with these words in it."""
        assert self.process.stderr
        async with asyncio.timeout(LIMIT_S):
            while True:
                line = (await self.process.stderr.readline()).decode()
                assert line, f"ended with {self.said}, without {words!r}"
                self.said.append(line.rstrip())
                if words in line:
                    return line

    async def ends(self) -> int:
        """The exit status; what was still said is in `said`."""
        async with asyncio.timeout(LIMIT_S):
            _, rest = await self.process.communicate()
        self.said += rest.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def publishing(*arguments: str) -> AsyncIterator[Publishing]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "avatar_server", "publish", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Publishing(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
