"""The server: the page, the WebSocket, and the stages behind them, until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import Depends, FastAPI, WebSocket
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from avatar_server import __version__
from avatar_server.access import Access
from avatar_server.control.events import Busy, Problem, event_text
from avatar_server.control.strict_json import LONGEST_MESSAGE
from avatar_server.errors import AvatarServerError, MachineFull
from avatar_server.http_bounds import LARGEST_HEAD, BoundedHttp, HttpBounds
from avatar_server.listening import check_tls_files, is_loopback, open_listener, url_of
from avatar_server.logs import about, announcement
from avatar_server.rate_limit import Rate
from avatar_server.request_log import RequestLog
from avatar_server.settings import Settings, resource_dir
from avatar_server.signed_key import Grant
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage import Stage
from avatar_server.theatre import Theatre
from avatar_server.web_session import session_router
from avatar_server.web_stages import stages_router
from avatar_server.web_viewer import Viewer
from avatar_server.web_whep import whep_router
from avatar_server.whep_session import WhepSessions

log = logging.getLogger(__name__)

WIDTH, HEIGHT, RATE_HZ = 1280, 720, 30

STOPPING_LIMIT_S = 3

OpenStage = Callable[[StageOrder], Awaitable[Stage]]


def web_app(theatre: Theatre, access: Access, whep: WhepSessions) -> FastAPI:
    """The pages, the WebSocket and the API, for stages of `theatre`, and whom `access` lets in."""
    page = resource_dir("web_client")
    app = FastAPI(title="avatar-server", version=__version__)
    app.add_middleware(HttpBounds, access=access)
    app.add_middleware(RequestLog)
    app.include_router(session_router(access))
    app.include_router(stages_router(theatre, access))
    app.include_router(whep_router(theatre, access, whep))

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(page / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok", "version": __version__}

    @app.websocket("/ws")
    async def converse(
        websocket: WebSocket, interaction: str | None = None, grant: Grant = Depends(access.viewer)
    ) -> None:
        # A link for one interaction opens that one, whatever is played for others.
        wanted = interaction or grant.scope or theatre.default_interaction
        access.require(grant, wanted)
        await websocket.accept()
        await _play_for(websocket, theatre, wanted)

    app.mount("/client", PageFiles(directory=page), name="client")
    return app


class PageFiles(StaticFiles):
    """The page's files, asked for anew each time: after an update no browser may mix old and new ones."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def _play_for(websocket: WebSocket, theatre: Theatre, interaction: str) -> None:
    try:
        stage = await theatre.stage(interaction)
    except MachineFull as error:
        await websocket.send_text(event_text(Busy(error.reason, error.retry_after_s)))
        await websocket.close()
        return
    except AvatarServerError as error:
        await websocket.send_text(event_text(Problem(str(error))))
        await websocket.close()
        return
    viewer = Viewer(websocket, stage, theatre.broadcast(stage))
    with about(stage=stage.id, viewer=viewer.id):
        log.info("viewer came by WebSocket")
        await viewer.serve()
        log.info("viewer left")


def serve(settings: Settings, *, open_stage: OpenStage | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; prints the address when somebody can connect.

    open_stage: another way to open stages, which measurements use. Raises what opening the interaction
    raises, and what `open_listener` and `check_tls_files` raise.
    """
    order = StageOrder(
        interaction=settings.interaction,
        data_dir=str(settings.data.expanduser()),
        body=str(settings.body.resolve()) if settings.body else "",
        width=WIDTH,
        height=HEIGHT,
        rate_hz=RATE_HZ,
    )
    check_tls_files(settings)
    with open_listener(settings) as listener:
        webrtc_aiortc.install(loopback_only=is_loopback(listener))
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_serve(order, settings, listener, open_stage))


async def _serve(
    order: StageOrder, settings: Settings, listener: socket.socket, open_stage: OpenStage | None
) -> None:
    this = asyncio.current_task()
    assert this is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, this.cancel)
    access = Access(
        token=settings.token,
        allowed_hosts=(*settings.allowed_hosts, settings.host),
        allowed_origins=settings.allowed_origins,
        rate=Rate(settings.rate_limit_burst, settings.rate_limit_hz),
    )
    ice_servers = [
        IceServer(server.url, server.username, server.credential) for server in settings.ice_servers
    ]
    spare = None if open_stage else Spare()
    async with (
        Theatre(order, open_stage=open_stage, spare=spare) as theatre,
        WhepSessions(ice_servers) as whep,
    ):
        config = uvicorn.Config(
            web_app(theatre, access, whep),
            http=BoundedHttp,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            ws="auto",
            # A character has at most four bytes; what is longer is refused before it is held in memory.
            ws_max_size=4 * LONGEST_MESSAGE,
            lifespan="off",
            log_config=None,
            access_log=False,  # Its lines have query strings in them.
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=STOPPING_LIMIT_S,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        url = url_of(listener, "https" if settings.tls_cert else "http")
        server = AnnouncingServer(config, announcement(settings, url))

        def stop() -> None:
            server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        await server.serve(sockets=[listener])


class AnnouncingServer(uvicorn.Server):
    """Says where it is once it accepts connections."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        if not self.should_exit:
            print(self._announcement, flush=True)
