"""The page of a server with a token, over TLS, in a real browser: who has a link sees the stage."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from avatar_server.bench.browser import page_permissions
from avatar_server.testing.certificates import write_certificates
from avatar_server.web.signed_key import sign_key
from tests.running_server import Server, StartServer

pytestmark = pytest.mark.browser

TOKEN = "a-token-that-nobody-knows-0123456789"
SAYS = "words => document.querySelector('#card').innerText.includes(words)"


@pytest.fixture(scope="module")
def guarded(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    files = write_certificates(folder)
    tls = ("--tls-cert", str(files["cert"]), "--tls-key", str(files["key"]))
    with start_server("test-card", folder, options=(*tls, "--token", TOKEN)) as server:
        yield server


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody without cookies, who puts up with the certificate."""
    context = browser.new_context(ignore_https_errors=True, permissions=page_permissions())
    yield context
    context.close()


def key_for(scope: str, *, lasts_s: int = 600) -> str:
    return sign_key(TOKEN, scope=scope, expires_s=int(time.time()) + lasts_s)


def watched_page(visitor: BrowserContext, card_reader: str) -> tuple[Page, list[str]]:
    """A page, and everything it says to servers outside of bodies: addresses and headers."""
    page = visitor.new_page()
    page.add_init_script(card_reader)
    said: list[str] = []
    page.on("request", lambda request: said.append(f"{request.url} {request.all_headers()}"))
    page.on("websocket", lambda socket: said.append(socket.url))
    return page, said


def test_a_link_opens_the_stage_and_leaves_no_trace(
    guarded: Server, visitor: BrowserContext, card_reader: str
) -> None:
    key = key_for("test-card")
    page, said = watched_page(visitor, card_reader)
    page.goto(f"{guarded.url}/?interaction=test-card#key={key}")
    page.wait_for_selector("html[data-state=live]")
    page.wait_for_function("() => window.card() && window.card().width === 1280")
    assert page.url == f"{guarded.url}/?interaction=test-card"
    assert page.evaluate("document.cookie") == ""
    (cookie,) = visitor.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert any("/ws" in line for line in said)
    plain = [line for line in said if "cookie" not in line.lower()]
    assert plain
    assert not [line for line in plain if key in line]
    page.reload()  # The cookie is enough from now on.
    page.wait_for_selector("html[data-state=live]")


def test_without_a_link_the_page_is_locked_and_takes_one(
    guarded: Server, visitor: BrowserContext, card_reader: str
) -> None:
    page, _ = watched_page(visitor, card_reader)
    page.goto(guarded.url)
    page.wait_for_selector("html[data-state=locked]")
    page.wait_for_function(SAYS, arg="link is needed")
    page.fill("#key-given", f"{guarded.url}/#key={key_for('', lasts_s=-1)}")
    page.press("#key-given", "Enter")
    page.wait_for_function(SAYS, arg="ask for a new one")
    assert page.locator("html[data-state=locked]").count() == 1
    page.fill("#key-given", f"{guarded.url}/#key={key_for('')}")
    page.press("#key-given", "Enter")
    page.wait_for_selector("html[data-state=live]")
