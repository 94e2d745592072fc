"""How sessions by WHEP begin and end: refused while nothing can be shown, over with viewer or stage."""

from __future__ import annotations

import asyncio
import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from fastapi import FastAPI

from avatar_server.errors import MachineFullError
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.sinks.session_description import MOST_CANDIDATES
from avatar_server.sinks.webrtc_peer import IceServer, WebRtcPeer
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import AZIMUTHS_RAD, CUTS, azimuth_rad, time_code_s
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access
from avatar_server.web.stages import stages_router
from avatar_server.web.whep import ice_link, whep_router
from avatar_server.web.whep_session import WhepSession, WhepSessions
from tests.whep.conftest import WhepServer

CHROMIUM = (Path(__file__).parents[1] / "sinks/offers/chromium.sdp").read_text()
SDP = {"Content-Type": "application/sdp"}


class Player:
    """aiortc, which shares no code with the browsers."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures: asyncio.Queue[Any] = asyncio.Queue()
        self.changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connection.on("track", self._on_track)
        self.connection.on("connectionstatechange", self.changed.set)
        for kind in ("audio", "video"):
            self.connection.addTransceiver(kind, direction="recvonly")

    def _on_track(self, track: Any) -> None:
        async def collect() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    frame = await track.recv()
                    if track.kind == "video":
                        self.pictures.put_nowait(frame)

        self._tasks.add(asyncio.create_task(collect()))

    async def watch(self, client: httpx.AsyncClient, endpoint: str) -> str:
        """URL of the session, once a picture has come."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer = self.connection.localDescription.sdp
        answered = await client.post(endpoint, content=offer, headers=SDP)
        assert answered.status_code == 201, answered.text
        await self.connection.setRemoteDescription(RTCSessionDescription(answered.text, "answer"))
        async with asyncio.timeout(30):
            await self.pictures.get()
        return str(answered.headers["location"])

    async def until_closed(self) -> None:
        async with asyncio.timeout(30):
            while self.connection.connectionState != "closed":
                self.changed.clear()
                await self.changed.wait()

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._tasks)


async def until(condition: Callable[[], Any]) -> None:
    """Ask again until the answer is yes; a request to the server takes its time itself."""
    async with asyncio.timeout(30):
        while not await condition():
            pass


@pytest.mark.parametrize("who", ["viewer", "session", "stage"])
def test_a_session_ends_with_its_viewer_by_delete_or_with_the_stage(
    who: str, whep_server: WhepServer
) -> None:
    async def watch_and_leave() -> None:
        with whep_server.endpoint() as endpoint:
            async with httpx.AsyncClient(base_url=whep_server.url, headers=whep_server.headers) as client:
                player, other = Player(), Player()
                session, stays = await player.watch(client, endpoint), await other.watch(client, endpoint)
                stage = endpoint.removesuffix("/whep")
                assert (await client.get(stage)).json()["viewers"] == 2
                if who == "viewer":
                    await player.close()
                else:
                    await client.delete(session if who == "session" else stage)
                await player.until_closed()
                await player.close()

                async def is_gone() -> bool:
                    return (await client.get(session)).status_code == 404

                await until(is_gone)
                if who == "stage":
                    await other.until_closed()
                else:
                    assert (await client.get(stays)).json()["connected"]
                    assert (await client.get(stage)).json()["viewers"] == 1
                await other.close()

    asyncio.run(watch_and_leave())


def test_a_player_of_the_directors_view_sees_his_cuts(whep_server: WhepServer) -> None:
    async def watch() -> dict[float, float]:
        seen: dict[float, float] = {}
        with whep_server.endpoint() as endpoint:
            async with httpx.AsyncClient(base_url=whep_server.url, headers=whep_server.headers) as client:
                player = Player()
                await player.watch(client, f"{endpoint}?view=auto")
                async with asyncio.timeout(30):
                    while max(seen, default=0.0) < 3.2:
                        frame = await player.pictures.get()
                        luma = frame.to_ndarray(format="gray")
                        seen[time_code_s(luma)] = azimuth_rad(luma)
                await player.close()
        return seen

    seen = asyncio.run(watch())
    for time_s, azimuth in seen.items():
        assert azimuth == pytest.approx(AZIMUTHS_RAD[CUTS.camera_at(time_s)], abs=0.15), time_s
    assert min(seen) < 3.0 < max(seen), "before and after a cut"


def test_a_server_that_stops_hangs_up(
    start_server: Callable[..., AbstractContextManager[Any]], tmp_path: Path
) -> None:
    async def watch(url: str) -> Player:
        player = Player()
        async with httpx.AsyncClient(base_url=url) as client:
            await player.watch(client, "/api/stages/default/whep")
        return player

    loop = asyncio.new_event_loop()
    with start_server("test-card", tmp_path) as server:
        player = loop.run_until_complete(watch(server.url))
    loop.run_until_complete(player.until_closed())
    loop.run_until_complete(player.close())
    loop.close()


