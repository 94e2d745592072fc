"""An interaction's time line over HTTP: what the voices look like, and when something is missing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from avatar_server.web.access import Access
from avatar_server.web.interactions import LONGEST_S, MOST_POINTS, OF_ONE, answered, documented, name_for
from avatar_server.web.library.library import Library
from avatar_server.web.library.timeline_shapes import ValidityAnswer, WaveformAnswer
from avatar_server.web.strict_query import StrictQueryRoute

USUAL_POINTS = 2000


def timelines_router(library: Library, access: Access) -> APIRouter:
    """``/api/interactions/KEY/waveform`` and ``.../validity``."""
    router = APIRouter(prefix="/api/interactions", tags=["interactions"], route_class=StrictQueryRoute)

    allowed = name_for(access)

    @router.get(
        "/{key}/waveform",
        summary="What the voices look like",
        responses=documented(WaveformAnswer, "waveform", OF_ONE),
    )
    async def waveform(
        request: Request,
        points: Annotated[
            int, Query(ge=1, le=MOST_POINTS, description="At most so many stretches")
        ] = USUAL_POINTS,
        start: Annotated[float, Query(ge=0, le=LONGEST_S, description="Seconds")] = 0.0,
        end: Annotated[
            float | None, Query(gt=0, le=LONGEST_S, description="Seconds; to the end if not said")
        ] = None,
        name: str = Depends(allowed),
    ) -> Response:
        """The lowest and highest sample of every stretch of both people's sound, exact at every zoom.

        Far away stretches are whole hundredths of a second, and begin with one: `start_s` and `step_s` tell.
        Of a sound that is on its way, what is here is told, and the rest is null: ask again while `whole` is
        false.
        """
        if end is not None and end <= start:
            raise HTTPException(422, f"end: expected more than start, {start:g}, got {end:g}")
        return await answered(
            library, request, "waveform", name=name, points=points, start_s=start, end_s=end
        )

    @router.get(
        "/{key}/validity",
        summary="When something is missing",
        responses=documented(ValidityAnswer, "validity", OF_ONE),
    )
    async def validity(request: Request, name: str = Depends(allowed)) -> Response:
        """What the doctor finds, in time: bodies, hands and faces that were lost, and what ended early."""
        return await answered(library, request, "validity", name=name)

    return router
