"""A line a request: method, path, status, milliseconds, client; no query, and no id that could be used."""

from __future__ import annotations

import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from avatar_server.logs import short_id

log = logging.getLogger(__name__)

_ID = re.compile(r"(?<=/)[A-Za-z0-9_-]{16,}(?=/|$)")

DULL = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines."""


class RequestLog:
    """Around an application. Files of the page and what machines ask are told at the level debug."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and write down."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began_s = time.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close":
                status = status or 403
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            dull = scope["path"].startswith("/client/") or scope["path"] in DULL
            log.log(
                logging.DEBUG if dull and status < 400 else logging.INFO,
                "%s %s %d %.0f ms %s",
                scope.get("method", "WEBSOCKET"),
                shown_path(scope["path"]),
                status,
                1000 * (time.monotonic() - began_s),
                scope["client"][0] if scope["client"] else "-",
            )


def shown_path(path: str) -> str:
    """Without the whole of ids, which are keys to what they name."""
    return _ID.sub(lambda found: f"{short_id(found[0])}...", path)
