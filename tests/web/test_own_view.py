"""A viewer's own view over the wire: real WebSockets, and WebRTC receivers that decode what they are sent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from websockets.asyncio.client import connect

from avatar_server.bench.receivers import until_joined
from avatar_server.encode.live_packet import OWN_VIEWS
from avatar_server.stage.test_card import azimuth_rad, time_code_s
from avatar_server.testing.light_receiver import LightReceiver
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.testing.signalling import RefusedError, WebSocketSession, request
from avatar_server.testing.witness import Seen, Witness
from tests.running_server import Server

LIMIT_S = 30.0
SHIFT_S = 1000.0
"""How far readings of cameras lie apart; the card is shorter."""


def time_and_camera(luma: NDArray[np.uint8]) -> float:
    """The card's time, shifted down by a left camera and up by a right one."""
    return time_code_s(luma) + SHIFT_S * round(azimuth_rad(luma) / 0.6)


def camera_of(seen: Seen) -> str:
    return {-1: "left", 0: "two-shot", 1: "right"}[round(seen.reading / SHIFT_S)]


def time_of(seen: Seen) -> float:
    return seen.reading - SHIFT_S * round(seen.reading / SHIFT_S)


@dataclass
class Watcher:
    """A viewer as the page is one."""

    session: WebSocketSession
    receiver: LightReceiver
    group: ReceiverGroup
    statuses: list[dict[str, Any]]

    @property
    def seen(self) -> list[Seen]:
        assert self.receiver.witness
        return self.receiver.witness.seen

    @property
    def status(self) -> dict[str, Any]:
        return self.statuses[-1]

    async def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            await self.session.say(message)

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not what():
                self.group.poll()
                await asyncio.sleep(0.01)

    async def until_camera(self, camera: str, *, own: bool, looks: str = "") -> None:
        """Its picture and its status are of that camera; looks: like which one, if it has no name."""
        await self.until(
            lambda: (
                camera_of(self.seen[-1]) == (looks or camera)
                and (self.status["camera"], self.status["own"]) == (camera, own)
            )
        )

    def time_said(self, stamp: int) -> float:
        """The media time of the picture with that RTP time stamp, by the newest status."""
        ticks = (stamp - self.status["rtp_timestamp"] + 2**31) % 2**32 - 2**31
        return float(self.status["time_s"] + ticks / 90_000)


@asynccontextmanager
async def watching(
    server: Server, group: ReceiverGroup, stage: str = "", own_camera: str = ""
) -> AsyncIterator[Watcher]:
    """A viewer who has a picture, of a view of its own from the first one on if it names a camera."""
    statuses: list[dict[str, Any]] = []

    def note(message: dict[str, Any]) -> None:
        if message["type"] == "status":
            statuses.append(message)

    session = await WebSocketSession.open(server.url, None, note, stage=stage)
    receiver = LightReceiver("127.0.0.1", Identity.make(), witness=Witness(time_and_camera))
    try:
        if own_camera:
            await take_own_view(session, group)
            await session.say({"type": "camera", "name": own_camera})
        receiver.begin(await session.offer(receiver.offer), time.monotonic())
        await until_joined(receiver, group)
        group.receivers.append(receiver)
        yield Watcher(session, receiver, group, statuses)
    finally:
        if receiver in group.receivers:
            group.receivers.remove(receiver)
        receiver.close()
        await session.end()


async def refusal_of_own_view(session: WebSocketSession) -> str:
    """Ask for one: empty if the viewer has it now, or why not."""
    session.heard.pop("error", None)
    await session.say(OWN)
    try:
        async with asyncio.timeout(LIMIT_S):
            while not (await session.hear("status"))["own"]:
                del session.heard["status"]
    except RefusedError as refused:
        return str(refused)
    return ""


async def take_own_view(session: WebSocketSession, group: ReceiverGroup) -> None:
    """Ask until there is room: other tests keep the machine busy, or the server has not noticed who left."""
    async with asyncio.timeout(2 * LIMIT_S):
        while refused := await refusal_of_own_view(session):
            assert "This machine has no room for a view of your own: " in refused
            group.poll()
            await asyncio.sleep(0.1)


def run(play: Callable[[ReceiverGroup], Awaitable[None]]) -> None:
    async def playing() -> None:
        await play(ReceiverGroup())

    asyncio.run(playing())


PLACE = {"type": "look", "azimuth_rad": 0.58, "elevation_rad": 0.1, "distance_m": 3.0} | {
    "vertical_fov_rad": 0.5,
    "target_m": [0.0, 1.0, 0.5],
}
OWN, FOLLOW = {"type": "view", "own": True}, {"type": "view", "own": False}
LEFT, RIGHT, BOTH = ({"type": "camera", "name": name} for name in ("left", "right", "two-shot"))


