"""When a stage is asked for a key picture: all who need one at about the same time share it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from avatar_server.encode.live_packet import VideoStream

JOIN_SPACING_S = 0.25
"""Key pictures for somebody who joins are at least this far apart."""

LOSS_SPACING_S = 0.5
"""Key pictures for somebody who lost packets: on a bad link there is always somebody, and key pictures
take their rate from the others'."""


class KeyRequests:
    """Asks at once after a quiet time, and otherwise as soon as the spacing allows."""

    def __init__(self, ask: Callable[[VideoStream], None]) -> None:
        self._ask = ask
        self._asked_s: dict[VideoStream, float] = {}
        self._timers: dict[VideoStream, asyncio.TimerHandle] = {}
        self.asked = 0

    def need(self, stream: VideoStream, *, joining: bool) -> None:
        """Somebody needs a key picture of `stream`."""
        loop = asyncio.get_running_loop()
        spacing_s = JOIN_SPACING_S if joining else LOSS_SPACING_S
        due_s = self._asked_s.get(stream, float("-inf")) + spacing_s
        timer = self._timers.get(stream)
        if timer is not None and timer.when() <= due_s:
            return
        if timer is not None:
            timer.cancel()
        if due_s <= loop.time():
            self._ask_now(stream)
        else:
            self._timers[stream] = loop.call_at(due_s, self._ask_now, stream)

    def cancel(self) -> None:
        """Ask no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _ask_now(self, stream: VideoStream) -> None:
        self._timers.pop(stream, None)
        self._asked_s[stream] = asyncio.get_running_loop().time()
        self.asked += 1
        self._ask(stream)
