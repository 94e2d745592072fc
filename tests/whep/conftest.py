"""Players for WHEP: pages of another origin in Chromium and Firefox, and a GStreamer program."""

from __future__ import annotations

import functools
import http.server
import itertools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from avatar_server.bench.browser import is_alone

HERE = Path(__file__).parent

PREFERENCES = {
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    # Without the OpenH264 plug-in, which would have to be downloaded, Firefox ESR takes VP8.
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-gmpopenh264.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
}
"""For a browser that is reached on the loopback interface only and asks nobody on the network."""


class Firefox:
    """One page of a headless Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi)."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.do("session.new", {"capabilities": {}})
        self._page = self.do("browsingContext.getTree")["contexts"][0]["context"]

    def do(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of a command."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters or {}}))
        while (said := json.loads(self._connection.recv(timeout=60))).get("id") != number:
            pass
        assert said["type"] == "success", said
        result: dict[str, Any] = said["result"]
        return result

    def goto(self, url: str) -> None:
        self.do("browsingContext.navigate", {"context": self._page, "url": url, "wait": "complete"})

    def evaluate(self, expression: str) -> Any:
        """Value of an expression, awaited if it is a promise; it must survive JSON."""
        result = self.do(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify(await ({expression})))()",
                "target": {"context": self._page},
                "awaitPromise": True,
                "userActivation": True,
            },
        )
        assert result["type"] == "success", result["exceptionDetails"]["text"]
        return json.loads(result["result"].get("value", "null"))


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    program = shutil.which("firefox-esr")
    if program is None:
        pytest.skip("no Firefox here: apt-get install firefox-esr")
    if is_alone():
        pytest.skip("Firefox finds out its addresses by a route to elsewhere, and there is none here")
    profile = tmp_path_factory.mktemp("firefox")
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    process = subprocess.Popen(
        [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        found = next(filter(None, (re.search(r"ws://\S+", line) for line in process.stderr)))
        # Whoever does not read what it says stops it when the pipe is full.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        with connect(f"{found[0]}/session", max_size=None) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(timeout=30)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def player_url() -> Iterator[str]:
    """The page of a player that is no part of the server: it has another origin."""
    handler = functools.partial(_Quiet, directory=str(HERE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/player.html"
        server.shutdown()


@dataclass(frozen=True)
class WhepServer:
    """A server that wants a token."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @contextmanager
    def endpoint(self) -> Iterator[str]:
        """WHEP of a stage of its own, which begins when somebody watches."""
        made = httpx.post(f"{self.url}/api/stages", json={"interaction": "test-card"}, headers=self.headers)
        stage = urljoin(self.url, made.headers["location"])
        try:
            yield f"{stage}/whep"
        finally:
            httpx.delete(stage, headers=self.headers)


@pytest.fixture(scope="session")
def whep_server(
    start_server: Callable[..., AbstractContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WhepServer]:
    """Serves the test card to who has the token, as often as they want."""
    token = "a-token-of-sufficient-length"
    folder = tmp_path_factory.mktemp("whep")
    (folder / "token").write_text(token)
    often = ("--rate-limit-burst", "100000", "--rate-limit-hz", "100000")
    options = ("--token-file", str(folder / "token"), *often)
    with start_server("test-card", folder, options=options) as server:
        yield WhepServer(server.url, token)
