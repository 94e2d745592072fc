"""WHEP (draft-ietf-wish-whep): watch a stage with any player that speaks it.

`POST /api/stages/{stage}/whep` with an offer makes a session, whose URL is in the answer's header Location;
PATCH there adds candidates, DELETE ends it. Where a code is not the draft's, it is what RFC 9725 (WHIP) says.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import MachineFullError
from avatar_server.sinks.trickle_fragment import read_fragment
from avatar_server.sinks.webrtc_offer import UnfitOfferError
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.stage.stage import Stage
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.cross_origin import CrossOriginRoute, preflight
from avatar_server.web.request_body import text_body
from avatar_server.web.signed_key import Grant
from avatar_server.web.stages import StageId
from avatar_server.web.whep_session import WhepSession, WhepSessions

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"

MOST_BYTES = 64 * 1024
"""Of an offer; Chromium's for two tracks has 8 thousand."""

NOT_LIVE_RETRY_S = 2
"""A stage that died is replaced within two seconds."""

SessionId = Annotated[str, Path(description="Of the session, as in its Location")]


def whep_router(theatre: Theatre, access: Access, sessions: WhepSessions) -> APIRouter:
    """The two URLs of WHEP for all stages of a theatre; `sessions` knows the ICE servers."""
    router = APIRouter(prefix="/api/stages/{stage_id}/whep", tags=["WHEP"], route_class=CrossOriginRoute)
    links = ", ".join(ice_link(server) for server in sessions.ice_servers)

    # Not a plain function, which would run in a thread, away from the event loop that stages belong to.
    async def stage_of(stage_id: StageId, grant: Grant = Depends(access.viewer)) -> Stage:
        stage = theatre.by_id(stage_id)
        if stage is None:
            raise HTTPException(404, "there is no such stage")
        access.require(grant, stage.interaction)
        return stage

    async def session_of(session_id: SessionId, stage: Stage = Depends(stage_of)) -> WhepSession:
        session = sessions.find(stage, session_id)
        if session is None:
            raise HTTPException(404, "there is no such session, or it has ended")
        return session

    @router.post(
        "",
        status_code=201,
        response_class=PlainTextResponse,
        summary="Watch",
        responses=_answers(POSTED),
        openapi_extra=_takes(SDP, "An offer that asks for one video or one audio track or both, bundled."),
    )
    async def watch(
        request: Request,
        stage: Stage = Depends(stage_of),
        view: str = Query(PRESENTER, description="`presenter`, which people steer, or a camera"),
        grant: Grant = Depends(access.viewer),
    ) -> Response:
        """Open a session: the answer has all candidates inside, its header Location is the session.

        Picture and sound are sent until DELETE, or until the player vanishes, the stage ends, or the
        viewer's link is over.
        """
        offer = await text_body(request, SDP, MOST_BYTES)
        if view not in (PRESENTER, *stage.ready.cameras):
            raise HTTPException(404, f"there is no view {view[:80]!r}; see GET here")
        if not stage.is_live:
            raise HTTPException(409, "the stage is not live yet", {"Retry-After": str(NOT_LIVE_RETRY_S)})
        try:
            session, answer = await sessions.open(stage, theatre.broadcast(stage), view, offer)
        except UnfitOfferError as error:
            raise HTTPException(422, str(error)) from error
        except MessageError as error:
            raise HTTPException(400, str(error)) from error
        except MachineFullError as error:
            raise HTTPException(503, str(error), {"Retry-After": str(error.retry_after_s)}) from error
        session.expiry = access.at_expiry(grant, session.gone.set)
        headers = {
            "Location": f"{request.url.path}/{session.id}",
            "ETag": session.tag,
            "Accept-Patch": FRAGMENT,
        }
        return Response(answer, 201, headers | ({"Link": links} if links else {}), SDP)

    @router.head("", include_in_schema=False)
    @router.get("", summary="What can be watched", responses=_answers(LOOKED_AT))
    async def describe(stage: Stage = Depends(stage_of)) -> dict[str, Any]:
        """The stage's views, for `?view=`."""
        return {"stage": stage.id, "views": [PRESENTER, *stage.ready.cameras]}

    @router.options("", summary="CORS")
    async def accepts() -> Response:
        """What the URL accepts; asks for no token."""
        return preflight(("GET", "HEAD", "POST"), Accept_Post=SDP)

    @router.head("/{session_id}", include_in_schema=False)
    @router.get("/{session_id}", summary="How a session goes", responses=_answers(LOOKED_AT))
    async def tell(session: WhepSession = Depends(session_of)) -> Response:
        """What is sent; the header ETag names the ICE session."""
        peer = session.peer
        told = {
            "view": session.view,
            "codec": peer.codec,
            "connected": peer.connected,
            "rung": peer.stats.rung,
        }
        return JSONResponse(told, headers={"ETag": session.tag})

    @router.patch(
        "/{session_id}",
        status_code=204,
        summary="Add candidates",
        responses=_answers(PATCHED),
        openapi_extra=_takes(FRAGMENT, "Candidates (RFC 8840), and the ICE session they belong to."),
    )
    async def trickle(request: Request, session: WhepSession = Depends(session_of)) -> Response:
        """Tell addresses that the player found after its offer. An ICE restart is not possible."""
        text = await text_body(request, FRAGMENT, MOST_BYTES)
        _require_tag(request.headers.get("if-match"), session.tag)
        try:
            fragment = read_fragment(text)
        except MessageError as error:
            raise HTTPException(400, str(error)) from error
        if session.peer.offer is None or fragment.restarts(session.peer.offer):
            raise HTTPException(
                422, "ICE restarts are not possible here: DELETE the session, POST a new offer"
            )
        await session.add_candidates(fragment.candidates)
        return Response(status_code=204)

    @router.delete("/{session_id}", summary="Leave", responses=_answers(LOOKED_AT))
    async def leave(session: WhepSession = Depends(session_of)) -> Response:
        """End a session; its URL is gone afterwards. Entity tags are not looked at."""
        await sessions.close(session)
        return Response(status_code=200)

    @router.options("/{session_id}", summary="CORS")
    async def accepts_in_session() -> Response:
        """What the URL accepts; asks for no token."""
        return preflight(("GET", "HEAD", "PATCH", "DELETE"), Accept_Patch=FRAGMENT)

    return router


