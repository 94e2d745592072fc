"""A picture that does not move is never left without a word, and each state ends by itself."""

from __future__ import annotations

import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page
from websockets.sync.client import connect
from websockets.typing import Origin

from avatar_server.bench.browser import page_permissions
from avatar_server.encode.live_packet import OWN_VIEWS
from tests.running_server import Server, StartServer

pytestmark = pytest.mark.browser

SAYS = "words => document.querySelector('#card').innerText.includes(words)"
TOASTED = "words => document.querySelector('#toasts').innerText.includes(words)"
LOOKS = "radians => card() && Math.abs(card().azimuth_rad - radians) < 0.15"
TWO, RIGHT = 0.0, 0.6
PILL = "words => document.querySelector('#state-words').textContent === words"


NOTE_SOCKETS = """
(() => {
  const Original = WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Original {
    constructor(...given) { super(...given); window.sockets.push(this); }
  };
  window.hear = (message) =>
    window.sockets.at(-1).dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
})();
"""


def until_moving(page: Page) -> None:
    page.wait_for_selector("html[data-state=live]")
    began = page.evaluate("card().time_s")
    page.wait_for_function("began => card().time_s !== began", arg=began)


def test_a_full_server_says_so_and_lets_in_when_somebody_leaves(
    page: Page, browser: Browser, start_server: StartServer, tmp_path: Path, card_reader: str
) -> None:
    with start_server("test-card", tmp_path, options=("--max-viewers", "1")) as server:
        context = browser.new_context(permissions=page_permissions())
        first = context.new_page()
        first.add_init_script(card_reader)
        first.goto(server.url)
        until_moving(first)
        page.goto(server.url)
        page.wait_for_selector("html[data-state=busy]")
        page.wait_for_function(SAYS, arg="No room just now")
        page.wait_for_function(SAYS, arg="Trying again")
        assert page.locator("#transport").get_attribute("inert") is not None
        until_moving(first)
        context.close()
        until_moving(page)
        assert page.locator("#card").is_hidden()
        page.goto("about:blank")


def test_pictures_that_stay_away_are_told(page: Page, card_server: Server) -> None:
    page.goto(card_server.url)
    until_moving(page)
    page.wait_for_function(
        "() => /^720p · [0-9]+ fps$/.test(document.querySelector('#state-rate').textContent)"
    )
    os.kill(card_server.process.pid, signal.SIGSTOP)
    try:
        page.wait_for_function(PILL, arg="No pictures")
        # The last one stays in sight.
        assert page.evaluate("card().width") == 1280
        assert page.evaluate("getComputedStyle(document.querySelector('#stage-video')).opacity") == "1"
    finally:
        os.kill(card_server.process.pid, signal.SIGCONT)
    until_moving(page)
    page.wait_for_function(PILL, arg="Live")


def test_a_stage_that_is_replaced_keeps_its_picture_and_its_words(page: Page, card_server: Server) -> None:
    page.add_init_script(NOTE_SOCKETS)
    page.goto(card_server.url)
    until_moving(page)
    page.evaluate("hear({ type: 'interrupted', reason: 'the stage is set up again' })")
    page.wait_for_selector("html[data-state=interrupted]")
    assert page.evaluate(PILL, "Restarting")
    assert page.locator("#card").is_hidden()
    # What was under way still arrives and is no sign of life.
    page.evaluate("pictures(5)")
    assert page.locator("html").get_attribute("data-state") == "interrupted"
    assert page.evaluate("getComputedStyle(document.querySelector('#stage-video')).opacity") == "1"
    page.evaluate("hear({ type: 'resumed' })")
    until_moving(page)
    page.evaluate("hear({ type: 'stopping' }); sockets.at(-1).close()")
    page.wait_for_function(SAYS, arg="The server has stopped")
    until_moving(page)


FIGURE = "([name, pattern]) => RegExp(pattern).test(figureOf(name))"
FIGURES = """window.figureOf = (name) => [...document.querySelectorAll(".stream dt")]
  .find((term) => term.textContent === name)?.nextSibling.textContent"""


