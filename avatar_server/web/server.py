"""Serving: the socket, the stages and the web application together, until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from avatar_server.control.strict_json import LONGEST_MESSAGE
from avatar_server.dataset.reading_choices import ReadingWords
from avatar_server.face.choice import FaceChoice
from avatar_server.logs import announcement
from avatar_server.scene.look import LookWords
from avatar_server.settings import Settings, expanded
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.stage import stage_process
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.spare import Spare
from avatar_server.stage.stage import Stage
from avatar_server.theatre.admission import Limits
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.app import web_app
from avatar_server.web.audience import MOST_GUESTS, Audience
from avatar_server.web.exports.folder import ExportFolder
from avatar_server.web.exports.queue import ExportQueue
from avatar_server.web.exports.stills import StillDesk
from avatar_server.web.fetches.queue import FetchQueue
from avatar_server.web.http_bounds import LARGEST_HEAD, BoundedHttp
from avatar_server.web.library.library import Library
from avatar_server.web.library.supply import Supply
from avatar_server.web.listening import check_tls_files, is_loopback, open_listener, url_of
from avatar_server.web.rate_limit import Rate
from avatar_server.web.websocket_bounds import BoundedWebSocket
from avatar_server.web.whep_session import WhepSessions

log = logging.getLogger(__name__)

WIDTH, HEIGHT, RATE_HZ = 1280, 720, 30

STOPPING_LIMIT_S = 3
"""Connections that are still open so long after everybody was told are cut."""

MOST_CONNECTIONS = 2 * MOST_GUESTS
"""Whoever comes beyond that hears 503."""

DESCRIPTORS = 16_384
"""Shells usually give 1024."""

OpenStage = Callable[[StageOrder], Awaitable[Stage]]


def serve(settings: Settings, *, open_stage: OpenStage | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; prints the address when somebody can connect.

    open_stage: another way to open stages, which measurements use. Raises what opening the interaction
    raises, and what `open_listener` and `check_tls_files` raise.
    """
    order = StageOrder(
        interaction=settings.interaction,
        data_dir=str(expanded(settings.data, "--data")),
        body=str(settings.body.resolve()) if settings.body else "",
        width=WIDTH,
        height=HEIGHT,
        rate_hz=RATE_HZ,
        source=settings.source,
        cache_bytes=settings.cache_size,
        filelist_url=settings.filelist_url,
        look=LookWords(
            studio="" if settings.studio == "preset" else settings.studio,
            colours=settings.colours,
            shape=settings.shape,
            hair=settings.hair,
        ),
        reading=ReadingWords(settings.units, settings.up, settings.rate, settings.sound, settings.rest_frame),
        face=FaceChoice("" if settings.face == "preset" else settings.face, settings.face_order),
    )
    order.look.read(mannequin=not order.body)  # Refuses what is wrong before anything is opened.
    order.reading.read()
    if settings.ray:
        stage_process.PROGRAM = stage_process.ON_RAY
        stage_process.ARGUMENTS = (settings.ray, repr(settings.cores_each), repr(settings.gpus_each))
    check_tls_files(settings)
    allow_many_sockets()
    with open_listener(settings) as listener:
        webrtc_aiortc.install(loopback_only=is_loopback(listener))
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_serve(order, settings, listener, open_stage))


async def _serve(
    order: StageOrder, settings: Settings, listener: socket.socket, open_stage: OpenStage | None
) -> None:
    this = asyncio.current_task()
    assert this is not None
    on_signal(this.cancel)
    access = Access(
        token=settings.token,
        allowed_hosts=(*settings.allowed_hosts, settings.host),
        allowed_origins=settings.allowed_origins,
        rate=Rate(settings.rate_limit_burst, settings.rate_limit_hz),
    )
    theatre = Theatre(
        order,
        open_stage=open_stage,
        spare=None if open_stage else Spare(),
        limits=Limits(settings.max_stages or None, settings.max_viewers or None),
        empty_limit_s=settings.empty_stage_s,
    )
    ice_servers = [IceServer(ice.url, ice.username, ice.credential) for ice in settings.ice_servers]
    audience = Audience()
    supply = Supply.of(settings)
    async with (
        theatre,
        WhepSessions(ice_servers) as whep,
        Library(supply, is_needed=lambda: audience.is_there) as library,
        FetchQueue(supply) as fetches,
        ExportQueue(supply, ExportFolder(), body=order.body, look=order.look, face=order.face) as exports,
    ):
        stills = StillDesk(exports)
        app = web_app(
            theatre,
            access,
            audience,
            whep,
            library,
            fetches,
            exports,
            stills,
            open_metrics=settings.open_metrics,
        )
        url = url_of(listener, "https" if settings.tls_cert else "http")
        server = AnnouncingServer(uvicorn_config(app, settings), announcement(settings, url))
        stopping: list[asyncio.Task[None]] = []

        async def stop() -> None:
            # Whoever waits for an answer about a recording is told as well.
            await asyncio.gather(audience.dismiss(theatre, access), library.close(), stills.close())
            server.should_exit = True

        def begin_to_stop() -> None:
            log.info("the server stops")
            if not stopping:
                stopping.append(asyncio.create_task(stop(), name="stopping"))

        on_signal(begin_to_stop)
        await server.serve(sockets=[listener])


def allow_many_sockets() -> None:
    """Take more descriptors if we may: a viewer has some, and so has whoever only knocks."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(DESCRIPTORS, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def on_signal(called: Callable[[], object]) -> None:
    """Call this from now on when somebody wants the server to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, called)


def uvicorn_config(app: object, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves `app`."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # Starlette and uvicorn name the same protocol differently.
        http=BoundedHttp,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ws=BoundedWebSocket,
        # A character has at most four bytes; what is longer is refused before it is held in memory.
        ws_max_size=4 * LONGEST_MESSAGE,
        # A status is half a kilobyte four times a second: nothing beside the pictures, and each page's state
        # of a compressor is more than all else that is kept of it.
        ws_per_message_deflate=False,
        limit_concurrency=MOST_CONNECTIONS,
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

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us: viewers are told before connections are closed."""
        yield
