"""A small WHIP server: an endpoint before a Janus' video room, which can be told what to say first."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

from tests.publish.janus import LIMIT_S, ROOM, Handle, Janus


@dataclass
class WhipFront:
    """WHIP before a Janus: says what it is told to say first, then publishes into the room."""

    janus: Janus | None
    token: str = ""
    first: deque[Response] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    url: str = ""
    links: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sessions: dict[str, Handle] = field(default_factory=dict)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/whip/{place}", self.publish, methods=["POST"])
        app.add_api_route("/whip/{place}", self.name_ice_servers, methods=["OPTIONS"])
        app.add_api_route("/whip/sessions/{name}", self.end, methods=["DELETE"])
        return app

    async def name_ice_servers(self, request: Request) -> Response:
        response = Response(status_code=204, headers={"Link": self.links} if self.links else {})
        self._note(request, response)
        return response

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
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The address of a server that runs `app`."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def serving(janus: Janus | None, token: str = "") -> AsyncIterator[WhipFront]:
    front = WhipFront(janus, token)
    async with listening(front.app()) as url:
        front.url = f"{url}/whip/stage"
        try:
            yield front
        finally:
            for handle in front.sessions.values():
                await handle.close()
