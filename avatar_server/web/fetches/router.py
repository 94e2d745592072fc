"""Fetches over HTTP: ask for one, see how far it is, end it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from avatar_server.dataset.modalities import MODALITIES, PLAYABLE, Modality
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.errors import MachineFullError, UsageError
from avatar_server.web.access import Access
from avatar_server.web.fetches.job import FetchJob, FetchOrder, FetchShown
from avatar_server.web.fetches.queue import FetchQueue
from avatar_server.web.interactions import NO_ENTRY
from avatar_server.web.json_answer import http_refusal
from avatar_server.web.library.library import Library
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.shapes import FetchEstimate
from avatar_server.web.request_body import text_body
from avatar_server.web.signed_key import Grant
from avatar_server.web.strict_query import StrictQueryRoute

MOST_INTERACTIONS = 100
MOST_BYTES = 8192


class NewFetch(BaseModel):
    """What is to be fetched."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"interactions": ["V00_S0809_I00000582"], "with": ["video"]}]},
    )

    interactions: Annotated[
        list[str], Field(min_length=1, max_length=MOST_INTERACTIONS, description="Keys of interactions")
    ]
    modalities: Annotated[
        list[Modality],
        Field(
            alias="with",
            max_length=len(MODALITIES),
            description="What of them besides sound, motion and words, which a player needs",
        ),
    ] = []
    dry_run: Annotated[
        bool, Field(description="Only tell, at once, what it would come to (200 instead of 202)")
    ] = False


_EXAMPLE = {
    "id": "3f6c0f5e9a1b2c4d",
    "interactions": ["V00_S0809_I00000582"],
    "modalities": ["sound", "motion", "words", "video"],
    "state": "running",
    "recordings": 1,
    "recordings_expected": 2,
    "files": 11,
    "files_expected": 20,
    "bytes": 48_000_000,
    "bytes_expected": 130_000_000,
    "absent": [{"recording": "V00_S0809_I00000582_P0947", "piece": "mp4"}],
    "absent_count": 1,
    "trouble": "",
    "problem": "",
    "created_s": 1_800_000_000.0,
}
_ONE: dict[int | str, dict[str, Any]] = {
    200: {"model": FetchShown, "content": {"application/json": {"example": _EXAMPLE}}},
    **NO_ENTRY,
}
_SOME: dict[int | str, dict[str, Any]] = {
    200: {"model": list[FetchShown], "content": {"application/json": {"example": [_EXAMPLE]}}},
    **NO_ENTRY,
}
NOT_THERE: dict[int | str, dict[str, Any]] = {404: {"description": "No such fetch, or over for an hour"}}
_ESTIMATE = {
    "files": 20,
    "bytes": 130_000_000,
    "bytes_here": 48_000_000,
    "recordings": 2,
    "recordings_here": 0,
}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": FetchEstimate,
        "description": "With `dry_run`: what it would come to",
        "content": {"application/json": {"example": _ESTIMATE}},
    },
    202: {"model": FetchShown, "content": {"application/json": {"example": _EXAMPLE}}},
    413: {"description": f"Longer than {MOST_BYTES} bytes"},
    415: {"description": "Not JSON"},
    404: {"description": "With `dry_run`: no such interaction"},
    422: {"description": "Not what is expected"},
    429: {"description": "Asked too often; header Retry-After"},
    503: {"description": "Too many wait already, or the server stops; header Retry-After"},
    **NO_ENTRY,
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": NewFetch.model_json_schema()}},
    }
}


def fetches_router(queue: FetchQueue, library: Library, access: Access) -> APIRouter:
    """``/api/fetches``; all of it is for operators."""
    router = APIRouter(prefix="/api/fetches", tags=["fetches"], route_class=StrictQueryRoute)

    async def found(
        fetch_id: Annotated[str, Path(max_length=40, description="As in Location")],
        grant: Grant = Depends(access.operator),
    ) -> FetchJob:
        job = queue.find(fetch_id)
        if job is None:
            raise HTTPException(404, "there is no such fetch")
        return job

    @router.post("", status_code=202, summary="Fetch interactions", responses=ACCEPTED, openapi_extra=BODY)
    async def create(request: Request, response: Response, grant: Grant = Depends(access.operator)) -> Any:
        """Get recordings from the server's source into its data folder.

        What is here already is not fetched again, and a fetch that ended early goes on where it was. The same
        fetch asked for twice is one. With `dry_run` nothing is fetched and no store asked: bytes are told by
        how long the recordings are, where that is known, and by what such recordings usually take.
        """
        order, is_dry = _parsed(await text_body(request, "application/json", MOST_BYTES))
        if is_dry:
            try:
                told = await library.answer(
                    "estimate", may_gzip=False, names=order.interactions, modalities=order.modalities
                )
            except RefusalError as refusal:
                raise http_refusal(refusal) from None
            return Response(told.body, media_type="application/json")
        try:
            job = queue.submit(order)
        except MachineFullError as error:
            raise HTTPException(503, error.reason, {"Retry-After": str(error.retry_after_s)}) from None
        response.headers["Location"] = f"{request.url.path}/{job.id}"
        return job.shown()

    @router.get("", summary="All fetches", responses=_SOME)
    async def list_all(grant: Grant = Depends(access.operator)) -> list[FetchShown]:
        """The newest first; those that are over are remembered for an hour."""
        return [job.shown() for job in queue.jobs]

    @router.get("/{fetch_id}", summary="One fetch", responses=_ONE | NOT_THERE)
    async def show(job: FetchJob = Depends(found)) -> FetchShown:
        """How far it is, and what no store has."""
        return job.shown()

    @router.delete("/{fetch_id}", summary="End a fetch", responses=_ONE | NOT_THERE)
    async def cancel(job: FetchJob = Depends(found)) -> FetchShown:
        """End it, if it is not over; what came is kept."""
        await queue.cancel(job)
        return job.shown()

    return router


def _parsed(text: str) -> tuple[FetchOrder, bool]:
    """The order in a body, and whether it is a dry run; raises `HTTPException` 422."""
    try:
        wanted = NewFetch.model_validate_json(text)
        keys = tuple(dict.fromkeys(str(InteractionKey.parse(key)) for key in wanted.interactions))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise HTTPException(422, said) from None
    except UsageError as error:
        raise HTTPException(422, str(error)) from None
    modalities = PLAYABLE.union(wanted.modalities)
    order = FetchOrder(keys, tuple(modality for modality in MODALITIES if modality in modalities))
    return order, wanted.dry_run
