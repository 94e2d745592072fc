"""Stages over HTTP: make one, see which there are, end one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import InputError, MachineError, MachineFullError, StageError, UsageError
from avatar_server.stage.stage import Stage
from avatar_server.theatre.openings import StoppingError
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.request_body import text_body
from avatar_server.web.signed_key import Grant

MOST_BYTES = 4096


class NewStage(BaseModel):
    """What is to be played."""

    model_config = ConfigDict(extra="forbid", strict=True)

    interaction: Annotated[
        str, Field(min_length=1, max_length=200, description="`demo`, `test-card`, or an interaction's key")
    ]


class StageShown(BaseModel):
    """A stage."""

    id: Annotated[str, Field(description="Part of its URLs; nobody can guess it")]
    interaction: str
    viewers: Annotated[int, Field(description="How many receive picture or sound")]
    views: Annotated[list[str], Field(description="`presenter`, which people steer, and the cameras")]


StageId = Annotated[str, Path(description="Of the stage, or `default`")]

NO_ENTRY: dict[int | str, dict[str, Any]] = {
    401: {"description": "The token is needed; a link is enough to look at one stage"},
    403: {"description": "A link is for watching, and maybe for another interaction"},
}
REFUSALS: dict[int | str, dict[str, Any]] = NO_ENTRY | {
    413: {"description": f"Longer than {MOST_BYTES} bytes"},
    415: {"description": "Not JSON"},
    422: {"description": "Not what is expected, or an interaction that cannot be played"},
    500: {"description": "The stage could not be started"},
    503: {"description": "The machine is full; header Retry-After"},
}
NOT_THERE: dict[int | str, dict[str, Any]] = NO_ENTRY | {404: {"description": "No such stage"}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": NewStage.model_json_schema()}},
    }
}


def stages_router(theatre: Theatre, access: Access) -> APIRouter:
    """The collection of stages."""
    router = APIRouter(prefix="/api/stages", tags=["stages"])

    def shown(stage: Stage) -> StageShown:
        return StageShown(
            id=stage.id,
            interaction=stage.interaction,
            viewers=theatre.broadcast(stage).viewers,
            views=[PRESENTER, *stage.ready.cameras],
        )

    def found(stage_id: str) -> Stage:
        stage = theatre.by_id(stage_id)
        if stage is None:
            raise HTTPException(404, "there is no such stage")
        return stage

    @router.post("", status_code=201, summary="Open a stage", responses=REFUSALS, openapi_extra=BODY)
    async def create(
        request: Request, response: Response, grant: Grant = Depends(access.operator)
    ) -> StageShown:
        """A stage of its own, which nobody else steers; it ends a while after its last viewer has gone."""
        text = await text_body(request, "application/json", MOST_BYTES)
        try:
            wanted = NewStage.model_validate_json(text)
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise HTTPException(422, said) from error
        try:
            stage = await theatre.create(wanted.interaction)
        except (UsageError, InputError) as error:
            raise HTTPException(422, str(error)) from error
        except MachineFullError as error:
            raise HTTPException(503, str(error), {"Retry-After": str(error.retry_after_s)}) from error
        except StoppingError as error:
            raise HTTPException(503, "the server stops") from error
        except (StageError, MachineError) as error:
            raise HTTPException(500, str(error)) from error
        response.headers["Location"] = f"{request.url.path}/{stage.id}"
        return shown(stage)

    @router.get("", summary="All stages", responses=NO_ENTRY)
    async def list_all(grant: Grant = Depends(access.operator)) -> list[StageShown]:
        """Every stage that is open."""
        return [shown(stage) for stage in theatre.stages]

    @router.get("/{stage_id}", summary="One stage", responses=NOT_THERE)
    async def show(stage_id: StageId, grant: Grant = Depends(access.viewer)) -> StageShown:
        """A stage; `default` is the one that is served to who asks for nothing else."""
        stage = found(stage_id)
        access.require(grant, stage.interaction)
        return shown(stage)

    @router.delete(
        "/{stage_id}",
        status_code=204,
        summary="End a stage",
        responses={404: {"description": "No such stage"}},
    )
    async def end(stage_id: StageId, grant: Grant = Depends(access.operator)) -> Response:
        """End a stage; whoever watches is told."""
        await theatre.close_stage(found(stage_id).id)
        return Response(status_code=204)

    return router
