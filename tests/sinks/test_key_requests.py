"""When a stage is asked for a key picture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from avatar_server.encode.live_packet import VideoStream
from avatar_server.sinks.departure_skew import WINDOW_S, Lateness
from avatar_server.sinks.key_requests import JOIN_SPACING_S, LOSS_SPACING_S, KeyRequests

FIRST, SECOND = VideoStream(), VideoStream("left")


class Asked:
    """Notes times and streams of requests."""

    def __init__(self) -> None:
        self.times: list[tuple[float, VideoStream]] = []
        self._news = asyncio.Event()
        self.requests = KeyRequests(self._note)

    def _note(self, stream: VideoStream) -> None:
        self.times.append((asyncio.get_running_loop().time(), stream))
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.mark.parametrize(("joining", "spacing_s"), [(True, JOIN_SPACING_S), (False, LOSS_SPACING_S)])
def test_the_first_is_answered_at_once_and_the_others_together(joining: bool, spacing_s: float) -> None:
    async def ask() -> None:
        asked = Asked()
        for stream in (FIRST, SECOND):
            asked.requests.need(stream, joining=joining)
        assert [stream for _, stream in asked.times] == [FIRST, SECOND]
        for _ in range(100):
            asked.requests.need(FIRST, joining=joining)
        await asked.until(lambda: len(asked.times) == 3)
        assert asked.times[2][1] == FIRST
        assert asked.times[2][0] - asked.times[0][0] >= spacing_s - 1e-3
        assert asked.requests.asked == 3

    asyncio.run(ask())


def test_somebody_who_joins_does_not_wait_for_somebody_who_lost_a_packet() -> None:
    async def ask() -> None:
        asked = Asked()
        asked.requests.need(FIRST, joining=True)
        asked.requests.need(FIRST, joining=False)
        later = asked.requests._timers[FIRST].when()
        asked.requests.need(FIRST, joining=True)
        sooner = asked.requests._timers[FIRST].when()
        assert later - sooner == pytest.approx(LOSS_SPACING_S - JOIN_SPACING_S)
        asked.requests.need(FIRST, joining=False)
        assert asked.requests._timers[FIRST].when() == sooner
        asked.requests.cancel()
        assert not asked.requests._timers

    asyncio.run(ask())


def test_lateness_is_of_the_last_seconds() -> None:
    lateness = Lateness()
    assert lateness.mean_ms is None
    lateness.note(0.0, 0.5, 0.6, 1)
    for tick in range(1, 80):
        lateness.note(tick / 10, 0.01 if tick % 2 else 0.03, 0.04, 7)
    assert lateness.mean_ms == pytest.approx(20, abs=1)
    assert lateness.most_ms == pytest.approx(40)
    lateness.note(7.9 + WINDOW_S + 1, 0.002, 0.002, 3)
    assert lateness.mean_ms == pytest.approx(2)
