"""One viewer's WebSocket: reads commands, tells status, and owns the viewer's WebRTC connection."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from functools import partial

from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from avatar_server import __version__
from avatar_server.control.commands import ChooseView, Offer, StageCommand, ViewCommand, parse_command
from avatar_server.control.events import (
    Answer,
    Busy,
    Ended,
    Event,
    Interrupted,
    Problem,
    Resumed,
    Status,
    Stopping,
    Welcome,
    event_text,
    status_text,
)
from avatar_server.control.strict_json import MessageError
from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER, LivePacket, VideoStream
from avatar_server.errors import MachineFullError, UsageError
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.webrtc_peer import IceServer, WebRtcPeer
from avatar_server.stage.own_views import InView
from avatar_server.stage.programme import public_name
from avatar_server.stage.stage import Stage
from avatar_server.web.own_status import of_own_view
from avatar_server.web.rate_limit import Rate, TokenBucket

OFFERS = Rate(burst=8, rate_hz=0.2)
"""Each makes a connection; a page makes one for each WebSocket."""

LONGEST_PROBLEM = 1000
"""Characters; messages quote what was wrong, which may be long."""


class Viewer:
    """An audience member with a browser; `serve` runs until the browser goes or the stage ends."""

    def __init__(
        self, socket: WebSocket, stage: Stage, broadcast: Broadcast, ice_servers: Sequence[IceServer] = ()
    ) -> None:
        self.id = secrets.token_urlsafe(12)
        """For logs; nothing can be asked for by it."""
        self._socket = socket
        self._stage = stage
        self._broadcast = broadcast
        self._ice_servers = ice_servers
        self._peer: WebRtcPeer | None = None
        self._own_view: str | None = None
        # Only the newest status is worth sending; whatever else is said must all arrive.
        self._to_say: asyncio.Queue[Event | None] = asyncio.Queue()
        self._status_waits = False
        self._offers = TokenBucket(OFFERS, time.monotonic())

    async def serve(self) -> None:
        """Talk to the browser."""
        self._stage.join(self)
        try:
            await self._tell(self._welcome())
            self._show_status()
            async with asyncio.TaskGroup() as group:
                talking = group.create_task(self._talk(), name="viewer talking")
                excess = await self._listen()
                talking.cancel()
            if excess:
                await self._close(1008, excess)
        except* WebSocketDisconnect:
            pass
        finally:
            self._stage.leave(self)
            try:
                await self._hang_up()
            finally:
                self._follow_presenter()

    def on_packet(self, packet: LivePacket) -> None:
        """Nothing: the broadcast sends packets."""

    def on_status(self, status: Status) -> None:
        """Send a status, unless one waits to be sent, which will be the newest then."""
        if not self._status_waits:
            self._status_waits = True
            self._to_say.put_nowait(status)

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """Say so, and if it was a view of one's own, be shown the presenter's again."""
        if stream.view in OWN_VIEWS:
            if stream.view != self._own_view:
                return
            self._follow_presenter()
        self._say(Problem(f"{stream.view}: {reason}"))

    def on_interrupted(self) -> None:
        """Say so: the picture stands still for a moment."""
        self._say(Interrupted("the stage is set up again"))

    def on_resumed(self) -> None:
        """Say so."""
        self._say(Resumed())

    def on_ended(self, reason: str) -> None:
        """Say so and hang up."""
        self._say(Ended(reason))
        self._to_say.put_nowait(None)

    def on_stopping(self) -> None:
        """Say so and hang up."""
        self._say(Stopping())
        self._to_say.put_nowait(None)

    def _say(self, event: Event) -> None:
        self._to_say.put_nowait(event)

    async def _tell(self, event: Event) -> None:
        """Answer at once. Who does not read what we say is not listened to either, and piles up nothing."""
        await self._send(event_text(event))

    async def _send(self, text: str) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(1006)  # Listening or talking has found out already.
        await self._socket.send_text(text)

    async def _close(self, code: int, reason: str = "") -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.close(code, reason)

    async def _talk(self) -> None:
        while (event := await self._to_say.get()) is not None:
            if isinstance(event, Status):
                self._status_waits = False
                await self._send(self._status_text(self._stage.status or event))
            else:
                await self._tell(event)
        await self._close(1000)

    async def _listen(self) -> str:
        """Follow until the browser goes: "", or why it is not listened to any longer."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return ""
            text = message.get("text")
            try:
                if text is None:
                    raise MessageError("message: expected text, got bytes")
                command = parse_command(text)
                if isinstance(command, Offer):
                    if not self._offers.take(time.monotonic()):
                        return "too many offers"
                    await self._answer(command)
                else:
                    self._do(command)
            except MachineFullError as error:
                await self._tell(Busy(error.reason, error.retry_after_s))
                return "no room"
            except (MessageError, UsageError) as error:
                await self._tell(Problem(str(error)[:LONGEST_PROBLEM]))

    def _do(self, command: ChooseView | StageCommand) -> None:
        """Raises `UsageError` for what cannot be done."""
        if isinstance(command, ChooseView):
            if command.own:
                self._take_own_view()
            else:
                self._follow_presenter()
        elif self._own_view is not None and isinstance(command, ViewCommand):
            self._stage.follow(InView(self._own_view, command))
        else:
            self._stage.follow(command)

    def _take_own_view(self) -> None:
        if self._own_view is not None:
            return
        try:
            self._broadcast.admit_own_view(self._peer)
            self._own_view = self._stage.open_view()
        except MachineFullError as full:
            raise UsageError(f"This machine has no room for a view of your own: {full.reason}") from full
        if self._peer is not None:
            self._broadcast.show(self._peer, self._own_view)
        self._show_status()

    def _follow_presenter(self) -> None:
        """Be shown what the presenter shows; the own view ends when its last picture was sent."""
        view, self._own_view = self._own_view, None
        if view is None:
            return
        if self._peer is not None:
            self._broadcast.show(self._peer, PRESENTER)
        self._broadcast.retire(view, partial(self._stage.close_view, view))
        self._show_status()

    def _show_status(self) -> None:
        if self._stage.status is not None:
            self.on_status(self._stage.status)

    async def _answer(self, offer: Offer) -> None:
        await self._hang_up()
        peer = self._broadcast.new_peer(ice_servers=self._ice_servers)
        self._peer = peer
        if self._own_view is not None:
            self._broadcast.show(peer, self._own_view)
        try:
            await self._tell(Answer(await peer.answer(offer.sdp)))
        except MessageError:
            await self._hang_up()
            raise

    async def _hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            self._broadcast.remove(peer)
            await peer.close()

    def _welcome(self) -> Welcome:
        ready = self._stage.ready
        return Welcome(
            interaction=ready.interaction,
            cameras=ready.cameras,
            stagings=ready.stagings,
            size=ready.size,
            rate_hz=ready.rate_hz,
            version=__version__,
            stage=self._stage.id,
            opened_as=public_name(self._stage.interaction),
            others=self._broadcast.viewers,
            presets=ready.presets,
            studios=ready.studios,
        )

    def _status_text(self, status: Status) -> str:
        """With the time stamp as this viewer's browser sees it, and with what it is sent."""
        if self._own_view is not None:
            status = of_own_view(status, self._stage, self._own_view)
        peer = self._peer
        if peer is None or peer.rtp_origin is None:
            return status_text(status, rtp_timestamp=0, rung=status.rung, bit_rate=status.bit_rate)
        return status_text(
            status,
            rtp_timestamp=(status.rtp_timestamp + peer.rtp_origin) & 0xFFFF_FFFF,
            rung=peer.stats.rung,
            bit_rate=round(peer.stats.sent_bps),
        )
