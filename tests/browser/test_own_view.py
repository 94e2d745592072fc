"""Two pages on one stage: the presenter's view and one's own, and links between them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.running_server import Server

pytestmark = pytest.mark.browser

LOOKS = "radians => card() && Math.abs(card().azimuth_rad - radians) < 0.15"
TOASTED = "words => document.querySelector('#toasts').innerText.includes(words)"
HELD = "() => !told.playing && Math.abs(card().time_s - told.time_s) < 0.0015"
SHOWN_S = "() => Number(document.querySelector('#seek').value)"
LEFT, TWO, RIGHT = -0.6, 0.0, 0.6


@pytest.fixture
def guest(other_page: Page, card_reader: str) -> Page:
    """A second viewer whose pictures are read."""
    other_page.add_init_script(card_reader)
    return other_page


def until_live(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-state=live]")
    page.wait_for_function("() => card() && card().time_s > 0")


def take_own_view(page: Page) -> None:
    """Ask until there is room: other tests may keep the machine busy."""
    while True:
        page.keyboard.press("v")
        page.wait_for_function(
            "() => !document.querySelector('#own-note').hidden || document.querySelector('#toasts .refused')"
        )
        if page.locator("#own-note").is_visible():
            return
        page.click("#toasts .refused .dismiss")


def copied_link(page: Page) -> str:
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => void (window.copied = text); }")
    page.click("#copy-link")
    page.wait_for_function("() => window.copied")
    page.wait_for_function(TOASTED, arg="The link is copied")
    return str(page.evaluate("window.copied"))


def test_two_pages_see_what_each_wants_and_then_the_same(
    page: Page, guest: Page, card_server: Server
) -> None:
    until_live(page, card_server.url)
    page.keyboard.press("1")
    page.wait_for_function(LOOKS, arg=TWO)
    until_live(guest, card_server.url)
    guest.wait_for_function(LOOKS, arg=TWO)
    take_own_view(guest)
    assert guest.get_attribute("#own-view", "aria-pressed") == "true"
    guest.click("[data-camera=right]")
    guest.wait_for_function(LOOKS, arg=RIGHT)
    guest.wait_for_selector("[data-camera=right][aria-pressed=true]")
    page.click("[data-camera=left]")
    page.wait_for_function(LOOKS, arg=LEFT)
    page.evaluate("pictures(3)")
    assert page.evaluate(LOOKS, LEFT)
    assert page.locator("#own-note").is_hidden()
    assert guest.evaluate("pictures(3).then((seen) => seen.every((one) => one.azimuth_rad > 0.4))")
    # The playhead tells the time of the picture, whatever view it is of, and time is shared.
    guest.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    guest.wait_for_selector("#play[aria-label=Play]")
    page.wait_for_function(HELD)
    guest.wait_for_function(HELD)
    times = [viewer.evaluate("card().time_s") for viewer in (page, guest)]
    assert times[0] == times[1]
    for viewer in (page, guest):
        viewer.wait_for_function(f"() => Math.abs(({SHOWN_S})() - {times[0]}) < 1 / 30")
    guest.click("#follow")
    guest.wait_for_function(LOOKS, arg=LEFT)
    assert guest.locator("#own-note").is_hidden()
    page.keyboard.press("Space")
    page.keyboard.press("1")
    for viewer in (page, guest):
        viewer.wait_for_function(LOOKS, arg=TWO)


def test_a_copied_link_shows_its_camera_and_disturbs_nobody(
    page: Page, guest: Page, card_server: Server
) -> None:
    until_live(page, card_server.url)
    # Wherever others left it: the minute must not end meanwhile.
    page.locator("#seek").fill("5")
    page.wait_for_function("() => card().time_s > 4.9 && card().time_s < 15")
    page.keyboard.press("2")
    page.wait_for_selector("[data-camera=left][aria-pressed=true]")
    link = copied_link(page)
    asked = parse_qs(urlsplit(link).query)
    assert asked["interaction"] == ["test-card"]
    assert asked["camera"] == ["left"]
    page.keyboard.press("1")
    page.wait_for_function(LOOKS, arg=TWO)
    began_s = page.evaluate("card().time_s")
    until_live(guest, link.replace(f"t={asked['t'][0]}", "t=55"))
    guest.wait_for_function(LOOKS, arg=LEFT)
    assert guest.locator("#own-note").is_visible()
    guest.wait_for_function(TOASTED, arg="you see the time that they see")
    assert page.evaluate(LOOKS, TWO)
    assert began_s <= page.evaluate("card().time_s") < 50
    page.goto("about:blank")

    # Alone, a link is followed in all it says.
    guest.goto("about:blank")
    until_live(guest, link.replace(f"t={asked['t'][0]}", "t=20"))
    guest.wait_for_function("() => card() && card().time_s >= 20 && card().time_s < 40")
    guest.wait_for_function(LOOKS, arg=LEFT)
    assert guest.locator("#own-note").is_hidden()
    guest.keyboard.press("1")
    guest.wait_for_selector("[data-camera=two-shot][aria-pressed=true]")