def test_the_stream_tells_what_it_does(page: Page, card_server: Server) -> None:
    page.goto(card_server.url)
    until_moving(page)
    page.evaluate(FIGURES)
    page.keyboard.press("i")
    for name, pattern in (
        ("Picture", "^1280 × 720$"),
        ("Bit rate", r"^[0-9]+\.[0-9]+ Mbit.s$"),
        ("Round trip", "^[0-9]+ ms$"),
        ("Lost packets", r"^0\.0 %$"),
        ("Jitter buffer", "^[0-9]+ ms$"),
        ("Sound behind picture", "^-?[0-9]+ ms$"),
        ("Encoding", r"^[0-9]+\.[0-9] ms$"),
        ("Data here", "^100 %$"),
    ):
        page.wait_for_function(FIGURE, arg=[name, pattern])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("text=Copy as JSON")
    page.wait_for_selector("text=Copied")
    told = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert told["stage"]["size"] == [1280, 720]
    assert told["received"]["width"] == 1280
    assert told["status"]["type"] == "status"
    # What was open is open on the next visit, and closes by its key.
    page.reload()
    page.wait_for_selector(".stream dt")
    page.keyboard.press("i")
    page.wait_for_selector(".stream", state="hidden")


def test_a_chosen_theme_is_kept(page: Page, card_server: Server) -> None:
    page.goto(card_server.url)
    ground = "getComputedStyle(document.querySelector('#bar')).backgroundColor"
    assert page.evaluate(ground) == "rgba(243, 244, 244, 0.9)"
    page.click("#theme")
    assert page.evaluate(ground) == "rgba(27, 30, 33, 0.92)"
    page.reload()
    page.wait_for_selector("html[data-theme=dark]")
    page.emulate_media(color_scheme="dark")
    page.keyboard.press("d")
    page.wait_for_selector("html[data-theme=light]")


def show(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-state=live]")
    page.wait_for_function("() => card() && card().time_s > 0")


def test_a_machine_without_room_says_so(page: Page, card_server: Server) -> None:
    show(page, card_server.url)
    with ExitStack() as guests:
        for _ in OWN_VIEWS:
            address = f"ws://{card_server.address}/ws"
            # Nobody reads what they are told later on, pongs among it.
            guest = guests.enter_context(connect(address, origin=Origin(card_server.url), ping_interval=None))
            guest.send('{"type":"view","own":true}')
            heard = [str(guest.recv(timeout=20))]
            while not any(word in heard[-1] for word in ('"own":true', '"error"')):
                assert len(heard) < 100, heard[-3:]
                heard.append(str(guest.recv(timeout=20)))
        page.keyboard.press("v")
        page.wait_for_function(TOASTED, arg="This machine has no room for a view of your own")
        assert page.locator("#own-note").is_hidden()
        assert page.get_attribute("#own-view", "aria-pressed") == "false"
        page.evaluate("pictures(3)")


def test_a_stage_that_has_ended_is_opened_anew(page: Page, card_server: Server) -> None:
    page.goto(f"{card_server.url}/?stage=gone-for-ever")
    page.wait_for_selector("html[data-state=ended]")
    page.wait_for_function(SAYS, arg="This stage has ended")
    assert page.locator("#card-action").is_hidden(), "nobody knows what it played"

    stages, wanted = f"{card_server.url}/api/stages", {"interaction": "test-card"}
    mine = httpx.post(stages, json=wanted, timeout=20).json()["id"]
    show(page, f"{card_server.url}/?stage={mine}")
    assert httpx.get(f"{stages}/{mine}").json()["viewers"] == 1
    httpx.delete(f"{stages}/{mine}")
    page.wait_for_selector("html[data-state=ended]")
    page.click("#card-action")
    page.wait_for_selector("html[data-state=live]")
    assert page.url == f"{card_server.url}/?interaction=test-card"

    page.goto(f"{card_server.url}/?stage={mine}&interaction=test-card&camera=right")
    page.wait_for_selector("html[data-state=ended]")
    page.click("#card-action")
    page.wait_for_selector("html[data-state=live]")
    page.wait_for_function(LOOKS, arg=RIGHT)
    page.keyboard.press("1")
    page.wait_for_function(LOOKS, arg=TWO)
