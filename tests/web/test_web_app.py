"""The server as a whole: HTTP, the WebSocket's protocol, and how it starts, fails and stops."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from avatar_server import __version__
from avatar_server.errors import MachineError, UsageError
from avatar_server.settings import Settings
from avatar_server.web.listening import listening_socket, url_of
from avatar_server.web.server import serve
from tests.running_server import Server, StartServer

SERVE = [sys.executable, "-m", "avatar_server", "serve", "test-card", "--settings", os.devnull, "--port", "0"]


def socket_to(server: Server, query: str = "") -> ClientConnection:
    return connect(f"ws://{server.address}/ws{query}", origin=Origin(server.url))


def said(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    while True:
        message: dict[str, Any] = json.loads(connection.recv(timeout=20))
        if message["type"] == kind:
            return message


def test_pages_and_health(card_server: Server) -> None:
    assert httpx.get(f"{card_server.url}/healthz").json() == {"status": "ok", "version": __version__}
    assert httpx.head(card_server.url).status_code == 200
    assert httpx.get(f"{card_server.url}/docs").status_code == 200
    page = httpx.get(card_server.url)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    script = httpx.get(f"{card_server.url}/client/main.js")
    assert "javascript" in script.headers["content-type"]
    assert script.headers["cache-control"] == "no-cache"
    assert httpx.get(f"{card_server.url}/client/../../pyproject.toml").status_code == 404
    assert httpx.get(f"{card_server.url}/client/%2e%2e/pyproject.toml").status_code == 404


def test_a_conversation(card_server: Server) -> None:
    with socket_to(card_server) as connection:
        welcome = said(connection, "welcome")
        assert welcome["interaction"]["key"] == "test-card"
        assert [person["side"] for person in welcome["interaction"]["people"]] == ["left", "right"]
        assert welcome["size"] == [1280, 720]
        assert said(connection, "status")["rtp_timestamp"] == 0, "no picture was sent to this viewer yet"
        connection.send('{"type":"camera","name":"left"}')
        while said(connection, "status")["camera"] != "left":
            pass
        for wrong, says in (
            ('{"type":"seek"}', "time_s: missing"),
            ("nonsense", "message: not JSON"),
            (b"\x00", "message: expected text, got bytes"),
            (
                '{"type":"camera","name":"moon"}',
                "name: expected one of two-shot, left, right, auto, got 'moon'",
            ),
            ('{"type":"offer","sdp":"moon"}', "sdp: expected lines like a=mid:0"),
        ):
            connection.send(wrong)
            assert says in said(connection, "error")["message"]
        connection.send('{"type":"camera","name":"two-shot"}')
        while said(connection, "status")["camera"] != "two-shot":
            pass


def test_an_interaction_that_is_not_there_is_said_in_words(card_server: Server) -> None:
    with socket_to(card_server, "?interaction=V00_S0001_I00000001") as connection:
        assert "V00_S0001_I00000001" in said(connection, "error")["message"]
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=20)


def test_pages_of_other_sites_may_not_connect(card_server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{card_server.address}/ws", origin=Origin("http://evil.example"))
    assert refused.value.response.status_code == 403


def test_a_stage_that_dies_is_replaced_and_its_viewers_are_told(
    start_server: StartServer, tmp_path: Path
) -> None:
    quiet = ("--log-level", "error")
    with (
        start_server("test-card", tmp_path, signal.SIGTERM, options=quiet) as server,
        socket_to(server) as connection,
    ):
        said(connection, "welcome")
        stage = server.stages()[0]
        os.kill(stage, signal.SIGKILL)
        said(connection, "interrupted")
        said(connection, "resumed")
        assert said(connection, "status")["time_s"] == 0.0
        assert stage not in server.stages()


def test_who_waits_for_a_recording_is_told_what_is_done_and_when_the_server_stops(
    start_server: StartServer, tmp_path: Path
) -> None:
    ids = ("V00_S0809_I00000582_P0947", "V00_S0809_I00000582_P1275A")
    rows = "".join(f"{name},improvised,dev,0,3,1,0,0\n" for name in ids)
    head = (
        "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"
    )
    (tmp_path / "filelist.csv").write_text(f"{head}\n{rows}")
    with listening_socket("127.0.0.1", 0) as silent:
        source = ("--source", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with (
            start_server("test-card", tmp_path, options=source) as server,
            socket_to(server, "?interaction=V00_S0809_I00000582") as connection,
            ThreadPoolExecutor(1) as pool,
        ):
            wanted = {"interaction": "V00_S0809_I00000582"}
            held: list[socket.socket] = []
            posting = pool.submit(httpx.post, f"{server.url}/api/stages", json=wanted, timeout=20)
            said_first = json.loads(connection.recv(timeout=20))
            assert said_first == {
                "type": "opening",
                "reason": "What is not here of the recording is fetched.",
            }
            silent.settimeout(20)
            for _ in range(19):  # One person needs nine files, and two stages are opened.
                held.append(silent.accept()[0])
            server.process.send_signal(signal.SIGTERM)
            assert json.loads(connection.recv(timeout=20)) == {"type": "stopping"}
            answer = posting.result()
            assert (answer.status_code, answer.json()["detail"]) == (503, "the server stops")


def test_a_full_machine_says_so_and_when_to_come_again(start_server: StartServer, tmp_path: Path) -> None:
    with (
        start_server("test-card", tmp_path, options=("--max-stages", "1")) as server,
        socket_to(server) as watching,
        socket_to(server, "?interaction=demo") as refused,
    ):
        said(watching, "welcome")
        busy = said(refused, "busy")
        assert busy["reason"] == "as many stages are open as may be (1)"
        assert busy["retry_after_s"] > 0
        with pytest.raises(ConnectionClosed):
            refused.recv(timeout=20)


def stages_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split() if "stage.process" in command_line(child)]


def command_line(pid: str) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def until_gone(pid: int) -> None:
    """Wait for the end of a process that is not a child of ours."""
    with contextlib.suppress(ProcessLookupError):
        watched = os.pidfd_open(pid)
        try:
            assert select.select([watched], [], [], 30)[0], f"process {pid} is still there"
        finally:
            os.close(watched)


def test_ctrl_c_while_the_stage_is_being_opened(tmp_path: Path) -> None:
    command = [*SERVE, "--data", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (stages := stages_of(server.pid)):
        assert server.poll() is None
    server.send_signal(signal.SIGINT)
    said_out, said_err = server.communicate(timeout=30)
    assert (server.returncode, said_out, said_err) == (0, "", "")
    until_gone(stages[0])


def test_stages_do_not_outlive_a_server_that_was_killed(tmp_path: Path) -> None:
    command = [*SERVE, "--data", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    assert "http://" in server.stdout.readline()
    stages = stages_of(server.pid)
    assert stages
    server.kill()
    server.communicate()
    for stage in stages:
        until_gone(stage)


def test_a_taken_port_is_named() -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MachineError, match=f"port {port} on 127.0.0.1 is taken"):
            serve(Settings(interaction="test-card", port=port))


def test_what_cannot_be_played_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="V00_S0001_I00000001"):
        serve(Settings(interaction="V00_S0001_I00000001", port=0, data=tmp_path, source="local"))


@pytest.mark.parametrize("host", ["192.0.2.77", "no.such.host.invalid"])
def test_a_host_that_is_not_here_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match=f"--host {host}"):
        listening_socket(host, 0)


def test_the_address_printed_can_be_opened() -> None:
    with listening_socket("0.0.0.0", 0) as everywhere:
        assert url_of(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"
    if socket.has_ipv6:
        with listening_socket("::1", 0) as six:
            assert url_of(six) == f"http://[::1]:{six.getsockname()[1]}"


def test_the_page_may_load_from_and_connect_to_this_server_only(card_server: Server) -> None:
    policy = httpx.get(card_server.url).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    # One style element of a library of ours is allowed by its hash, and nothing else that stands inline.
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/=]{44}'", rules.pop("style-src"))
    own = {"'self'", "'none'", "data:", "blob:"}
    assert {source for sources in rules.values() for source in sources.split()} <= own
