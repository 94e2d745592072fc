"""What those who run a server see and do: figures, readiness, and an end that viewers are told about."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import HTTPException
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from avatar_server.testing.light_receiver import LightReceiver
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.web import audience
from avatar_server.web.access import Access
from avatar_server.web.signed_key import sign_key
from tests.running_server import Server, StartServer

TOKEN = "a-token-that-nobody-knows-0123456789"
LIMIT_S = 30.0


Figures = dict[str, dict[tuple[tuple[str, str], ...], float]]


class Player:
    """A viewer by WHEP, real on the wire."""

    def __init__(self, server: Server, **headers: str) -> None:
        self.receiver = LightReceiver("127.0.0.1", Identity.make())
        self._group = ReceiverGroup()
        self._group.receivers.append(self.receiver)
        offer = {**headers, "Content-Type": "application/sdp"}
        url = f"{server.url}/api/stages/default/whep"
        self.answer = httpx.post(url, content=self.receiver.offer, headers=offer)
        assert self.answer.status_code == 201, self.answer.text
        self.url = server.url + self.answer.headers["location"]
        self.receiver.begin(self.answer.text, time.monotonic())

    def until(self, condition: Callable[[], bool]) -> None:
        """Receive until it holds."""
        deadline_s = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline_s
            select.select([self.receiver.endpoint], [], [], 0.1)
            self._group.poll()


@contextmanager
def playing(server: Server, **headers: str) -> Iterator[Player]:
    player = Player(server, **headers)
    try:
        player.until(lambda: player.receiver.joined_ns is not None)
        yield player
    finally:
        player.receiver.close()


def figures(server: Server, **headers: str) -> Figures:
    """Values by labels by name, as Prometheus would understand them."""
    answer = httpx.get(f"{server.url}/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: Figures = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def only(found: Figures, name: str) -> float:
    """The value of a figure that has one sample."""
    (value,) = found[f"avatar_server_{name}"].values()
    return value


OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def guarded(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It has a token, and room for one viewer."""
    options = ("--token", TOKEN, "--max-viewers", "1")
    with start_server("test-card", tmp_path_factory.mktemp("guarded"), options=options) as server:
        yield server


def test_figures_tell_of_a_viewer_who_comes_and_goes(start_server: StartServer, tmp_path: Path) -> None:
    """To everybody, where that was asked for; and of a stage that hangs: the server is not ready then."""
    told, options = "replaced|goes on|spare|stage process", ("--token", TOKEN, "--open-metrics")
    with start_server("test-card", tmp_path, options=options, may_say=told) as server:
        before = figures(server)
        assert only(before, "stages") == only(before, "stage_live") == 1
        assert "avatar_server_viewers" not in before
        assert before["process_resident_memory_bytes"][()] > 1e7
        with playing(server, **OPERATOR) as player:
            # The stage tells of itself a few times a second.
            player.until(lambda: "avatar_server_pictures_encoded_total" in figures(server))
            during = figures(server)
            ((labels, viewers),) = during["avatar_server_viewers"].items()
            stage = dict(labels)["stage"]
            assert viewers == 1
            assert dict(labels) == {
                "stage": stage,
                "interaction": "test-card",
                "view": "presenter",
                "codec": "h264",
                "rung": "0",
            }
            assert len(stage) == 6
            assert player.answer.headers["location"].rpartition("/")[2][:6] != stage
            assert only(during, "key_pictures_total") >= 1
            for name in ("pictures_drawn_total", "pictures_encoded_total", "draw_seconds", "encode_seconds"):
                assert only(during, name) > 0, name
            for name in ("sent_packets_total", "sent_bytes_total", "stage_memory_bytes", "most_skew_seconds"):
                assert only(during, name) > 0, name
            for name in ("nack_total", "pictures_dropped_total", "pictures_late_total", "most_queue_frames"):
                assert only(during, name) >= 0, name
            player.receiver.request_key()
            player.until(lambda: only(figures(server), "pli_total") == 1)
            full_id = httpx.get(f"{server.url}/api/stages/default", headers=OPERATOR).json()["id"]
            text = httpx.get(f"{server.url}/metrics").text
            assert full_id[:6] in text
            assert full_id not in text
            assert player.url.rpartition("/")[2] not in text
            assert httpx.delete(player.url, headers=OPERATOR).status_code == 200
            after = figures(server)
        assert "avatar_server_viewers" not in after
        assert only(after, "sent_packets_total") >= only(during, "sent_packets_total")
        assert only(after, "pli_total") == 1
        with playing(server, **OPERATOR) as player:
            is_not_ready_while_its_stage_hangs(server, player)