def test_a_view_of_ones_own_and_back_on_the_same_connection(card_server: Server) -> None:
    async def play(group: ReceiverGroup) -> None:
        async with watching(card_server, group) as presenter:
            stage = presenter.session.heard["welcome"]["stage"]
            assert presenter.session.heard["welcome"]["others"] == 0
            await presenter.say({"type": "seek", "time_s": 5.0}, LEFT)
            await presenter.until_camera("left", own=False)
            async with watching(card_server, group, stage=stage) as other:
                welcome = other.session.heard["welcome"]
                assert (welcome["stage"], welcome["opened_as"], welcome["others"]) == (stage, "test-card", 1)
                await other.until_camera("left", own=False)
                await take_own_view(other.session, group)
                assert other.status["camera"] == "left", "it begins where the presenter's is"
                await other.say(PLACE)
                await other.until_camera("orbit", own=True, looks="right")
                await other.until(lambda: PLACE.items() >= (PLACE | other.status["orbit"]).items())
                await other.say(RIGHT)
                await other.until_camera("right", own=True)
                assert camera_of(presenter.seen[-1]) == "left"
                await presenter.say(BOTH)
                await presenter.until_camera("two-shot", own=False)
                assert not any(status["own"] for status in presenter.statuses)

                count = len(other.seen)
                await other.until(lambda: len(other.seen) > count + 10)
                assert {camera_of(seen) for seen in other.seen[count:]} == {"right"}
                for seen in other.seen[-5:]:
                    assert other.time_said(seen.stamp) == pytest.approx(time_of(seen), abs=0.02)
                assert other.status["draw_ms"] > 0

                await other.say({"type": "pause"})
                await presenter.until(lambda: not presenter.status["playing"])
                await other.say({"type": "play"})
                await other.say(FOLLOW)
                await other.until_camera("two-shot", own=False)
                count = len(other.seen)
                await other.until(lambda: len(other.seen) > count + 10)
                for seen in other.seen[-5:]:
                    assert other.time_said(seen.stamp) == pytest.approx(time_of(seen), abs=0.02)

                assert other.receiver.witness is not None
                assert other.receiver.witness.undecodable == 0
                assert other.receiver.key_requests == 0
                assert all(time_of(b) - time_of(a) > -0.001 for a, b in pairwise(other.seen)), "no way back"
                heard = [stamp for stamp, _ in other.receiver.witness.heard]
                assert {(b - a) % 2**32 for a, b in pairwise(heard)} == {960}, "no sound is missing"

    run(play)


def test_who_comes_with_a_wish_sees_nothing_else_and_leaves_no_view_behind(
    card_server: Server,
) -> None:
    async def play(group: ReceiverGroup) -> None:
        async with watching(card_server, group) as presenter:
            await presenter.say(BOTH)
            await presenter.until_camera("two-shot", own=False)
            async with watching(card_server, group, own_camera="right") as other:
                await other.until_camera("right", own=True)
                assert {camera_of(seen) for seen in other.seen} == {"right"}
                assert presenter.status["camera"] == "two-shot"
            guests = [await WebSocketSession.open(card_server.url) for _ in OWN_VIEWS]
            refusals = [await refusal_of_own_view(guest) for guest in guests]
            refused = await refusal_of_own_view(presenter.session)
            for said in filter(None, (*refusals, refused)):
                assert "This machine has no room for a view of your own: " in said
            assert "as many have a view of their own as may (8)" in refused or any(refusals)
            assert not presenter.status["own"]
            count = len(presenter.seen)
            await presenter.until(lambda: len(presenter.seen) > count + 5)
            for guest in guests:
                await guest.end()
            await take_own_view(presenter.session, group)
            await presenter.until_camera("two-shot", own=True)

    run(play)


def test_a_stage_that_is_not_there_is_told_to_have_ended(card_server: Server) -> None:
    async def play(group: ReceiverGroup) -> None:
        wanted = b'{"interaction": "test-card"}'
        _, _, answer = await request("POST", f"{card_server.url}/api/stages", wanted, "application/json")
        created = json.loads(answer)["id"]
        mine = await WebSocketSession.open(card_server.url, stage=created)
        assert (await mine.hear("welcome"))["stage"] == created
        other = await WebSocketSession.open(card_server.url, stage="default")
        assert (await other.hear("welcome"))["stage"] != created
        await request("DELETE", f"{card_server.url}/api/stages/{created}")
        async with asyncio.timeout(LIMIT_S):
            assert await mine.hear("ended") == {"type": "ended", "reason": "the stage was closed"}
        for gone in (created, "moon"):
            async with connect(f"ws{card_server.url.removeprefix('http')}/ws?stage={gone}") as socket:
                said = json.loads(await socket.recv())
                assert said["type"] == "ended"
                assert "nobody watched it any more" in said["reason"]
        await other.end()
        await mine.end()

    run(play)
