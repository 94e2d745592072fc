"""One stage's packets to all its viewers: cut once, sent to each, and no more encoded than somebody takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from avatar_server.control.events import Status
from avatar_server.encode.live_packet import PRESENTER, LivePacket, VideoStream
from avatar_server.errors import UsageError
from avatar_server.sinks.fan_out import FanOut
from avatar_server.sinks.key_requests import KeyRequests
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.sinks.receiver_feedback import PeerStats
from avatar_server.sinks.rtp_packetiser import Packetiser
from avatar_server.sinks.seat import Seat
from avatar_server.sinks.webrtc_peer import IceServer, WebRtcPeer

log = logging.getLogger(__name__)

REVIEW_PERIOD_S = 0.5
"""How often links are looked at."""

LINGER_S = 5.0
"""A rung that nobody takes any more is encoded for so long: who moved often comes back."""


class PacketListener(Protocol):
    """Who is told what happens on a stage."""

    def on_packet(self, packet: LivePacket) -> None:
        """A packet leaves now."""

    def on_status(self, status: Status) -> None:
        """The stage changed, or a quarter of a second has passed."""

    def on_ended(self, reason: str) -> None:
        """The stage is gone."""

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """This encoding cannot be made; the others go on."""

    def on_interrupted(self) -> None:
        """Nothing comes for a while: the stage is being replaced."""

    def on_resumed(self) -> None:
        """The stage goes on."""


class PacketSource(Protocol):
    """What a broadcast needs of a stage."""

    def join(self, listener: PacketListener) -> None:
        """Tell `listener` what happens."""

    def leave(self, listener: PacketListener) -> None:
        """Tell `listener` nothing any more."""

    def want(self, streams: frozenset[VideoStream], listeners: int) -> None:
        """Encode these streams and no others; `listeners` people hear the sound. A new one begins with a
        key picture.
        """

    def request_key(self, stream: VideoStream) -> None:
        """Make the next picture of a stream a key picture."""


class Broadcast:
    """Everybody who receives one stage, whatever way they came. Belongs to the running event loop.

    A viewer gets its view in its codec, at the rung that its link carries.
    """

    def __init__(
        self, source: PacketSource, *, epoch_s: float, media_clock: MediaClock | None = None
    ) -> None:
        """epoch_s: CLOCK_MONOTONIC at the stage's stream time 0. media_clock: the stage's, if it has one."""
        self.media_clock = media_clock or MediaClock.of(epoch_s)
        """The clock for peers of this stage."""
        self.packetiser = Packetiser()
        self.admit: Callable[[str], None] = lambda view: None
        """Asked before a viewer of this view comes; whoever sets it may raise."""
        self.admit_own_view: Callable[[WebRtcPeer | None], None] = lambda peer: None
        """Likewise before a viewer, maybe not connected yet, gets a view of its own."""
        self._source = source
        self._seats: dict[str, Seat] = {}
        self._left: dict[str, PeerStats] = {}
        self._fan_out = FanOut()
        self._keys = KeyRequests(source.request_key)
        self._joined = False
        self._wanted: tuple[frozenset[VideoStream], int] = (frozenset(), 0)
        self._taken_s: dict[VideoStream, float] = {}
        self._retiring: dict[str, Callable[[], None]] = {}
        self._review_timer: asyncio.TimerHandle | None = None

    def new_peer(
        self,
        view: str = PRESENTER,
        *,
        ice_servers: Sequence[IceServer] = (),
        on_connected: Callable[[], None] = lambda: None,
        on_gone: Callable[[], None] = lambda: None,
    ) -> WebRtcPeer:
        """A peer that is already added; answer its offer next. Raises what `admit` raises."""
        self.admit(view)
        peer = WebRtcPeer(
            media_clock=self.media_clock,
            ice_servers=ice_servers,
            on_connected=on_connected,
            on_gone=on_gone,
        )
        self.add(peer, view)
        return peer

    def add(self, peer: WebRtcPeer, view: str = PRESENTER) -> None:
        """Send `peer` a view and the sound from when it is connected until it is gone."""
        seat = Seat(peer, view, need_key=lambda stream: self._keys.need(stream, joining=True))
        self._seats[peer.id] = seat
        peer.listen(
            on_connected=lambda: self._begin(seat),
            on_gone=lambda: self.remove(peer),
            on_key_needed=lambda: self._need_key(seat, joining=False),
        )
        if peer.connected:
            self._begin(seat)

    def remove(self, peer: WebRtcPeer) -> None:
        """Send `peer` nothing any more; removing twice is fine, and closing it is its owner's."""
        seat = self._seats.pop(peer.id, None)
        if seat is not None:
            self._left[seat.came_for] = self._left.get(seat.came_for, PeerStats()) + peer.stats
            self._update_wants()

    def show(self, peer: WebRtcPeer, view: str) -> None:
        """Send `peer` another view from its next key picture on, which is asked for now.

        Sound, time stamps and all else of the connection go on. Raises `UsageError` for an unknown view.
        """
        seat = self._seats.get(peer.id)
        if seat is None or seat.view == view:
            return
        seat.show(view)
        self._update_wants()
        if seat.next_stream is not None:
            self._keys.need(seat.next_stream, joining=True)

    def retire(self, view: str, then: Callable[[], None]) -> None:
        """As soon as nobody is sent `view` any more, have it encoded no longer, and call `then`."""
        self._retiring[view] = then
        self._update_wants()

    def close(self) -> None:
        """Send nothing any more; the peers stay their owners'."""
        self._seats.clear()
        self._update_wants()
        self._fan_out.cancel()
        self._keys.cancel()

    @property
    def peers(self) -> tuple[WebRtcPeer, ...]:
        """Everybody, also who is still connecting."""
        return tuple(seat.peer for seat in self._seats.values())

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Everybody, with what is sent to whom."""
        return tuple(self._seats.values())

    def totals(self) -> dict[str, PeerStats]:
        """Counters by the view they came for, of all who are or were here."""
        sums = dict(self._left)
        for seat in self._seats.values():
            sums[seat.came_for] = sums.get(seat.came_for, PeerStats()) + seat.peer.stats
        return sums

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return sum(seat.peer.connected for seat in self._seats.values())

    @property
    def streams(self) -> frozenset[VideoStream]:
        """What the stage is asked to encode now."""
        return self._wanted[0]

    @property
    def retiring(self) -> frozenset[str]:
        """Views that were given up, of which somebody is sent the last pictures still."""
        return frozenset(self._retiring)

    @property
    def keys_asked(self) -> int:
        """Key pictures that the stage was asked for."""
        return self._keys.asked

    @property
    def fan_out(self) -> FanOut:
        """With `skew` and `skipped`."""
        return self._fan_out

    def view_of(self, peer: WebRtcPeer) -> str | None:
        """What a peer is shown."""
        seat = self._seats.get(peer.id)
        return None if seat is None else seat.view

    def on_packet(self, packet: LivePacket) -> None:
        """Send a packet to all who take it."""
        seats = [seat for seat in self._seats.values() if seat.takes(packet)]
        if seats:
            due_s = packet.due_s or asyncio.get_running_loop().time()
            self._fan_out.send(self.packetiser.frame(packet), due_s, seats)

    def on_status(self, status: Status) -> None:
        """Nothing: viewers with a page are told by their own listener."""

    def on_ended(self, reason: str) -> None:
        """Nothing leaves any more; the owners of the peers hang up."""
        self._fan_out.cancel()
        self._keys.cancel()

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """Whoever was to move there stays where it is; whoever takes it is hung up on.

        Who had it as a view of its own is shown the presenter's again.
        """
        for seat in tuple(self._seats.values()):
            seat.fail(stream, reason)
        self._update_wants()

    def on_interrupted(self) -> None:
        """Nothing: time stamps go on growing when the stage goes on."""

    def on_resumed(self) -> None:
        """Nothing: every stream begins anew with a key picture."""

    def _begin(self, seat: Seat) -> None:
        if seat.peer.id not in self._seats:
            return
        seat.begin()
        try:
            self._update_wants()
        except UsageError as error:
            if seat.stream is not None:
                self._taken_s.pop(seat.stream, None)
            seat.peer.give_up(str(error))
            return
        self._need_key(seat, joining=True)

    def _need_key(self, seat: Seat, *, joining: bool) -> None:
        if seat.stream is not None and seat.peer.id in self._seats:
            self._keys.need(seat.stream, joining=joining)

    def _review(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for seat in self._seats.values():
            seat.review(now_s)
        self._update_wants()
        for seat in self._seats.values():
            if seat.next_stream is not None:
                self._keys.need(seat.next_stream, joining=True)
            if seat.needs_key(now_s):
                self._need_key(seat, joining=False)

    def _update_wants(self) -> None:
        loop = asyncio.get_running_loop()
        connected = [seat for seat in self._seats.values() if seat.peer.connected]
        taken = {stream for seat in connected for stream in (seat.stream, seat.next_stream) if stream}
        retired = set(self._retiring) - {stream.view for stream in taken}
        if not connected:
            self._taken_s.clear()
        self._taken_s |= dict.fromkeys(taken, loop.time())
        self._taken_s = {
            stream: taken_s
            for stream, taken_s in self._taken_s.items()
            if loop.time() - taken_s < LINGER_S and stream.view not in retired
        }
        wanted = (frozenset(self._taken_s), len(connected))
        if wanted[1] and not self._joined:
            self._source.join(self)
        if wanted != self._wanted:
            self._source.want(*wanted)
            self._wanted = wanted
        for view in retired:
            self._retiring.pop(view)()
        if self._joined and not wanted[1]:
            self._source.leave(self)
        self._joined = wanted[1] > 0
        if self._review_timer is not None:
            self._review_timer.cancel()
            self._review_timer = None
        if self._joined:
            self._review_timer = loop.call_later(REVIEW_PERIOD_S, self._review)
