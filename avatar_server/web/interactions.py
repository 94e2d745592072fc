"""Interactions over HTTP: which there are, who is in them, and what was said, written and felt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from avatar_server.assembly import DEMO
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.errors import UsageError
from avatar_server.stage.programme import TEST_CARD
from avatar_server.web.access import Access
from avatar_server.web.interaction_examples import EXAMPLES
from avatar_server.web.json_answer import http_refusal, json_answer, takes_gzip
from avatar_server.web.library.downsampling import FEWEST_POINTS
from avatar_server.web.library.library import Library
from avatar_server.web.library.questions import QuestionName, RefusalError
from avatar_server.web.library.shapes import (
    AnnotationsAnswer,
    CurvesAnswer,
    InteractionAnswer,
    Listing,
    OverviewAnswer,
    TranscriptAnswer,
    VoiceActivityAnswer,
)
from avatar_server.web.selection_query import LONGEST_TEXT, selection_of
from avatar_server.web.signed_key import Grant
from avatar_server.web.strict_query import StrictQueryRoute

USUAL_LIMIT, MOST_LISTED = 50, 1000
MOST_POINTS = 20_000
OF = (
    "Names with commas between them: emotion, valence, arousal, fau, gaze, head, each for all of its "
    "columns, or one column such as `emotion:Happiness`, `fau:JawDrop`, `gaze:0`"
)
LONGEST_S = 7 * 86_400.0
"""No conversation is longer."""

NO_ENTRY: dict[int | str, dict[str, Any]] = {
    401: {"description": "A token or a link is needed"},
    403: {"description": "The link is for another interaction, or this needs the token"},
}
REFUSALS: dict[int | str, dict[str, Any]] = NO_ENTRY | {
    422: {"description": "A parameter is not what is expected, or not known"},
    503: {"description": "Too much is asked just now, or there is no catalogue; header Retry-After"},
}
OF_ONE: dict[int | str, dict[str, Any]] = REFUSALS | {
    304: {"description": "As the header If-None-Match says, it is here already"},
    404: {"description": "No such interaction, or not on this machine"},
}

Name = Annotated[
    str,
    Path(
        alias="key",
        description="An interaction's key, or `demo`",
        max_length=40,
        examples=["V00_S0809_I00000582"],
    ),
]


def documented(
    shape: type, example: str, more: dict[int | str, dict[str, Any]]
) -> dict[int | str, dict[str, Any]]:
    """What a route answers: a shape with an example, and the refusals."""
    return {200: {"model": shape, "content": {"application/json": {"example": EXAMPLES[example]}}}, **more}


def parse_name(text: str) -> str:
    """A key, `demo` or `test-card`; raises `HTTPException` 422 for anything else."""
    if text in (DEMO, TEST_CARD):
        return text
    try:
        return str(InteractionKey.parse_any(text))
    except UsageError as error:
        raise HTTPException(422, str(error)) from None


def name_for(access: Access) -> Callable[..., Awaitable[str]]:
    """A dependency: the name in the address, of an interaction that whoever asks may see."""

    async def allowed(key: Name, grant: Grant = Depends(access.viewer)) -> str:
        name = parse_name(key)
        access.require(grant, name)
        return name

    return allowed


async def answered(library: Library, request: Request, question: QuestionName, **arguments: Any) -> Response:
    """What the library says to a question; raises `HTTPException`."""
    try:
        answer = await library.answer(question, may_gzip=takes_gzip(request), **arguments)
    except RefusalError as refusal:
        raise http_refusal(refusal) from None
    return json_answer(request, answer)


def interactions_router(library: Library, access: Access) -> APIRouter:
    """``/api/interactions``: the catalogue and what it leads to, but for the videos."""
    router = APIRouter(prefix="/api/interactions", tags=["interactions"], route_class=StrictQueryRoute)

    allowed = name_for(access)
    told = partial(answered, library)

    async def visitor_of_all(grant: Grant = Depends(access.viewer)) -> Grant:
        """Who may see every interaction may know which there are."""
        if not grant.covers(""):
            raise access.refusal(403, "this link opens one interaction only")
        return grant

    @router.get(
        "", summary="Which interactions there are", responses=documented(Listing, "listing", REFUSALS)
    )
    async def list_some(
        request: Request,
        wanted: Annotated[dict[str, Any], Depends(selection_of)],
        limit: Annotated[
            int | None, Query(ge=1, le=MOST_LISTED, description=f"At most so many; {USUAL_LIMIT} if not said")
        ] = None,
        offset: Annotated[
            int | None, Query(ge=0, le=1_000_000, description="Leave out the first ones")
        ] = None,
        sample: Annotated[
            int | None, Query(ge=1, le=MOST_LISTED, description="Draw so many by lot instead")
        ] = None,
        seed: Annotated[
            int | None, Query(ge=0, le=2**63 - 1, description="Another seed draws others; 0 if not said")
        ] = None,
        grant: Grant = Depends(visitor_of_all),
    ) -> Response:
        """A page of the catalogue in the order of keys, or a sample; filters as in `avatar-server list`.

        A larger sample with the same seed begins with the smaller one. `files` says what is on this machine.
        """
        if sample is None:
            if seed is not None:
                raise HTTPException(422, "seed: expected sample with it")
            window = {"limit": limit or USUAL_LIMIT, "offset": offset or 0}
        elif limit is not None or offset is not None:
            raise HTTPException(422, "sample: expected this or limit and offset, got both")
        else:
            window = {"sample": sample, "seed": seed or 0}
        return await told(request, "list", wanted=wanted, **window)

    @router.get(
        "/overview",
        summary="How many of what there are",
        responses=documented(OverviewAnswer, "overview", REFUSALS),
    )
    async def overview(
        request: Request,
        wanted: Annotated[dict[str, Any], Depends(selection_of)],
        grant: Grant = Depends(visitor_of_all),
    ) -> Response:
        """Counts of all interactions that the filters let through, and by what they are like."""
        return await told(request, "overview", wanted=wanted)

    @router.get(
        "/{key}", summary="One interaction", responses=documented(InteractionAnswer, "interaction", OF_ONE)
    )
    async def show(
        request: Request,
        name: str = Depends(allowed),
        report: Annotated[
            bool, Query(description="With the doctor's report, which takes seconds the first time")
        ] = True,
    ) -> Response:
        """People, prompts, relationship, lengths, what is on this machine, and what the doctor says of it.

        The report is kept until the files change.
        """
        try:
            answer = await library.interaction(name, with_report=report, may_gzip=takes_gzip(request))
        except RefusalError as refusal:
            raise http_refusal(refusal) from None
        return json_answer(request, answer)

    @router.get(
        "/{key}/transcript",
        summary="What was said",
        responses=documented(TranscriptAnswer, "transcript", OF_ONE),
    )
    async def transcript(request: Request, name: str = Depends(allowed)) -> Response:
        """The words of both people with their times; null for a word that the aligner could not place."""
        return await told(request, "transcript", name=name)

    @router.get(
        "/{key}/vad", summary="Who spoke when", responses=documented(VoiceActivityAnswer, "vad", OF_ONE)
    )
    async def voice_activity(request: Request, name: str = Depends(allowed)) -> Response:
        """Stretches with voice of both people."""
        return await told(request, "vad", name=name)

    @router.get(
        "/{key}/annotations",
        summary="What people wrote about it",
        responses=documented(AnnotationsAnswer, "annotations", OF_ONE),
    )
    async def annotations(request: Request, name: str = Depends(allowed)) -> Response:
        """First-person (1P) and third-person (3P) annotations of both people."""
        return await told(request, "annotations", name=name)

    @router.get(
        "/{key}/curves", summary="Face over time", responses=documented(CurvesAnswer, "curves", OF_ONE)
    )
    async def curves(
        request: Request,
        of: Annotated[
            str,
            Query(
                min_length=1,
                max_length=LONGEST_TEXT,
                description=OF,
                examples=["valence,arousal,fau:JawDrop"],
            ),
        ],
        start: Annotated[float, Query(ge=0, le=LONGEST_S, description="Seconds")] = 0.0,
        end: Annotated[
            float | None, Query(gt=0, le=LONGEST_S, description="Seconds; to the end if not said")
        ] = None,
        points: Annotated[
            int | None,
            Query(
                ge=FEWEST_POINTS,
                le=MOST_POINTS,
                description="At most so many values a curve; every frame if not said",
            ),
        ] = None,
        name: str = Depends(allowed),
    ) -> Response:
        """Emotion, valence, arousal, face action units, gaze and head of both people.

        With `points` each stretch of a curve keeps its lowest and its highest frame, at their own times, so
        that peaks of a single frame are still there, and a null where frames are missing. Times follow the
        true frame rate of the recording, which may differ between the two. Gaze is not calibrated.
        """
        if end is not None and end <= start:
            raise HTTPException(422, f"end: expected more than start, {start:g}, got {end:g}")
        return await told(request, "curves", name=name, of=of, start_s=start, end_s=end, points=points)

    return router