def test_a_default_stage_that_was_ended_is_not_live_and_comes_back(whep_server: WhepServer) -> None:
    with httpx.Client(base_url=whep_server.url, headers=whep_server.headers, timeout=30) as client:
        assert client.delete("/api/stages/default").status_code == 204
        refused = client.post("/api/stages/default/whep", content=CHROMIUM, headers=SDP)
        assert refused.status_code == 409
        assert int(refused.headers["retry-after"]) > 0
        while (again := client.post("/api/stages/default/whep", content=CHROMIUM, headers=SDP)).is_error:
            assert again.status_code == 409
        assert client.delete(again.headers["location"]).status_code == 200


def test_one_viewer_has_the_server_knock_at_so_many_doors_and_no_more() -> None:
    class Doors:
        def __init__(self) -> None:
            self.tried: list[str] = []

        async def add_candidates(self, candidates: Sequence[str]) -> None:
            self.tried += candidates

    async def trickle() -> list[str]:
        doors = Doors()
        session = WhepSession(cast(Stage, FakeStage()), "left", cast(WebRtcPeer, doors), asyncio.Event())
        for first in range(0, 200, 40):
            await session.add_candidates([str(first + more) for more in range(40)])
        return doors.tried

    assert asyncio.run(trickle()) == [str(door) for door in range(MOST_CANDIDATES)]


class FakeStage:
    """As much of a stage as the routes look at."""

    id = "one"
    interaction = "demo"
    is_live = True
    ready = type("Ready", (), {"cameras": ("left",)})


class FakeTheatre:
    def __init__(self, error: Exception | None = None) -> None:
        self.stage = FakeStage()
        self.error = error

    def by_id(self, stage_id: str) -> FakeStage | None:
        return self.stage if stage_id == "one" else None

    def broadcast(self, stage: Stage) -> Broadcast:
        assert self.error is not None
        raise self.error

    async def create(self, interaction: str) -> Stage:
        assert self.error is not None
        raise self.error


def ask(theatre: FakeTheatre, path: str, **body: Any) -> httpx.Response:
    """Answer of an application that has nothing but the routes."""
    app = FastAPI()
    access = Access()
    app.include_router(whep_router(cast(Theatre, theatre), access, WhepSessions()))
    app.include_router(stages_router(cast(Theatre, theatre), access))

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(path, **body)

    return asyncio.run(post())


def test_a_full_machine_says_when_to_come_again() -> None:
    theatre = FakeTheatre(MachineFullError("four stages play", 7))
    for refused in (
        ask(theatre, "/api/stages/one/whep", content=CHROMIUM, headers=SDP),
        ask(theatre, "/api/stages", json={"interaction": "demo"}),
    ):
        assert (refused.status_code, refused.json()["detail"]) == (503, "four stages play")
        assert refused.headers["retry-after"] == "7"


class _Stun(socketserver.BaseRequestHandler):
    """Tells who asks by STUN (RFC 8489) its address as it is seen from here; TURN is forbidden."""

    def handle(self) -> None:
        asked, door = self.request
        host, port = self.client_address
        if asked[:2] == b"\x00\x01":
            cookie = b"\x21\x12\xa4\x42"
            address = bytes(a ^ b for a, b in zip(map(int, host.split(".")), cookie, strict=True))
            kind = b"\x01\x01"
            told = b"\x00\x20\x00\x08\x00\x01" + (port ^ 0x2112).to_bytes(2, "big") + address
        else:
            kind, told = b"\x01\x13", b"\x00\x09\x00\x04\x00\x00\x04\x03"
        door.sendto(kind + len(told).to_bytes(2, "big") + asked[4:20] + told, self.client_address)


@pytest.fixture
def ice_server() -> Iterator[str]:
    with socketserver.UDPServer(("127.0.0.1", 0), _Stun) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_ice_servers_are_handed_on(
    ice_server: str, start_server: Callable[..., AbstractContextManager[Any]], tmp_path: Path
) -> None:
    servers = (f"stun:{ice_server}", f"turn:user:p%22w@{ice_server}")
    options = [word for server in servers for word in ("--ice-server", server)]
    with start_server("test-card", tmp_path, options=options) as server:
        endpoint = f"{server.url}/api/stages/default/whep"
        answered = httpx.post(endpoint, content=CHROMIUM, headers=SDP, timeout=20)
        assert answered.status_code == 201
        stun, turn = answered.headers["link"].split(", ")
        assert stun == f'<stun:{ice_server}>; rel="ice-server"'
        credentials = 'username="user"; credential="p\\"w"; credential-type="password"'
        assert turn == f'<turn:{ice_server}>; rel="ice-server"; {credentials}'
        httpx.delete(server.url + answered.headers["location"])


def test_names_in_links_are_quoted() -> None:
    link = ice_link(IceServer("turns:t.example:443?transport=tcp", 'a"b', "c\\d"))
    assert link.startswith('<turns:t.example:443?transport=tcp>; rel="ice-server"; username="a\\"b"; ')
    assert 'credential="c\\\\d"' in link
