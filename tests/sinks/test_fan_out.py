"""Slices, turns, and what happens to a machine that is too slow; the clock is the test's."""

from __future__ import annotations

import asyncio

import pytest

from avatar_server.sinks.fan_out import HURRY_S, SLICE_S, FanOut
from avatar_server.sinks.rtp_packetiser import RtpFrame


def frame(kind: str, index: int) -> RtpFrame:
    return RtpFrame("video" if kind == "video" else "audio", index, True, None, (b"x",), ((0, 1),))


class Hall:
    """Receivers that take `cost_s` each."""

    def __init__(self, count: int, cost_s: float) -> None:
        self.now_s = 100.0
        self.cost_s = cost_s
        self.taken: list[tuple[str, int, int]] = []
        self.skipped: list[int] = []
        self.receivers = [Taking(self, number) for number in range(count)]
        self.fan_out = FanOut(clock=lambda: self.now_s)

    async def finish(self, count: int) -> int:
        """Let the loop run until `count` were served; gives the rounds that took."""
        rounds = 0
        while len(self.taken) < count:
            rounds += 1
            await asyncio.sleep(0)
        return rounds


class Taking:
    def __init__(self, hall: Hall, number: int) -> None:
        self.hall = hall
        self.number = number

    def take(self, frame: RtpFrame) -> bool:
        self.hall.now_s += self.hall.cost_s
        self.hall.taken.append((frame.kind, frame.pts, self.number))
        return True

    def skip_to_key(self) -> None:
        self.hall.skipped.append(self.number)


def test_many_viewers_are_served_in_slices_and_each_is_served_once() -> None:
    async def serve() -> None:
        hall = Hall(30, SLICE_S / 4.5)
        hall.fan_out.send(frame("video", 1), hall.now_s, hall.receivers)
        assert len(hall.taken) == 5, "the first slice is at once"
        assert await hall.finish(30) == 5
        assert sorted(number for _, _, number in hall.taken) == list(range(30))
        skew = hall.fan_out.skew.by_kind["video"]
        assert skew.most_ms == pytest.approx(30 * SLICE_S / 4.5 * 1000)
        assert skew.mean_ms == pytest.approx(30 * SLICE_S / 9 * 1000)

    asyncio.run(serve())


def test_nobody_is_always_the_last_one() -> None:
    async def serve() -> None:
        hall = Hall(4, 0.0)
        for index in range(8):
            hall.fan_out.send(frame("video", index), hall.now_s, hall.receivers)
        firsts = [number for place, (_, _, number) in enumerate(hall.taken) if place % 4 == 0]
        assert sorted(firsts) == [0, 0, 1, 1, 2, 2, 3, 3]

    asyncio.run(serve())


def test_sound_overtakes_a_key_picture() -> None:
    async def serve() -> None:
        hall = Hall(20, SLICE_S / 3.5)
        hall.fan_out.send(frame("video", 1), hall.now_s, hall.receivers)
        hall.fan_out.send(frame("audio", 1), hall.now_s, hall.receivers)
        await hall.finish(40)
        kinds = [kind for kind, _, _ in hall.taken]
        assert kinds == ["video"] * 4 + ["audio"] * 20 + ["video"] * 16
        skew_ms = hall.fan_out.skew.skew_ms
        assert skew_ms is not None
        assert skew_ms > 0

    asyncio.run(serve())


def test_a_machine_that_is_too_slow_skips_pictures_instead_of_running_late() -> None:
    async def serve() -> None:
        hall = Hall(10, SLICE_S)
        due_s = hall.now_s
        hall.fan_out.send(frame("video", 1), due_s, hall.receivers)
        hall.now_s += 2 * HURRY_S
        hall.fan_out.send(frame("video", 2), hall.now_s, hall.receivers)
        await hall.finish(11)
        assert len(hall.skipped) == hall.fan_out.skipped == 9
        assert {number for _, index, number in hall.taken if index == 2} == set(range(10))
        hall.fan_out.cancel()

    asyncio.run(serve())
