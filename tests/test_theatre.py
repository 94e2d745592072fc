"""Stages come when they are asked for and go when nobody watches; all of them play the test card."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from avatar_server.errors import StageError, UsageError
from avatar_server.sinks.recording import RecordingSink
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.theatre import MOST_STAGES, Theatre

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
        assert theatre.playing == ()

    asyncio.run(run())


def test_all_who_ask_for_an_interaction_share_its_stage() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        assert theatre.playing == ("default",), "it is warm before the first viewer"
        first, second, again = await asyncio.gather(
            theatre.stage("a"), theatre.stage("a"), theatre.stage("default")
        )
        assert first is second
        assert again is not first
        assert opener.opened == ["default", "a"]

    in_theatre(play)


def test_a_stage_closes_when_it_is_empty_but_the_default_one_stays() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        stage, sink = await theatre.stage("a"), RecordingSink()
        stage.join(sink)
        default = await theatre.stage("default")
        theatre.left("default")
        stage.leave(sink)
        theatre.left("a")
        await asyncio.wait_for(stage.ended.wait(), 20)
        assert theatre.playing == ("default",)
        assert default.end_reason is None

    in_theatre(play, empty_limit_s=0.0)


def test_empty_stages_make_room_and_watched_ones_do_not() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        stages = [await theatre.stage(f"{index}") for index in range(MOST_STAGES - 1)]
        for stage in stages[1:]:
            stage.join(RecordingSink())
        newest = await theatre.stage("newest")
        assert set(theatre.playing) == {"default", "newest", *(f"{i}" for i in range(1, MOST_STAGES - 1))}
        newest.join(RecordingSink())
        with pytest.raises(StageError, match=f"{MOST_STAGES} interactions"):
            await theatre.stage("one too many")

    in_theatre(play)


def test_what_failed_or_died_is_opened_anew_when_asked_for_again() -> None:
    async def play(theatre: Theatre, opener: Opener) -> None:
        for _ in range(2):
            with pytest.raises(UsageError, match="missing is missing"):
                await theatre.stage("missing")
        stage = await theatre.stage("a")
        stage.kill()
        await asyncio.wait_for(stage.ended.wait(), 20)
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
