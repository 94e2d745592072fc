"""Everybody with a WebSocket, and how the house is emptied when the server stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Protocol

from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access

MOST_GUESTS = 500
"""Pages at once, several times as many as one machine can send pictures to."""

FULL_RETRY_S = 10

TELLING_LIMIT_S = 1.0
"""Who does not listen is not waited for longer."""


class Guest(Protocol):
    """Somebody who can be told."""

    def on_stopping(self) -> None:
        """Say that the server stops, and hang up."""


class Waiting:
    """Somebody whose stage is being opened: the opening ends when the server stops, and its end is told."""

    def on_stopping(self) -> None:
        """Nothing: `Theatre.open_no_more` lets all who wait go on."""


class Audience:
    """Belongs to the running event loop."""

    def __init__(self) -> None:
        self._guests: set[Guest] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_there(self) -> bool:
        """Whether there is anybody."""
        return bool(self._guests)

    def check_room(self, access: Access) -> None:
        """Raise `HTTPException` 503 if there is no room for one more, who need not ask for pictures."""
        if len(self._guests) >= MOST_GUESTS:
            raise access.refusal(503, "too many pages are open", {"Retry-After": str(FULL_RETRY_S)})

    @contextlib.contextmanager
    def attending(self, guest: Guest) -> Iterator[None]:
        """The guest is there inside."""
        self._guests.add(guest)
        self._empty.clear()
        try:
            yield
        finally:
            self._guests.discard(guest)
            if not self._guests:
                self._empty.set()

    async def dismiss(self, theatre: Theatre, access: Access) -> None:
        """Let nobody in any more, tell everybody, and hang up (DTLS and RTCP say good-bye to players).

        Takes at most `TELLING_LIMIT_S`.
        """
        access.close("the server stops")
        theatre.open_no_more()
        for guest in tuple(self._guests):
            guest.on_stopping()
        peers = [peer for stage in theatre.stages for peer in theatre.broadcast(stage).peers]
        leaving: list[asyncio.Task[object]] = [asyncio.create_task(peer.close()) for peer in peers]
        leaving.append(asyncio.create_task(self._empty.wait()))
        _, pending = await asyncio.wait(leaving, timeout=TELLING_LIMIT_S)
        for late in pending:
            late.cancel()
