"""Viewers who came by WHEP: each is a session from its offer until it, or the stage, goes."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from avatar_server.logs import about
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.session_description import MOST_CANDIDATES
from avatar_server.sinks.webrtc_offer import read_offer
from avatar_server.sinks.webrtc_peer import IceServer, WebRtcPeer
from avatar_server.stage.stage import Stage

log = logging.getLogger(__name__)


class WhepSession:
    """One viewer."""

    def __init__(self, stage: Stage, view: str, peer: WebRtcPeer, gone: asyncio.Event) -> None:
        self.id = secrets.token_urlsafe(24)
        """The last part of the session's URL; whoever knows it may end the session."""
        self.tag = f'"{secrets.token_urlsafe(9)}"'
        """Entity tag (RFC 9110, section 8.8.3) of the ICE session, which never changes: no restarts."""
        self.stage = stage
        self.view = view
        self.peer = peer
        self.gone = gone
        """Set when the viewer has left or vanished."""
        self.expiry: asyncio.TimerHandle | None = None
        """Ends the session when the viewer's link is over."""
        self._knocked = 0

    async def add_candidates(self, candidates: Sequence[str]) -> None:
        """Knock also at these addresses, as far as one viewer may have the server knock at all."""
        more = candidates[: MOST_CANDIDATES - self._knocked]
        self._knocked += len(more)
        await self.peer.add_candidates(more)


class WhepSessions:
    """All sessions of a server, by id; a context that hangs up on all of them when it is left.

    ice_servers: for players, in the header Link of an answer, and for the server's own candidates.
    """

    def __init__(self, ice_servers: Sequence[IceServer] = ()) -> None:
        self.ice_servers = tuple(ice_servers)
        self._sessions: dict[str, WhepSession] = {}
        self._attending: set[asyncio.Task[None]] = set()
        self.opened = 0
        """How many there have been."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in tuple(self._sessions.values()):
            session.gone.set()
        await asyncio.gather(*self._attending)

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, stage: Stage, session_id: str) -> WhepSession | None:
        """The session of that name, if it is one of the stage's."""
        session = self._sessions.get(session_id)
        return session if session is not None and session.stage is stage else None

    async def open(
        self, stage: Stage, broadcast: Broadcast, view: str, offer: str
    ) -> tuple[WhepSession, str]:
        """A new session and the answer to its offer.

        Raises what `WebRtcPeer.answer` raises, and `MachineFullError`.
        """
        read_offer(offer)  # What is no offer takes nobody's place.
        gone = asyncio.Event()
        peer = broadcast.new_peer(view, ice_servers=self.ice_servers, on_gone=gone.set)
        try:
            answer = await peer.answer(offer)
        except BaseException:
            broadcast.remove(peer)
            await peer.close()
            raise
        session = WhepSession(stage, view, peer, gone)
        self._sessions[session.id] = session
        self.opened += 1
        attending = asyncio.create_task(self._attend(session, broadcast), name="WHEP session")
        self._attending.add(attending)
        attending.add_done_callback(self._attending.discard)
        with about(stage=stage.id, viewer=peer.id):
            log.info("viewer came by WHEP")
        return session, answer

    async def close(self, session: WhepSession) -> None:
        """End a session; the viewer is told by DTLS. Afterwards nobody finds it any more."""
        self._sessions.pop(session.id, None)
        session.gone.set()
        if session.expiry is not None:
            session.expiry.cancel()
        await session.peer.close()

    async def _attend(self, session: WhepSession, broadcast: Broadcast) -> None:
        ends = [asyncio.create_task(end.wait()) for end in (session.gone, session.stage.ended)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            broadcast.remove(session.peer)
            await self.close(session)
        with about(stage=session.stage.id, viewer=session.peer.id):
            log.info("viewer left")
