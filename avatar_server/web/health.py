"""For those who run the server: whether it answers, whether more may come, and figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from avatar_server import __version__
from avatar_server.errors import MachineFullError
from avatar_server.theatre.theatre import DEFAULT_STAGE, Theatre
from avatar_server.web.access import Access
from avatar_server.web.metrics import exposition, registry_of

NOT_READY_RETRY_S = 2


def health_router(theatre: Theatre, access: Access, *, open_metrics: bool) -> APIRouter:
    """``/healthz``, ``/readyz`` and ``/metrics``; the last one for operators, or for everybody."""
    router = APIRouter(tags=["operations"])
    registry = registry_of(theatre, access)

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    async def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok", "version": __version__}

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz")
    async def ready() -> Response:
        """200 if one more viewer may come, else 503 with the reason."""
        reason, retry_s = not_ready(theatre, access)
        if not reason:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": reason}, 503, {"Retry-After": str(retry_s)})

    async def reader(request: Request) -> None:
        if not open_metrics:
            await access.operator(request)

    @router.get("/metrics", response_class=Response, dependencies=[Depends(reader)])
    async def metrics() -> Any:
        """Figures for Prometheus."""
        return Response(exposition(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def not_ready(theatre: Theatre, access: Access) -> tuple[str, int]:
    """Why nobody more should be sent here, and after how many seconds to ask again; "" if all is well."""
    if access.closed:
        return access.closed, NOT_READY_RETRY_S
    stage = theatre.by_id(DEFAULT_STAGE)
    if stage is None or not stage.is_live:
        return "the stage is being set up", NOT_READY_RETRY_S
    try:
        theatre.admit_viewer(stage)
    except MachineFullError as full:
        return full.reason, full.retry_after_s
    return "", 0
