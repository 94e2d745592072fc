"""The page's own measurement of sound and picture: asked for, read, and left again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.running_server import Server

pytestmark = pytest.mark.browser


def test_the_page_measures_on_request_and_goes_back(page: Page, card_server: Server) -> None:
    """From another stage over to the test card, and back to the place that was left."""
    page.goto(f"{card_server.url}/?interaction=test-card-late-1")
    page.wait_for_selector("html[data-state=live]", state="attached")
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.locator("#seek").fill("7.5")
    page.wait_for_function("() => card() && Math.abs(card().time_s - 7.5) < 0.05")
    page.click("#help-open")
    page.click("#lips-open")
    page.wait_for_selector("#lips button:has-text('Again')", state="visible", timeout=60_000)
    words = page.locator("#lips").inner_text()
    assert "Sound" in words, words
    assert "Median of" in words, words
    page.click("#lips button:has-text('Back')")
    page.wait_for_selector("#lips", state="detached")
    page.wait_for_selector("html[data-state=live]", state="attached")
    page.wait_for_function("() => card() && Math.abs(card().time_s - 7.5) < 0.05")
    page.wait_for_selector("#play[aria-label=Play]")