def is_not_ready_while_its_stage_hangs(server: Server, player: Player) -> None:
    for pid in server.stages():  # The one that plays, and the spare one.
        os.kill(pid, signal.SIGSTOP)
    statuses: list[int] = []

    def asked() -> list[int]:
        statuses.append(httpx.get(f"{server.url}/readyz").status_code)
        return statuses

    player.until(lambda: asked()[-1] == 503)
    player.until(lambda: asked()[-1] == 200)
    player.until(lambda: only(figures(server), "stage_restarts_total") == 1)
    assert only(figures(server), "stage_interrupted_seconds") > 0


def test_figures_are_for_operators(guarded: Server) -> None:
    key = sign_key(TOKEN, scope="", expires_s=int(time.time()) + 60)
    assert httpx.get(f"{guarded.url}/metrics").status_code == 401
    refused = httpx.get(f"{guarded.url}/metrics", headers={"Authorization": f"Bearer {key}"})
    assert refused.status_code == 403
    found = figures(guarded, **OPERATOR)
    assert found["avatar_server_refused_total"] == {(("status", "401"),): 1, (("status", "403"),): 1}
    assert httpx.get(f"{guarded.url}/readyz").status_code == 200, "orchestrators have no token"


def test_a_full_server_is_not_ready(guarded: Server) -> None:
    assert httpx.get(f"{guarded.url}/readyz").json() == {"status": "ready"}
    assert httpx.head(f"{guarded.url}/readyz").status_code == 200
    with playing(guarded, **OPERATOR) as player:
        full = httpx.get(f"{guarded.url}/readyz")
        assert full.status_code == 503
        assert int(full.headers["retry-after"]) > 0
        assert full.json()["status"] == "as many people watch as may (1)"
        assert httpx.get(f"{guarded.url}/healthz").status_code == 200
        assert httpx.delete(player.url, headers=OPERATOR).status_code == 200


def test_there_is_room_for_so_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "MOST_GUESTS", 2)
    house, access = audience.Audience(), Access()
    with house.attending(Somebody()):
        house.check_room(access)
        with house.attending(Somebody()), pytest.raises(HTTPException) as full:
            house.check_room(access)
        assert full.value.status_code == 503
        house.check_room(access)


class Somebody:
    def on_stopping(self) -> None:
        raise AssertionError("nobody stops")


def last_word(page: ClientConnection) -> str:
    """Type of the last message before the server closed the connection."""
    word = ""
    with contextlib.suppress(ConnectionClosed):
        while True:
            word = json.loads(page.recv(timeout=LIMIT_S))["type"]
    return word


def test_viewers_leave_when_their_link_is_over(guarded: Server) -> None:
    key = sign_key(TOKEN, scope="test-card", expires_s=int(time.time()) + 6)
    bearer = {"Authorization": f"Bearer {key}"}
    with connect(f"ws://{guarded.address}/ws", additional_headers=bearer) as page:
        with playing(guarded, **bearer) as player:
            assert last_word(page) == "ended"
            player.until(lambda: player.receiver.is_over)
        assert httpx.delete(player.url, headers=bearer).status_code == 401


def test_viewers_are_told_when_the_server_stops(start_server: StartServer, tmp_path: Path) -> None:
    """By SIGINT; of SIGTERM `tests/faults` has the same."""
    with start_server("test-card", tmp_path) as server, playing(server) as player:
        with connect(f"ws://{server.address}/ws", origin=Origin(server.url)) as page:
            assert json.loads(page.recv(timeout=LIMIT_S))["type"] == "welcome"
            server.process.send_signal(signal.SIGINT)
            assert last_word(page) == "stopping"
        player.until(lambda: player.receiver.is_over)
        ended = os.pidfd_open(server.process.pid)
        try:
            assert select.select([ended], [], [], LIMIT_S)[0], "it still runs"
        finally:
            os.close(ended)
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url)
