"""What the page says and does when things are not as usual, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from avatar_server.testing.synthetic_interaction import synthesize
from avatar_server.web.listening import listening_socket
from tests.running_server import Server, StartServer

pytestmark = pytest.mark.browser


SAYS = "words => document.querySelector('#card').innerText.includes(words)"


def test_a_server_that_goes_and_comes_back(
    browser: Browser,
    start_server: StartServer,
    tmp_path: Path,
    card_reader: str,
) -> None:
    with listening_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    page = browser.new_page()
    page.add_init_script(card_reader)
    with start_server("test-card", tmp_path, port=port) as server:
        page.goto(server.url)
        page.wait_for_selector("html[data-state=live]")
        page.wait_for_function("() => document.querySelector('#state-words').textContent === 'Live'")
        page.keyboard.press("Space")
        page.wait_for_selector("#play[aria-label=Play]")
        page.locator("#seek").fill("31.5")
        # The bar shows at once where it was pulled; the place is reached when its picture is seen.
        page.wait_for_function("() => card() && Math.abs(card().time_s - 31.5) < 0.05")
        page.wait_for_function("() => Math.abs(Number(document.querySelector('#seek').value) - 31.5) < 0.05")
    page.wait_for_selector("html[data-state=reconnecting], html[data-state=ended]")
    page.wait_for_selector("#card-action", state="visible")
    with start_server("test-card", tmp_path, port=port):
        if page.locator("html[data-state=ended]").count():
            page.click("#card-action")
        page.wait_for_selector("html[data-state=live]")
        page.wait_for_function("() => Math.abs(Number(document.querySelector('#seek').value) - 31.5) < 0.2")
    page.close()


def test_an_interaction_that_is_not_there_is_said_on_the_page(page: Page, card_server: Server) -> None:
    page.goto(f"{card_server.url}/?interaction=V00_S0001_I00000001")
    page.wait_for_selector("html[data-state=failed]")
    page.wait_for_function(SAYS, arg="V00_S0001_I00000001")
    assert page.locator("#card-action").inner_text() == "Try again"


def test_a_browser_without_a_network_is_told_so(page: Page, card_server: Server) -> None:
    page.add_init_script(
        """
        // Relays only, and there are none: the browser finds no address, as on a machine without a network.
        const Original = RTCPeerConnection;
        window.RTCPeerConnection = class extends Original {
          constructor(given) { super({ ...given, iceTransportPolicy: "relay" }); }
        };
        """
    )
    page.goto(card_server.url)
    page.wait_for_selector("html[data-state=failed]")
    page.wait_for_function(SAYS, arg="no network address")


@pytest.mark.opengl
def test_a_recording_that_is_not_well_says_why(
    page: Page,
    start_server: StartServer,
    tmp_path: Path,
) -> None:
    """First one that cannot be played; then others are put in its place."""
    broken = synthesize(tmp_path, seconds=3.0, quirks=("truncated-npz",))
    with start_server("test-card", tmp_path) as server:
        page.goto(f"{server.url}/?interaction={broken.key}")
        page.wait_for_selector("#card-reasons strong:text('P1275A')", state="visible")
        said = page.locator("#card").inner_text()
        assert "the file may be cut short" in said
        assert str(tmp_path) not in said, "where files lie on the server is nobody's business"
        synthesize(tmp_path, seconds=3.0, quirks=("invalid-hands-long", "no-movement"))
        page.click("#card-action")
        page.click("#verdict:text('Usable recording')")
        page.wait_for_selector("#reasons-list :text('hands at rest')", state="visible")
        mark = page.locator("#people [data-side=left] small")
        expect(mark).to_have_text("face synthesised from the voice")
        expect(mark).to_be_visible()
        page.goto("about:blank")
