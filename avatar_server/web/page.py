"""The page and its files, which may load and connect to nothing but this server."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from avatar_server.settings import resource_dir

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The one style element of web_client/vendor/wavesurfer; of another one a console tells the hash.
        "style-src 'self' 'sha256-cCr241b2kwMpAxDABQZEeISOZ0LdzfdVW4OT2pZ7lv0='",
        # Stills and exports are handed to the person who made them; nothing else has such addresses.
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""CSP level 3, where 'self' covers the WebSocket of the same host as well."""


def add_page(app: FastAPI) -> None:
    """``/`` and ``/client``."""
    folder = resource_dir("web_client")

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(
            folder / "index.html",
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": POLICY,
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )

    app.mount("/client", PageFiles(directory=folder), name="client")


class PageFiles(StaticFiles):
    """The page's files, asked for anew each time: after an update no browser may mix old and new ones."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
