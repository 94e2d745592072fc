"""In which order packets leave, and for when: the stage began long ago, so nothing has to be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.stage.departures import Departures
from avatar_server.timing.lead import SOUND_FIRST_S

LONG_AGO_S = 10.0


def picture(index: int, *, awaited: bool = False) -> LivePacket:
    return LivePacket("video", 3000 * index, False, b"picture", VideoStream(), awaited)


class Left:
    """What has left, in order."""

    def __init__(self) -> None:
        self.packets: list[LivePacket] = []
        self._news = asyncio.Event()

    def take(self, packet: LivePacket) -> None:
        self.packets.append(packet)
        self._news.set()

    async def until(self, count: int) -> list[LivePacket]:
        async with asyncio.timeout(20):
            while len(self.packets) < count:
                self._news.clear()
                await self._news.wait()
        return self.packets


def with_departures(
    play: Callable[[Departures, Left, float], Awaitable[None]], *, began_s: float = -LONG_AGO_S
) -> None:
    async def run() -> None:
        left = Left()
        epoch_s = asyncio.get_running_loop().time() + began_s
        departures = Departures(epoch_s, left.take)
        await play(departures, left, epoch_s)
        departures.cancel()

    asyncio.run(run())


def test_a_moved_picture_is_due_by_the_stream_all_the_same_and_keeps_its_place() -> None:
    async def play(departures: Departures, left: Left, epoch_s: float) -> None:
        for index in range(6):
            departures.add(picture(index, awaited=index in (2, 3)))
        packets = await left.until(6)
        assert [packet.pts for packet in packets] == [3000 * index for index in range(6)]
        waits_s = [packet.due_s - epoch_s - packet.pts / 90_000 for packet in packets]
        # The wait grows a little from picture to picture, because these are late.
        assert max(waits_s) - min(waits_s) < 0.005
        departures.add(LivePacket("audio", 48_000, True, b"sound"))
        packets = await left.until(7)
        assert packets[-1].due_s == pytest.approx(epoch_s + 1.0 + departures.lead_s - SOUND_FIRST_S)

    with_departures(play)


def test_pictures_of_a_view_that_moves_do_not_change_the_wait_of_the_others() -> None:
    async def play(departures: Departures, left: Left, epoch_s: float) -> None:
        before_s = departures.lead_s
        for index in range(60):
            departures.add(picture(index, awaited=True))
        assert departures.lead_s == before_s
        departures.add(picture(60))
        assert departures.lead_s > before_s, "this one came seconds late"

    with_departures(play)


def test_a_moved_picture_leaves_first_of_two_that_are_held() -> None:
    """Both lie in the future, one period apart; the moved one overtakes none, but waits less."""

    async def play(departures: Departures, left: Left, epoch_s: float) -> None:
        sooner = Departures(epoch_s, left.take)
        departures.add(picture(1))
        sooner.add(picture(1, awaited=True))
        packets = await left.until(2)
        assert [packet.awaited for packet in packets] == [True, False]
        assert packets[0].due_s == pytest.approx(packets[1].due_s, abs=0.001)
        sooner.cancel()

    with_departures(play, began_s=0.2)
