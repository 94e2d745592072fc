"""The web application: the page and its WebSocket, and the routers of everything else."""

from __future__ import annotations

import contextlib
import logging

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect

from avatar_server import __version__
from avatar_server.control.events import Busy, Ended, Opening, Problem, Stopping, event_text
from avatar_server.errors import AvatarServerError, MachineFullError
from avatar_server.logs import about
from avatar_server.stage.stage import Stage
from avatar_server.theatre.openings import StoppingError
from avatar_server.theatre.theatre import DEFAULT_STAGE, Theatre
from avatar_server.web.access import Access
from avatar_server.web.api_page import ABOUT, TAGS, api_page_router
from avatar_server.web.audience import Audience, Waiting
from avatar_server.web.exports.queue import ExportQueue
from avatar_server.web.exports.router import exports_router
from avatar_server.web.exports.stills import StillDesk
from avatar_server.web.fetches.queue import FetchQueue
from avatar_server.web.fetches.router import fetches_router
from avatar_server.web.health import health_router
from avatar_server.web.http_bounds import HttpBounds
from avatar_server.web.interactions import interactions_router
from avatar_server.web.library.library import Library
from avatar_server.web.page import add_page
from avatar_server.web.request_log import RequestLog
from avatar_server.web.session import session_router
from avatar_server.web.signed_key import Grant
from avatar_server.web.stages import stages_router
from avatar_server.web.timelines import timelines_router
from avatar_server.web.videos import videos_router
from avatar_server.web.viewer import Viewer
from avatar_server.web.whep import whep_router
from avatar_server.web.whep_session import WhepSessions

log = logging.getLogger(__name__)

NO_SUCH_STAGE = "nobody watched it any more, or the server was started anew"


def web_app(
    theatre: Theatre,
    access: Access,
    audience: Audience,
    whep: WhepSessions,
    library: Library,
    fetches: FetchQueue,
    exports: ExportQueue,
    stills: StillDesk,
    *,
    open_metrics: bool,
) -> FastAPI:
    """The pages, the WebSocket and the API, for stages of `theatre`, and whom `access` lets in.

    audience: who comes by WebSocket is there. whep: likewise who comes by WHEP.
    library: the recordings. fetches: those that were asked for. exports, stills: films and pictures of them.
    """
    app = FastAPI(
        title="avatar-server",
        version=__version__,
        description=ABOUT,
        openapi_tags=TAGS,
        docs_url=None,  # FastAPI's own loads scripts from elsewhere.
        redoc_url=None,
        openapi_url=None,
    )
    app.add_middleware(HttpBounds, access=access)
    app.add_middleware(RequestLog)
    app.include_router(health_router(theatre, access, open_metrics=open_metrics))
    app.include_router(session_router(theatre, access))
    app.include_router(stages_router(theatre, access))
    app.include_router(whep_router(theatre, access, whep))
    app.include_router(interactions_router(library, access))
    app.include_router(timelines_router(library, access))
    app.include_router(videos_router(library, access))
    app.include_router(fetches_router(fetches, library, access))
    app.include_router(exports_router(exports, stills, access, theatre))
    app.include_router(api_page_router(app, access))

    async def stage_for(websocket: WebSocket, interaction: str) -> Stage | None:
        try:
            if words := theatre.opening_words(interaction):
                await websocket.send_text(event_text(Opening(words)))
            return await theatre.stage(interaction)
        except MachineFullError as error:
            await websocket.send_text(event_text(Busy(error.reason, error.retry_after_s)))
        except AvatarServerError as error:
            stops = isinstance(error, StoppingError)
            said = Stopping() if stops else Problem(library.without_paths(str(error)))
            await websocket.send_text(event_text(said))
        await websocket.close()
        return None

    async def play_for(websocket: WebSocket, stage: Stage, grant: Grant) -> None:
        viewer = Viewer(websocket, stage, theatre.broadcast(stage), whep.ice_servers)
        with audience.attending(viewer), about(stage=stage.id, viewer=viewer.id):
            log.info("viewer came by WebSocket")
            expiry = access.at_expiry(grant, lambda: viewer.on_ended("the link is over"))
            try:
                await viewer.serve()
            finally:
                if expiry is not None:
                    expiry.cancel()
            log.info("viewer left")

    @app.websocket("/ws")
    async def converse(
        websocket: WebSocket,
        interaction: str | None = None,
        stage: str | None = None,
        grant: Grant = Depends(access.viewer),
    ) -> None:
        """stage: the id of one that plays already, whatever is asked for besides."""
        named = stage is not None and stage != DEFAULT_STAGE
        found = theatre.playing(stage or "") if named else None
        # A link for one interaction opens that one, whatever is played for others.
        wanted = found.interaction if found else interaction or grant.scope or theatre.default_interaction
        access.require(grant, wanted)
        audience.check_room(access)
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            if named and found is None:
                await websocket.send_text(event_text(Ended(NO_SUCH_STAGE)))
                await websocket.close()
                return
            if found is None:
                with audience.attending(Waiting()):
                    found = await stage_for(websocket, wanted)
            if found is not None:
                await play_for(websocket, found, grant)

    add_page(app)
    return app
