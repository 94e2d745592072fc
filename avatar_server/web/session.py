"""How a link becomes a cookie: the page hands in the key behind the `#`, once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.signed_key import LONGEST_KEY, Grant


def session_router(theatre: Theatre, access: Access) -> APIRouter:
    """``/api/session``: POST a key for a cookie, GET what the cookie is good for."""
    router = APIRouter(tags=["session"])

    @router.post("/api/session", status_code=204, summary="Let a browser in")
    async def enter(
        request: Request, key: Annotated[str, Body(embed=True, max_length=LONGEST_KEY)]
    ) -> Response:
        """Take a link's key, or the token, and let the browser in with a cookie."""
        if not access.needs_token:
            access.count(request)
            return Response(status_code=204)
        made, lasts_s = access.cookie_for(request, key)
        response = Response(status_code=204)
        response.set_cookie(
            access.cookie_name(request),
            made,
            max_age=lasts_s,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    @router.get("/api/session", summary="What may be seen")
    async def look(
        interaction: str = Query("", description="Something that may not be seen is answered by 403"),
        stage: str = Query("", description="Likewise, by the id of a stage"),
        grant: Grant = Depends(access.viewer),
    ) -> dict[str, str | int | None]:
        """What may be seen (an interaction's name, "" for all), and until when (Unix time)."""
        found = theatre.by_id(stage)
        if wanted := interaction if found is None else found.interaction:
            access.require(grant, wanted)
        return {"interaction": grant.scope, "expires_s": grant.expires_s}

    return router
