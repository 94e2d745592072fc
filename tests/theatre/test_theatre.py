"""Stages come when they are asked for and go when nobody watches; all of them play the test card."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from avatar_server.encode.live_packet import VideoStream
from avatar_server.errors import UsageError
from avatar_server.sinks.recording import RecordingSink
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.theatre.theatre import Theatre

BEST = frozenset({VideoStream()})
DEFAULT = StageOrder("default", data_dir="", body="", width=64, height=64, rate_hz=30)


class Opener:
    """Opens the test card whatever was ordered, and counts; `missing` is not there."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def __call__(self, order: StageOrder) -> Stage:
        self.opened.append(order.interaction)
        if order.interaction == "missing":
            raise UsageError("missing is missing")
        return await Stage.open(replace(order, interaction="test-card"))


def in_theatre(play: Callable[[Theatre, Opener], Awaitable[None]], *, empty_limit_s: float = 30.0) -> None:
    async def run() -> None:
        opener = Opener()
        async with Theatre(DEFAULT, open_stage=opener, empty_limit_s=empty_limit_s) as theatre:
            await play(theatre, opener)
        assert theatre.stages == ()

    asyncio.run(run())


def test_all_who_ask_for_an_interaction_share_its_stage() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        assert opener.opened == ["default"], "it is warm before the first viewer"
        first, second, again = await asyncio.gather(
            theatre.stage("a"), theatre.stage("a"), theatre.stage("default")
        )
        assert first is second
        assert again is not first
        assert opener.opened == ["default", "a"]

    in_theatre(play)


def test_a_stage_closes_when_it_is_empty_but_the_default_one_stays() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        default, sink = await theatre.stage("default"), RecordingSink()
        shared, own = await theatre.stage("a"), await theatre.create("a")
        for stage in (default, shared):
            stage.join(sink)
            stage.leave(sink)
        own.want(BEST, 1)
        own.want(frozenset(), 0)
        await asyncio.wait_for(asyncio.gather(shared.ended.wait(), own.ended.wait()), 20)
        assert theatre.stages == (default,)
        assert default.end_reason is None

    in_theatre(play, empty_limit_s=0.3)


def test_stages_have_ids_that_nobody_can_guess() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        default, own = await theatre.stage("default"), await theatre.create("default")
        assert own is not default
        assert theatre.by_id("default") is theatre.by_id(default.id) is default
        assert theatre.by_id(own.id) is own
        assert len({default.id, own.id}) == 2
        assert all(len(stage.id) >= 22 for stage in theatre.stages), "128 bits in base 64"
        assert theatre.by_id("") is theatre.by_id("moon") is None
        assert theatre.broadcast(own) is theatre.broadcast(own)

        sink = RecordingSink()
        own.join(sink)
        await theatre.close_stage(own.id)
        assert sink.ended == "the stage was closed"
        assert theatre.by_id(own.id) is None

        await theatre.close_stage("default")
        await asyncio.wait_for(default.ended.wait(), 20)
        ended = theatre.by_id("default")
        assert ended is default
        assert not ended.is_live
        assert (await theatre.stage("default")).is_live, "it opens anew when it is asked for"
        assert opener.opened == ["default", "default", "default"]

    in_theatre(play)


def test_what_failed_or_ended_is_opened_anew_when_asked_for_again() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        for _ in range(2):
            with pytest.raises(UsageError, match="missing is missing"):
                await theatre.stage("missing")
        stage = await theatre.stage("a")
        await theatre.close_stage(stage.id)
        assert await theatre.stage("a") is not stage
        assert opener.opened == ["default", "missing", "missing", "a", "a"]

    in_theatre(play)


def test_one_who_leaves_early_does_not_take_the_stage_from_the_others() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        impatient = asyncio.create_task(theatre.stage("a"))
        patient = asyncio.create_task(theatre.stage("a"))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).end_reason is None
        assert opener.opened == ["default", "a"]

    in_theatre(play)
