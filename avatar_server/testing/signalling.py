"""How a receiver's offer gets to a server and the answer back: by WebSocket as the page does, or by WHEP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import urljoin, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

LONGEST_ANSWER = 256 * 1024


class RefusedError(Exception):
    """The server gave no answer; the text says what it gave.

    busy: it is full, and says that it may not be later.
    """

    def __init__(self, said: str, *, busy: bool = False) -> None:
        super().__init__(said)
        self.busy = busy


class Session(Protocol):
    """A viewer as the server knows it."""

    async def end(self) -> None:
        """Leave as a viewer leaves who is asked to."""


@dataclass(slots=True)
class WebSocketSession:
    """What the page does. `heard` holds the newest message of each type; `on_message` is given them all."""

    socket: ClientConnection
    on_message: Callable[[dict[str, Any]], None] = lambda message: None
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        interaction: str | None = None,
        on_message: Callable[[dict[str, Any]], None] = lambda message: None,
        *,
        stage: str = "",
    ) -> Self:
        """Connect to the server at `url` (http or https). stage: the id of one that plays already."""
        query = f"?stage={stage}" if stage else f"?interaction={interaction}" if interaction else ""
        address = f"ws{url.removeprefix('http').rstrip('/')}/ws{query}"
        session = cls(await connect(address, max_size=None, compression=None), on_message)
        session._listening = asyncio.create_task(session._listen(), name="receiver's WebSocket")
        return session

    async def offer(self, sdp: str) -> str:
        """The answer to an offer; `RefusedError` if there is none."""
        self.heard.pop("answer", None)
        await self.say({"type": "offer", "sdp": sdp})
        return str((await self.hear("answer"))["sdp"])

    async def say(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str) -> dict[str, Any]:
        """The newest message of a type; waits for one if none came yet."""
        while kind not in self.heard:
            for bad in ("error", "busy", "ended"):
                if bad in self.heard:
                    raise RefusedError(str(self.heard[bad]), busy=bad == "busy")
            assert self._listening is not None
            if self._listening.done():
                raise RefusedError(f"the server closed the connection ({self.socket.close_code})")
            self._changed.clear()
            await self._changed.wait()
        return self.heard[kind]

    async def end(self) -> None:
        """Close the connection."""
        await self.socket.close()
        if self._listening is not None:
            with contextlib.suppress(ConnectionClosed):  # The server may have had another reason.
                await self._listening

    async def _listen(self) -> None:
        # Whatever way it ends, whoever waits looks at whether this task is done.
        try:
            async for text in self.socket:
                message = json.loads(text)
                self.heard[message["type"]] = message
                self.on_message(message)
                self._changed.set()
        finally:
            asyncio.get_running_loop().call_soon(self._changed.set)


@dataclass(frozen=True, slots=True)
class WhepSession:
    """A session made by POST, ended by DELETE."""

    url: str
    token: str = ""

    async def end(self) -> None:
        """Ask the server to end the session; one that has gone already is fine."""
        with contextlib.suppress(OSError):
            await request("DELETE", self.url, token=self.token)


async def offer_by_whep(url: str, sdp: str, token: str = "") -> tuple[str, WhepSession]:
    """(answer, session) for an offer POSTed to `url`; `RefusedError` says what came instead."""
    status, headers, body = await request("POST", url, sdp.encode(), "application/sdp", token)
    if status != 201:
        raise RefusedError(f"{status} {body.decode(errors='replace')[:200]}", busy=status == 503)
    return body.decode(), WhepSession(urljoin(url, headers["location"]), token)


async def request(
    method: str, url: str, body: bytes = b"", media_type: str = "", token: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """(status, headers with names in small letters, body) of one HTTP/1.1 request on its own connection."""
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80), ssl=secure, limit=LONGEST_ANSWER
    )
    try:
        lines = [
            f"{method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Connection: close",
            f"Content-Length: {len(body)}",
            *([f"Content-Type: {media_type}"] if media_type else []),
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        writer.write("\r\n".join((*lines, "", "")).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        length = headers.get("content-length")
        answer = await (reader.read() if length is None else reader.readexactly(int(length)))
        return int(head[0].split(" ")[1]), headers, answer
    finally:
        writer.close()
