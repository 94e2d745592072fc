"""Answers that pages of other sites may read (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

Whether such a page gets anything is decided by `Access`: it needs the bearer token, or a site that is
allowed. Cookies are never among what it sends, so that every origin may be told what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

READABLE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After",
}

REMEMBERED_S = 7200
"""For how long a browser need not ask again; Chromium remembers no longer."""


class CrossOriginRoute(APIRoute):
    """A route whose answers, and refusals, can be read everywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler with the headers."""
        handler = super().get_route_handler()

        async def readable(request: Request) -> Response:
            try:
                response = await handler(request)
            except HTTPException as refusal:
                refusal.headers = {**(refusal.headers or {}), **READABLE}
                raise
            response.headers.update(READABLE)
            return response

        return readable


def preflight(methods: tuple[str, ...], **accepts: str) -> Response:
    """Answer to OPTIONS, which browsers send without a token; accepts: further headers, `_` for `-`."""
    allowed = ", ".join((*methods, "OPTIONS"))
    return Response(
        headers={
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
            "Access-Control-Max-Age": str(REMEMBERED_S),
            **{name.replace("_", "-"): value for name, value in accepts.items()},
        }
    )
