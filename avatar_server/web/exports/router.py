"""Films and stills over HTTP: ask for one, see how far it is, fetch it, end it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from avatar_server.errors import AvatarServerError, MachineError, MachineFullError, UsageError
from avatar_server.stage.programme import is_test_card
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.exports.job import ExportJob, ExportShown
from avatar_server.web.exports.order import NewExport, NewStill, parse_new_export, parse_new_still
from avatar_server.web.exports.queue import ExportQueue
from avatar_server.web.exports.stills import StillDesk
from avatar_server.web.interactions import NO_ENTRY, parse_name
from avatar_server.web.request_body import text_body
from avatar_server.web.signed_key import Grant
from avatar_server.web.strict_query import StrictQueryRoute
from avatar_server.web.video import video_answer
from avatar_server.web.video_bytes import LocalVideo
from avatar_server.web.videos import MP4

MOST_BYTES = 4096

_EXAMPLE = {
    "id": "3f6c0f5e9a1b2c4d",
    "interaction": "V00_S0809_I00000582",
    "start_s": 12.0,
    "end_s": 20.0,
    "width": 1280,
    "height": 720,
    "rate_hz": 30.0,
    "camera": "two-shot",
    "captions": "burnt",
    "state": "running",
    "progress": 0.4,
    "eta_s": 3.5,
    "bytes": 810_000,
    "problem": "",
    "notes": [],
    "file_name": "V00-S0809-I00000582_12.0-20.0s.mp4",
    "created_s": 1_800_000_000.0,
    "expires_s": None,
}
_ONE: dict[int | str, dict[str, Any]] = {
    200: {"model": ExportShown, "content": {"application/json": {"example": _EXAMPLE}}},
    404: {"description": "No such export, or its file was removed"},
    **NO_ENTRY,
}
_SOME: dict[int | str, dict[str, Any]] = {
    200: {"model": list[ExportShown], "content": {"application/json": {"example": [_EXAMPLE]}}},
    **NO_ENTRY,
}
_REFUSALS: dict[int | str, dict[str, Any]] = NO_ENTRY | {
    413: {"description": f"Longer than {MOST_BYTES} bytes"},
    415: {"description": "Not JSON"},
    422: {"description": "Not what is expected; the field is named"},
    429: {"description": "Asked too often; header Retry-After"},
    500: {"description": "This machine cannot"},
    503: {"description": "Too many wait already, no room, or the server stops; header Retry-After"},
}
_CREATED: dict[int | str, dict[str, Any]] = _REFUSALS | {
    201: {"model": ExportShown, "content": {"application/json": {"example": _EXAMPLE}}},
}
_FILE: dict[int | str, dict[str, Any]] = NO_ENTRY | {
    200: {"description": "The film", **MP4},
    206: {"description": "The part that the header Range asks for, one stretch of bytes", **MP4},
    304: {"description": "As the header If-None-Match says, it is here already"},
    404: {"description": "No such export, or its file was removed"},
    409: {"description": "It is not done"},
    416: {"description": "The film ends before the range begins; its size is in Content-Range"},
}
_PNG: dict[int | str, dict[str, Any]] = _REFUSALS | {
    200: {
        "description": "The picture",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    },
}


def _body_of(shape: type[NewExport] | type[NewStill]) -> dict[str, Any]:
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    # Described in place: components are of what FastAPI knows, and these bodies are parsed by us.
    orbit = schema.pop("$defs")["OrbitWanted"]
    schema["properties"]["camera"]["anyOf"] = [{"type": "string"}, orbit]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def exports_router(queue: ExportQueue, stills: StillDesk, access: Access, theatre: Theatre) -> APIRouter:
    """``/api/exports``, for operators, and ``/api/stills``, for whoever may see the interaction."""
    router = APIRouter(prefix="/api", tags=["exports"], route_class=StrictQueryRoute)

    def named(interaction: str | None, grant: Grant) -> str:
        """What is to be shown; `HTTPException` 422 if it cannot be exported."""
        name = interaction or grant.scope or theatre.default_interaction
        if is_test_card(name):
            raise HTTPException(422, "interaction: the test card cannot be exported")
        # What is played may have been named by its recordings, which is no key.
        is_played = name == theatre.default_interaction or name in {s.interaction for s in theatre.stages}
        return name if is_played else parse_name(name)

    async def found(
        export_id: Annotated[str, Path(max_length=40, description="As in Location")],
        grant: Grant = Depends(access.operator),
    ) -> ExportJob:
        job = queue.find(export_id)
        if job is None:
            raise HTTPException(404, "there is no such export (any more)")
        return job

    @router.post(
        "/exports",
        status_code=201,
        summary="Make a film",
        responses=_CREATED,
        openapi_extra=_body_of(NewExport),
    )
    async def create(
        request: Request, response: Response, grant: Grant = Depends(access.operator)
    ) -> ExportShown:
        """An MP4 of an interaction, drawn while stages go on playing; one at a time, others wait."""
        text = await text_body(request, "application/json", MOST_BYTES)
        try:
            wanted = parse_new_export(text)
            job = queue.submit(named(wanted.interaction, grant), wanted)
        except UsageError as error:
            raise HTTPException(422, str(error)) from None
        except MachineFullError as error:
            raise _full(error) from None
        except MachineError as error:
            raise HTTPException(500, str(error)) from None
        response.headers["Location"] = f"{request.url.path}/{job.id}"
        return job.shown()

    @router.get("/exports", summary="All exports", responses=_SOME)
    async def list_all(grant: Grant = Depends(access.operator)) -> list[ExportShown]:
        """The newest first; those that are over are kept for an hour."""
        return [job.shown() for job in queue.jobs]

    @router.get("/exports/{export_id}", summary="One export", responses=_ONE)
    async def show(job: ExportJob = Depends(found)) -> ExportShown:
        """How far it is."""
        return job.shown()

    @router.delete("/exports/{export_id}", summary="End or remove an export", responses=_ONE)
    async def end(job: ExportJob = Depends(found)) -> ExportShown:
        """End it; if it is over, remove it with its file."""
        if job.is_over:
            queue.remove(job)
        else:
            await queue.cancel(job)
        return job.shown()

    @router.head("/exports/{export_id}/file", include_in_schema=False)
    @router.get("/exports/{export_id}/file", summary="Fetch a film", responses=_FILE, response_class=Response)
    async def file(request: Request, job: ExportJob = Depends(found)) -> Response:
        """MP4, whole or in parts (headers Range and If-Range). It is kept for an hour from now on."""
        if job.state != "done":
            raise HTTPException(409, f"the export is not done: it is {job.state}")
        try:
            film = LocalVideo(queue.fetched(job))
        except OSError:
            raise HTTPException(404, "its file was removed") from None
        answer = video_answer(request, film)
        answer.headers["Content-Disposition"] = f'attachment; filename="{job.file_name}"'
        return answer

    @router.post(
        "/stills",
        summary="A moment as a picture",
        responses=_PNG,
        response_class=Response,
        openapi_extra=_body_of(NewStill),
    )
    async def still(request: Request, grant: Grant = Depends(access.viewer)) -> Response:
        """A PNG without loss of what is seen at a moment; takes a few seconds."""
        text = await text_body(request, "application/json", MOST_BYTES)
        try:
            wanted = parse_new_still(text)
            name = named(wanted.interaction, grant)
            access.require(grant, name)
            picture = await stills.draw(name, wanted)
        except UsageError as error:
            raise HTTPException(422, str(error)) from None
        except MachineFullError as error:
            raise _full(error) from None
        except MachineError as error:
            raise HTTPException(500, str(error)) from None
        except AvatarServerError as error:
            raise HTTPException(503, str(error), {"Retry-After": "30"}) from None
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(picture, media_type="image/png", headers=headers)

    return router


def _full(error: MachineFullError) -> HTTPException:
    return HTTPException(503, error.reason, {"Retry-After": str(error.retry_after_s)})
