"""The page about the API: Swagger UI out of our own package, and the description that it shows.

The page loads nothing from another host, and its policy (CSP) lets it load nothing: where a cookie lets
people in, no script of others may run. With a token set it is for whoever may see everything.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse, JSONResponse

from avatar_server.settings import resource_dir
from avatar_server.web.access import Access
from avatar_server.web.signed_key import Grant

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI draws with style attributes.
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

ABOUT = """\
Interactions and what is in them, stages that play them live, and players that watch (WHEP).

Times are seconds. JSON is compressed for who takes gzip, and has an ETag for `If-None-Match`. A refusal is an
object with `detail`; those with 429 and 503 say in `Retry-After` when to come again.
"""

TAGS = [
    {"name": "interactions", "description": "The catalogue, and what is in its recordings"},
    {"name": "fetches", "description": "Recordings that come from the server's source"},
    {"name": "exports", "description": "Films and pictures of interactions"},
    {"name": "stages", "description": "Interactions that are played live"},
    {"name": "WHEP", "description": "Players that watch a stage"},
    {"name": "session", "description": "Links and cookies for people"},
    {"name": "operations", "description": "For whoever runs the server"},
]
"""In the order of the page."""

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The server's token, or the key of a link. A server without a token asks for nothing.",
}


def api_page_router(app: FastAPI, access: Access) -> APIRouter:
    """``/docs`` and ``/openapi.json`` of `app`."""
    router = APIRouter(include_in_schema=False)
    page = resource_dir("web_client") / "docs.html"

    async def everything(grant: Grant = Depends(access.viewer)) -> None:
        # No link for one interaction covers the empty name; a cookie that was got for the token does.
        access.require(grant, "")

    @router.get("/docs", dependencies=[Depends(everything)])
    async def docs() -> FileResponse:
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
        }
        return FileResponse(page, headers=headers)

    @router.get("/openapi.json", dependencies=[Depends(everything)])
    async def description() -> JSONResponse:
        return JSONResponse(described(app), headers={"Cache-Control": "no-cache"})

    return router


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the ways in, which FastAPI cannot know."""
    told = app.openapi()
    told.setdefault("components", {})["securitySchemes"] = {"bearer": BEARER}
    told["security"] = [{"bearer": []}, {}]
    return told
