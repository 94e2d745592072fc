"""A server with a token, over real sockets: who gets in, by which way, and what is written about it."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from avatar_server.cli import main
from avatar_server.settings import Settings
from avatar_server.testing.certificates import write_certificates
from avatar_server.testing.light_receiver import LightReceiver
from avatar_server.testing.receiver_link import Identity
from avatar_server.web.listening import is_loopback, open_listener
from avatar_server.web.signed_key import sign_key
from tests.running_server import Server, StartServer

TOKEN = "a-token-that-nobody-knows-0123456789"
TURN_PASSWORD = "turn-pass-word-98765"


@pytest.fixture(scope="module")
def guarded(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "token").write_text(TOKEN + "\n")
    with start_server("test-card", folder, options=("--token-file", str(folder / "token"))) as server:
        yield server


def key_of(link: str) -> str:
    return link.strip().partition("#key=")[2]


def link_for(server: Server, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call = ["link", "--settings", os.devnull, "--token", TOKEN, "--url", server.url]
    assert main([*call, *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "without a token everybody may come in; expected the server's --token-file"),
        (("--token", TOKEN, "--hours", "0"), "--hours: expected more than 0 and at most 87600 hours, got 0"),
        (("--token", TOKEN, "--hours", "soon"), "--hours: expected hours, got 'soon'"),
        (("--token-file", "/none"), "--token-file: expected a file that is there, got '/none'"),
    ],
)
def test_a_link_that_cannot_be_made(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "--settings", os.devnull, *options]) == 2
    assert said in capsys.readouterr().err


def status_of_socket(server: Server, query: str = "", **headers: str) -> int:
    """101, or with what the handshake was refused."""
    try:
        with connect(f"ws://{server.address}/ws{query}", additional_headers=headers) as connection:
            assert json.loads(connection.recv(timeout=20))["type"] == "welcome"
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_without_a_key_only_the_empty_page_is_there(guarded: Server) -> None:
    assert httpx.get(guarded.url).status_code == 200
    assert httpx.get(f"{guarded.url}/client/main.js").status_code == 200
    assert httpx.get(f"{guarded.url}/healthz").status_code == 200
    assert httpx.get(f"{guarded.url}/docs").status_code == 401
    refused = httpx.get(f"{guarded.url}/api/session")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert "link is needed" in refused.json()["detail"]
    assert status_of_socket(guarded) == 401
    assert status_of_socket(guarded, Authorization="Bearer wrong") == 401
    assert status_of_socket(guarded, Authorization=f"Bearer {TOKEN}") == 101


def test_a_link_lets_people_in_by_a_cookie(guarded: Server, capsys: pytest.CaptureFixture[str]) -> None:
    link = link_for(guarded, capsys, "test-card", "--hours", "2")
    assert link.startswith(f"{guarded.url}/?interaction=test-card#key=")
    assert TOKEN not in link
    with httpx.Client(base_url=guarded.url, headers={"Origin": guarded.url}) as browser:
        entered = browser.post("/api/session", json={"key": key_of(link)})
        assert entered.status_code == 204
        cookie = entered.headers["set-cookie"]
        for word in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert 7190 < int(re.search(r"Max-Age=(\d+)", cookie)[1]) <= 7200  # type: ignore[index]
        assert browser.get("/api/session").json()["interaction"] == "test-card"
        shown = cookie.partition(";")[0]
        assert status_of_socket(guarded, Cookie=shown, Origin=guarded.url) == 101
        assert status_of_socket(guarded, "?interaction=test-card", Cookie=shown) == 101
        assert status_of_socket(guarded, "?interaction=demo", Cookie=shown) == 403
        assert status_of_socket(guarded, Cookie=shown, Origin="http://evil.example") == 403
        assert browser.post("/api/session", json={"key": "wrong"}).status_code == 401
        assert browser.post("/api/session", json={"key": "x" * 5000}).status_code == 422
        foreign = {"Origin": "http://evil.example"}
        assert browser.post("/api/session", json={"key": key_of(link)}, headers=foreign).status_code == 403
        assert browser.get("/api/fetches").status_code == 403, "a link is for watching"
        with_token = browser.post("/api/session", json={"key": TOKEN})
        assert with_token.status_code == 204
        assert TOKEN not in with_token.headers["set-cookie"]
        assert browser.get("/api/fetches").status_code == 200
        assert browser.get("/api/exports").status_code == 200
        assert browser.get("/api/fetches", headers=foreign).status_code == 403
    past = sign_key(TOKEN, scope="", expires_s=int(datetime.now(UTC).timestamp()) - 1)
    assert status_of_socket(guarded, Authorization=f"Bearer {past}") == 401


def test_a_link_for_one_interaction_opens_no_other_stage(guarded: Server) -> None:
    def bearer(shown: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {shown}"}

    def key(scope: str) -> dict[str, str]:
        return bearer(sign_key(TOKEN, scope=scope, expires_s=2_000_000_000))

    stage = httpx.get(f"{guarded.url}/api/stages/default", headers=bearer(TOKEN)).json()["id"]
    assert status_of_socket(guarded, f"?stage={stage}", **key("test-card")) == 101
    assert status_of_socket(guarded, f"?stage={stage}", **key("demo")) == 403
    assert status_of_socket(guarded, f"?stage={stage}&interaction=demo", **key("demo")) == 403
    for query, scope, status in (
        (f"stage={stage}", "test-card", 200),
        (f"stage={stage}&interaction=demo", "demo", 403),
        ("stage=moon", "demo", 200),
        ("interaction=test-card", "demo", 403),
        ("interaction=demo", "demo", 200),
    ):
        answer = httpx.get(f"{guarded.url}/api/session?{query}", headers=key(scope))
        assert answer.status_code == status, (query, scope)


def test_many_requests_are_put_off(start_server: StartServer, tmp_path: Path) -> None:
    """By a server beyond this machine: with a token, or without one on purpose."""
    with open_listener(Settings(host="0.0.0.0", port=0, token=TOKEN)) as listener:
        assert not is_loopback(listener)
    limits = ("--rate-limit-burst", "3", "--rate-limit-hz", "0.01", "--trusted-proxy", "127.0.0.1")
    options = ("--host", "0.0.0.0", "--insecure", *limits)
    with start_server("test-card", tmp_path, options=options) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        for _ in range(3):
            assert httpx.post(f"{server.url}/api/session", json={"key": ""}).status_code == 204
        put_off = httpx.post(f"{server.url}/api/session", json={"key": ""})
        assert put_off.status_code == 429
        assert 90 <= int(put_off.headers["retry-after"]) <= 100
        assert status_of_socket(server) == 429
        assert httpx.get(server.url).status_code == 200
        other = {"X-Forwarded-For": "198.51.100.7"}
        assert httpx.post(f"{server.url}/api/session", json={"key": ""}, headers=other).status_code == 204


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--host", "0.0.0.0"), 2, "--host 0.0.0.0: beyond this machine a token is needed"),
        (("--host", "::"), 2, "--token-file FILE, or --insecure"),
        (("--tls-cert", "{cert}"), 2, "--tls-key: TLS needs a certificate and its key"),
        (("--tls-cert", "{key}", "--tls-key", "{key}"), 2, "{key}: expected a certificate in PEM"),
        (("--tls-cert", "{cert}", "--tls-key", "{cert}"), 2, "{cert}: expected a private key without"),
        (("--tls-cert", "{cert}", "--tls-key", "{other}"), 2, "{other}: expected the key of the certificate"),
        (("--tls-cert", "{cert}", "--tls-key", "{locked}"), 2, "{locked}: expected a private key without"),
        (("--tls-cert", "{folder}/none", "--tls-key", "{key}"), 2, "--tls-cert: expected a file that is"),
    ],
)
def test_what_cannot_be_served_safely_is_refused(
    options: tuple[str, ...], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = write_certificates(tmp_path) | {"folder": tmp_path}
    call = ["serve", "test-card", "--settings", os.devnull, "--port", "0"]
    assert main([*call, *(option.format(**names) for option in options)]) == status
    complaint = capsys.readouterr().err
    assert said.format(**names) in complaint
    assert len(complaint.splitlines()) == 1


def test_tls(start_server: StartServer, tmp_path: Path) -> None:
    files = write_certificates(tmp_path)
    options = ("--tls-cert", str(files["cert"]), "--tls-key", str(files["key"]), "--token", TOKEN)
    with start_server("test-card", tmp_path, options=options) as server:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(files["cert"]))
        assert httpx.get(server.url, verify=trusting).status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(server.url)
        entered = httpx.post(f"{server.url}/api/session", json={"key": TOKEN}, verify=trusting)
        assert "Secure" in entered.headers["set-cookie"]
        cookie = {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
        address = f"wss://{server.address}/ws"
        patient = partial(connect, address, ssl=trusting, additional_headers=cookie, open_timeout=30)
        with patient(origin=Origin(server.url)) as socket:
            assert json.loads(socket.recv(timeout=20))["type"] == "welcome"
        # The page of the same host without TLS may be anybody's who sits between.
        plain = Origin(server.url.replace("https", "http"))
        with pytest.raises(InvalidStatus) as refused:
            patient(origin=plain)
        assert refused.value.response.status_code == 403


def whole_log(tmp_path: Path, log_format: str, work: Callable[[str], None]) -> str:
    """Everything a server writes at its most talkative while it is made use of."""
    turn = f"turn:person:{TURN_PASSWORD}@127.0.0.1:9?transport=tcp"
    command = [sys.executable, "-m", "avatar_server", "serve", "test-card", "--settings", os.devnull]
    options = ["--port", "0", "--data", str(tmp_path), "--log-level", "debug", "--log-format", log_format]
    server = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "AVATAR_SERVER_TOKEN": TOKEN, "AVATAR_SERVER_ICE_SERVERS": turn},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout
        begun = server.stdout.readline()
        found = re.search(r"http://[^\s\"]+", begun)
        assert found, begun
        work(found[0])
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=30)
    finally:
        server.kill()
    assert server.returncode == 0
    return begun + out + err


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_written(log_format: str, tmp_path: Path) -> None:
    key = sign_key(TOKEN, scope="", expires_s=int(datetime.now(UTC).timestamp()) + 60)
    ids: list[str] = []

    def work(url: str) -> None:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        httpx.get(f"{url}/api/session", headers=bearer)
        httpx.get(f"{url}/{TOKEN}?token={TOKEN}&key={key}", headers={"Referer": f"{url}/#key={key}"})
        httpx.get(f"{url}/a%0Ab/{key}")
        cookie = httpx.post(f"{url}/api/session", json={"key": key}).headers["set-cookie"].partition(";")[0]
        address = url.replace("http", "ws") + f"/ws?token={TOKEN}"
        with connect(address, additional_headers={"Cookie": cookie}) as connection:
            connection.send(json.dumps({"type": "camera", "name": TOKEN}))
            while json.loads(connection.recv(timeout=20))["type"] != "error":
                pass
        with pytest.raises(InvalidStatus):
            connect(address, additional_headers={"Authorization": f"Bearer {key}x"})
        ids.append(httpx.get(f"{url}/api/stages/default", headers=bearer).json()["id"])
        player = LightReceiver("127.0.0.1", Identity.make())
        offer = {**bearer, "Content-Type": "application/sdp"}
        watched = f"{url}/api/stages/{ids[0]}/whep"
        session = httpx.post(watched, content=player.offer, headers=offer).headers["location"]
        ids.append(session.rpartition("/")[2])
        assert httpx.delete(url + session, headers=bearer).status_code == 200
        player.close()

    written = whole_log(tmp_path, log_format, work)
    for secret in (TOKEN, TURN_PASSWORD, key, key.rpartition(".")[2], *ids):
        assert secret not in written
    for name in ids:
        assert f"{name[:6]}..." in written
    lines = written.splitlines()
    said = [line for line in lines if "WEBSOCKET /ws 101" in line]
    assert len(said) == 1
    if log_format == "json":
        parsed: list[dict[str, Any]] = [json.loads(line) for line in lines]
        assert {"time", "level", "logger", "message"} <= parsed[-1].keys()
        joined = [line for line in parsed if line["message"].startswith("viewer came")]
        assert [line["message"] for line in joined] == ["viewer came by WebSocket", "viewer came by WHEP"]
        assert len(joined[0]["stage"]) == len(joined[0]["viewer"]) == 6
    else:
        assert any(
            re.search(r"Z INFO avatar_server\.\S+ \[stage \S{6} viewer \S{6}\] viewer came", line)
            for line in lines
        )
        assert any(r"/a\nb/" in line for line in lines)
