"""What strangers may send over HTTP: bounded headers and bodies, in bounded time, to a name of ours."""

from __future__ import annotations

import asyncio
import sys

import h11
from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from avatar_server.control.strict_json import LONGEST_MESSAGE
from avatar_server.web.access import Access

LARGEST_BODY = LONGEST_MESSAGE
"""Bytes; an offer has 5-10 thousand."""

TOO_LARGE = f"expected a body of at most {LARGEST_BODY} bytes"

LARGEST_HEAD = 16 * 1024
"""Bytes of request line and headers; browsers send one or two thousand."""

SENDING_LIMIT_S = 20.0
"""A request that takes longer to come in holds a connection for nothing."""

LAST_WORDS_S = 1.0
"""For an answer that is being sent when the server stops."""

OPEN_TO_ANY_NAME = frozenset({"/healthz", "/readyz"})
"""Asked by orchestrators under names of theirs; they tell nothing."""


class HttpBounds:
    """Around an application: refuses foreign names (403), large heads (431) and large bodies (413)."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > LARGEST_HEAD:
            return _said(431, f"expected headers of at most {LARGEST_HEAD} bytes")
        if not self._access.is_own_host(headers.get("host", "")) and scope["path"] not in OPEN_TO_ANY_NAME:
            self._access.refusal(403, "")
            return _said(403, "this server is not known by this name; see --allowed-host")
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > LARGEST_BODY:
            return _said(413, TOO_LARGE)
        return None


def _bounded(receive: Receive) -> Receive:
    """Counts a body whose length was not said (chunked transfer)."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body") or b"") if message["type"] == "http.request" else 0
        if received > LARGEST_BODY:
            raise HTTPException(413, TOO_LARGE, {"Connection": "close"})
        return message

    return bounded


def _said(status: int, text: str) -> ASGIApp:
    """An answer after which the connection is closed: the rest of such a request is not read."""
    return PlainTextResponse(f"{text}\n", status, headers={"Connection": "close"})


class BoundedHttp(H11Protocol):
    """uvicorn's HTTP with 431 for a head that is too large, and an end for requests that do not come in."""

    _sending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._watch_sender()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        super().data_received(data)
        self._watch_sender()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._stop_watching()

    def shutdown(self) -> None:
        """The server stops: who takes a video as slowly as it is watched is not waited for."""
        super().shutdown()
        if self.cycle is not None and not self.cycle.response_complete:
            self.loop.call_later(LAST_WORDS_S, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Called while the error that is answered is handled."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        for part in (
            h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
            h11.Data(data=f"{msg}\n".encode()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def _watch_sender(self) -> None:
        """A client that owes us the rest of a request has to deliver it in time."""
        # A WebSocket is a request that never ends; another protocol has taken it over.
        is_ours = self.transport.get_protocol() is self
        if not is_ours or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_watching()
        elif self._sending is None:
            self._sending = self.loop.call_later(SENDING_LIMIT_S, self.transport.close)

    def _stop_watching(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
