"""The timeline, opened as people open it."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Page


def open_timeline(page: Page, url: str) -> FloatRect:
    """Pauses, and shows the timeline; where its lanes are."""
    page.goto(url)
    page.wait_for_selector("html[data-state=live]")
    if page.locator("#play[aria-label=Pause]").count():
        page.keyboard.press("Space")
    page.wait_for_selector("#play:not([aria-label=Pause])")
    page.keyboard.press("t")
    page.wait_for_selector(".lane-label.voice span:not(:empty)")
    page.wait_for_function("() => document.querySelector('.lanes').clientWidth > 500")
    box = page.locator(".lanes").bounding_box()
    assert box
    return box
