"""The videos of an interaction's people, ``/api/interactions/{key}/video/{participant}``."""

from __future__ import annotations

import contextlib
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from avatar_server.web.access import Access
from avatar_server.web.interactions import NO_ENTRY, Name, parse_name
from avatar_server.web.json_answer import http_refusal
from avatar_server.web.library.library import Library
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.signed_key import Grant
from avatar_server.web.strict_query import StrictQueryRoute
from avatar_server.web.video import video_answer
from avatar_server.web.video_bytes import LocalVideo, VideoBytes

MP4 = {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}}

ANSWERS: dict[int | str, dict[str, Any]] = NO_ENTRY | {
    200: {"description": "The whole video", **MP4},
    206: {"description": "The part that the header Range asks for, one stretch of bytes", **MP4},
    304: {"description": "As the header If-None-Match says, it is here already"},
    404: {"description": "No such interaction or participant, or no store has a video of them"},
    416: {"description": "The video ends before the range begins; its size is in Content-Range"},
    422: {"description": "Not a key, or not a participant"},
    502: {"description": "The store does not give it to this server"},
    503: {"description": "Too much is asked just now, or the store is busy; header Retry-After"},
}


def videos_router(library: Library, access: Access) -> APIRouter:
    """The videos."""
    router = APIRouter(prefix="/api/interactions", tags=["interactions"], route_class=StrictQueryRoute)

    @router.head("/{key}/video/{participant}", include_in_schema=False)
    @router.get(
        "/{key}/video/{participant}",
        summary="A participant's video",
        responses=ANSWERS,
        response_class=Response,
    )
    async def video(
        request: Request,
        key: Name,
        participant: Annotated[
            str, Path(pattern=r"^P[0-9]{4}[A-Z]?$", description="As in the id", examples=["P1275A"])
        ],
        grant: Grant = Depends(access.viewer),
    ) -> Response:
        """MP4, whole or in parts (headers Range and If-Range); HEAD tells its size.

        What is not on this machine comes from the server's source as far as it is read, and is kept.
        """
        name = parse_name(key)
        access.require(grant, name)
        try:
            opened = await _opened(library, name, participant)
        except RefusalError as refusal:
            raise http_refusal(refusal) from None
        return video_answer(request, opened)

    return router


async def _opened(library: Library, name: str, participant: str) -> VideoBytes:
    found = await library.video(name, participant)
    if isinstance(found, FilePath):
        with contextlib.suppress(OSError):  # Gone since it was looked for.
            return LocalVideo(found)
    elif found is not None:
        return await library.arriving.open(found)
    raise HTTPException(404, f"there is no video of {participant} in {name}")