def ice_link(server: IceServer) -> str:
    """A STUN or TURN server as a header Link names it (RFC 9725, section 4.6)."""
    parts = [f"<{server.url}>", 'rel="ice-server"']
    if server.username is not None and server.credential is not None:
        parts += [f"username={_quoted(server.username)}", f"credential={_quoted(server.credential)}"]
        parts.append('credential-type="password"')
    return "; ".join(parts)


def _quoted(text: str) -> str:
    """A quoted-string (RFC 9110, section 5.6.4)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _require_tag(if_match: str | None, tag: str) -> None:
    """Raise `HTTPException` 428 or 412 if a request is not meant for this ICE session (RFC 9110, 13.1.1)."""
    if if_match is None:
        raise HTTPException(428, "expected If-Match with the ETag of the answer")
    if if_match.strip() != "*" and tag not in (part.strip() for part in if_match.split(",")):
        raise HTTPException(412, "If-Match names another ICE session", {"ETag": tag})


MEANINGS = {
    201: "The answer; Location, ETag, Accept-Patch and, where ICE servers are set, Link",
    204: "The candidates are added",
    400: "Malformed",
    401: "A bearer token or a link is needed",
    403: "The link is for another interaction, or the page for another site",
    404: "No such stage, view or session",
    409: "The stage is not live yet; header Retry-After",
    412: "If-Match names another ICE session",
    413: "Longer than 64 KiB",
    415: "Another Content-Type than expected",
    422: "Too many tracks, no codec in common, or an ICE restart",
    428: "No If-Match",
    429: "Too many requests; header Retry-After",
    503: "The machine is full; header Retry-After",
}
LOOKED_AT = (401, 403, 404)
POSTED = (201, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
PATCHED = (204, 400, 401, 403, 404, 412, 413, 415, 422, 428)


def _answers(codes: tuple[int, ...]) -> dict[int | str, dict[str, Any]]:
    answers: dict[int | str, dict[str, Any]] = {code: {"description": MEANINGS[code]} for code in codes}
    if 201 in answers:
        answers[201]["content"] = {SDP: {"schema": {"type": "string"}}}
        names = ("Location", "ETag", "Accept-Patch", "Link")
        answers[201]["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return answers


def _takes(media_type: str, meaning: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {"requestBody": {"required": True, "description": meaning, "content": content}}
