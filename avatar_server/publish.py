"""Publishing: a stage of our own is sent to a server by WHIP, and again whenever that server was lost."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from avatar_server.control.commands import SetLoop
from avatar_server.control.events import Status
from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.errors import StageError, UsageError
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.webrtc_aiortc_dtls import accept_rsa_certificates
from avatar_server.sinks.webrtc_offering_peer import OfferingPeer
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.sinks.whip_session import WhipEndpoint, WhipRefusedError, WhipSession, WhipUnavailableError
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.timing.back_off import BackOff

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LAST_STATUSES = 2
"""The first status at the end of an interaction overtakes the last pictures, which leave later; the next
one, a quarter of a second after it, does not.
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published where. once: until the end of the interaction, which begins anew otherwise."""

    order: StageOrder
    camera: str
    url: str
    token: str | None = field(repr=False)
    once: bool


def publish(publication: Publication, say: Callable[[str], None]) -> int | None:
    """Publish until a signal comes, or until the end with `once`; gives the number of the signal.

    say: is told in sentences how the connection stands. Raises what opening the interaction raises,
    `WhipRefusedError` (a `UsageError`) for a server that does not take the stream, `StageError` if the
    stage ends.
    """
    webrtc_aiortc.install(loopback_only=False)
    accept_rsa_certificates()
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    try:
        return asyncio.run(_until_signal(publication, say))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _until_signal(publication: Publication, say: Callable[[str], None]) -> int | None:
    work = asyncio.create_task(_publish(publication, say), name="publishing")
    came: list[int] = []

    def end(number: int) -> None:
        if not came:  # Asking again does not disturb the goodbye.
            came.append(number)
            work.cancel()

    for number in ENDING_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    try:
        await work
    except asyncio.CancelledError:
        if not came:
            raise
    return came[0] if came else None


async def _publish(publication: Publication, say: Callable[[str], None]) -> None:
    async with WhipEndpoint(publication.url, publication.token) as endpoint:
        stage = await Stage.open(publication.order)
        try:
            if publication.camera not in stage.ready.cameras:
                known = ", ".join(stage.ready.cameras)
                raise UsageError(f"--camera: expected one of {known}, got {publication.camera!r}")
            if publication.once:
                stage.follow(SetLoop(False))
            publisher = Publisher(stage, endpoint, publication.camera, say)
            stage.join(publisher)
            await publisher.run(until_end=publication.once)
        finally:
            await stage.close()


class Publisher:
    """Keeps a stage published, in one session after the other."""

    def __init__(self, stage: Stage, endpoint: WhipEndpoint, view: str, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._endpoint = endpoint
        self._view = view
        self._say = say
        self._broadcast = Broadcast(stage, epoch_s=stage.ready.epoch_s)
        self._ice_servers: tuple[IceServer, ...] = ()
        self._connected_s: float | None = None
        """Monotonic time since which the session at hand is connected."""
        self._was_connected = False
        self._statuses_at_end = 0
        self._played = asyncio.Event()
        self._ended = asyncio.Event()

    async def run(self, *, until_end: bool) -> None:
        """Publish; returns at the end of the interaction if asked to, and is cancelled otherwise."""
        tasks = {asyncio.create_task(self._keep_published(), name="keeping published")}
        tasks.add(asyncio.create_task(self._fail_with_stage(), name="watching the stage"))
        if until_end:
            tasks.add(asyncio.create_task(_wait(self._played), name="waiting for the end"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._broadcast.close()

    def on_packet(self, packet: LivePacket) -> None:
        """Nothing: the broadcast sends packets."""

    def on_status(self, status: Status) -> None:
        """Notice the end of the interaction: nobody pauses this stage but its end."""
        at_end = self._was_connected and not status.playing
        self._statuses_at_end = self._statuses_at_end + 1 if at_end else 0
        if self._statuses_at_end >= LAST_STATUSES:
            self._played.set()

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """Tell whoever looks on."""
        self._say(f"the picture cannot be encoded: {reason}")

    def on_interrupted(self) -> None:
        """Tell whoever looks on."""
        self._say("the stage is being set up again")

    def on_resumed(self) -> None:
        """Tell whoever looks on."""
        self._say("the stage goes on")

    def on_ended(self, reason: str) -> None:
        """End with it."""
        self._ended.set()

    async def _fail_with_stage(self) -> None:
        await self._ended.wait()
        raise StageError(self._stage.end_reason or "the stage ended")

    async def _keep_published(self) -> None:
        back_off = BackOff()
        while True:
            asked_s = None
            self._connected_s = None
            try:
                reason = await self._session()
            except WhipUnavailableError as problem:
                reason, asked_s = str(problem), problem.retry_after_s
            except WhipRefusedError as problem:
                # A server that starts again may not know its own addresses yet; a wrong token stays wrong.
                if problem.by_token or not self._was_connected:
                    raise
                reason = str(problem)
            worked_s = 0.0 if self._connected_s is None else time.monotonic() - self._connected_s
            back_off = back_off.failed(worked_s)
            wait_s = back_off.wait_s(asked_s)
            self._say(f"reconnecting in {wait_s:.0f} s: {reason}")
            await asyncio.sleep(wait_s)

    async def _session(self) -> str:
        """Publish until the connection is lost; gives the reason."""
        changed = asyncio.Event()
        servers = self._ice_servers or await self._endpoint.ice_servers()
        peer = OfferingPeer(
            media_clock=self._broadcast.media_clock,
            ice_servers=servers,
            on_connected=changed.set,
            on_gone=changed.set,
        )
        self._broadcast.add(peer, self._view)
        session: WhipSession | None = None
        try:
            session = await self._endpoint.open(await peer.make_offer())
            # Candidates are gathered before the offer leaves, so these servers come in the next time.
            self._ice_servers = session.ice_servers or servers
            try:
                await peer.accept(session.answer_sdp)
            except MessageError as error:
                raise WhipRefusedError(
                    f"{self._endpoint.place} answers what cannot be followed: {error}"
                ) from error
            await changed.wait()
            if peer.connected:
                self._connected_s = time.monotonic()
                self._was_connected = True
                self._say(f"published at {self._endpoint.place}")
            while peer.gone_because is None:
                changed.clear()
                await changed.wait()
            what = "the connection for pictures and sound"
            lost = "was lost" if self._connected_s is not None else "did not come about"
            return f"{what} {lost} ({peer.gone_because})"
        finally:
            self._broadcast.remove(peer)
            await peer.close()
            if session is not None:
                await self._endpoint.end(session)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
