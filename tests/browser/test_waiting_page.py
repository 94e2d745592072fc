"""What is not here yet: the page says what it waits for, keeps the picture, and shows how far things are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.running_server import Server

pytestmark = pytest.mark.browser

NOTE_CARDS = """
(() => {
  window.cards = [];
  const look = () => {
    const words = document.querySelector("#card")?.innerText.replace(/\\s+/g, " ").trim();
    if (words && words !== window.cards.at(-1)) window.cards.push(words);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
})();
"""


def test_a_page_that_waits_for_data_says_so_and_goes_on(page: Page, card_server: Server) -> None:
    page.add_init_script(NOTE_CARDS)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{card_server.url}/?interaction=test-card-arriving")
    page.wait_for_selector("html[data-waiting]")
    assert page.evaluate("cards.includes('Opening the stage The recording is read.')"), page.evaluate("cards")
    note = page.locator("#waiting")
    expect(note).to_have_attribute("role", "status")
    expect(note).to_contain_text("Waiting for data")
    expect(note).to_contain_text("The test card is slow on purpose.")
    expect(note).to_have_css("opacity", "1")
    expect(page.locator("#stage-video")).to_have_css("opacity", "0.72")
    expect(page.locator("#state-words")).to_have_text("Waiting")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("#seek")).to_have_attribute("aria-valuetext", "1 second, loaded up to 2 seconds")
    expect(page.locator("#seek-line")).to_have_attribute("data-arriving", "")
    expect(page.locator("#seek-here")).to_be_visible()
    assert "3.33%" in page.evaluate("document.querySelector('#seek-here').style.background"), "2 s of 60"
    page.wait_for_function("() => Math.abs(card().time_s - 1.9) < 0.01")
    page.locator("#seek").hover(position={"x": 200, "y": 16})
    expect(page.locator("#seek-tip")).to_contain_text("not here yet")
    box = note.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390

    page.wait_for_selector("html:not([data-waiting])")
    page.wait_for_function("() => card().time_s > 2.2")
    expect(page.locator("#waiting-title")).to_be_empty()
    expect(page.locator("#state-words")).to_have_text("Live")
    expect(page.locator("#seek-here")).to_be_hidden()
    assert "loaded" not in (page.locator("#seek").get_attribute("aria-valuetext") or "")
