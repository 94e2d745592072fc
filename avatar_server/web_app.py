"""The server: the page, the WebSocket, and the stages behind them, until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from avatar_server import __version__
from avatar_server.control.events import Problem, event_text
from avatar_server.control.strict_json import LONGEST_MESSAGE
from avatar_server.errors import AvatarServerError, MachineError, UsageError
from avatar_server.settings import resource_dir
from avatar_server.sinks import webrtc_aiortc
from avatar_server.stage.programme import StageOrder
from avatar_server.theatre import Theatre
from avatar_server.web_viewer import Viewer

log = logging.getLogger(__name__)

WIDTH, HEIGHT, RATE_HZ = 1280, 720, 30

STOPPING_LIMIT_S = 3


def web_app(theatre: Theatre) -> FastAPI:
    """The pages and the WebSocket, for stages of `theatre`."""
    page = resource_dir("web_client")
    app = FastAPI(title="avatar-server", version=__version__)

    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(page / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok", "version": __version__}

    @app.websocket("/ws")
    async def converse(websocket: WebSocket, interaction: str | None = None) -> None:
        if not is_same_origin(websocket.headers.get("origin"), websocket.headers.get("host", "")):
            await websocket.close(code=1008, reason="pages of other sites may not connect")
            return
        await websocket.accept()
        await _play_for(websocket, theatre, interaction or theatre.default_interaction)

    app.mount("/client", PageFiles(directory=page), name="client")
    return app


class PageFiles(StaticFiles):
    """The page's files, asked for anew each time: after an update no browser may mix old and new ones."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def is_same_origin(origin: str | None, host: str) -> bool:
    """Whether a WebSocket was opened by our own page, or by something that is not a browser.

    Browsers do not keep pages of other sites from opening WebSockets; they only say who asks.
    """
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


async def _play_for(websocket: WebSocket, theatre: Theatre, interaction: str) -> None:
    theatre.enter(interaction)
    try:
        stage = await theatre.stage(interaction)
    except AvatarServerError as error:
        await websocket.send_text(event_text(Problem(str(error))))
        await websocket.close()
        return
    try:
        await Viewer(websocket, stage, theatre.broadcast(stage)).serve()
    finally:
        theatre.left(interaction)


def serve(interaction_name: str, *, host: str, port: int, data_dir: Path, body: Path | None) -> None:
    """Serve until Ctrl-C or SIGTERM; prints the address when somebody can connect.

    Raises what opening the interaction raises, and `MachineError` if the port is taken.
    """
    order = StageOrder(
        interaction=interaction_name,
        data_dir=str(data_dir.expanduser()),
        body=str(body.expanduser().resolve()) if body else "",
        width=WIDTH,
        height=HEIGHT,
        rate_hz=RATE_HZ,
    )
    with listening_socket(host, port) as listener:
        webrtc_aiortc.install(loopback_only=is_loopback(listener))
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_serve(order, listener))


async def _serve(order: StageOrder, listener: socket.socket) -> None:
    this = asyncio.current_task()
    assert this is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, this.cancel)
    async with Theatre(order) as theatre:
        config = uvicorn.Config(
            web_app(theatre),
            ws="auto",
            # A character has at most four bytes; what is longer is refused before it is held in memory.
            ws_max_size=4 * LONGEST_MESSAGE,
            lifespan="off",
            log_level="warning",
            timeout_graceful_shutdown=STOPPING_LIMIT_S,
        )
        server = AnnouncingServer(config, url_of(listener))

        def stop() -> None:
            server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        await server.serve(sockets=[listener])


class AnnouncingServer(uvicorn.Server):
    """Says where it is once it accepts connections."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        if not self.should_exit:
            print(f"avatar-server plays at {self._url} (Ctrl-C stops it)", flush=True)


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; raises `UsageError` for a host that is not here, `MachineError` for a taken port."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UsageError(f"--host {host}: expected an address of this machine ({error.strerror})") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise MachineError(
                f"port {port} on {host} is taken by another program; choose another with --port"
            ) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"--host {host}: expected an address of this machine") from error
        raise MachineError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the socket."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
