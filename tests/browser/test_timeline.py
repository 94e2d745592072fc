"""The timeline as people use it: where they click is what they see."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.timeline_opening import open_timeline
from tests.running_server import Server

pytestmark = pytest.mark.browser


PLAYHEAD_X = "() => new DOMMatrix(getComputedStyle(document.querySelector('.playhead')).transform).m41"

APART_S = """async ({ at_s, pixels_per_second, count }) => {
  const video = document.querySelector("video"), apart_s = [];
  while (apart_s.length < count) {
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    const x = new DOMMatrix(getComputedStyle(document.querySelector(".playhead")).transform).m41;
    apart_s.push(Math.abs(at_s + x / pixels_per_second - card().time_s));
  }
  return apart_s.sort((a, b) => a - b);
}"""


def seen_after_click(page: Page, x: float) -> float:
    """Click `x` pixels into the lanes; the time that the picture shows once it stands there."""
    page.click(".lanes", position={"x": x, "y": 40})
    page.wait_for_function(f"() => Math.abs(({PLAYHEAD_X})() - {x}) < 3")
    page.wait_for_function(
        "() => Math.abs(Number(document.querySelector('.lanes').ariaValueNow) - card().time_s) < 0.034"
    )
    time_s: float = page.evaluate("card().time_s")
    return time_s


def test_the_picture_is_of_the_time_that_was_clicked(page: Page, card_server: Server) -> None:
    lanes = open_timeline(page, card_server.url)
    width = lanes["width"]
    for share in (0.75, 0.25):
        assert abs(seen_after_click(page, share * width) - 60 * share) < 0.1

    # Nearer: the place under the pointer stays, and pixels are worth less time.
    page.hover(".lanes", position={"x": 0.25 * width, "y": 40})
    for _ in range(6):
        page.mouse.wheel(0, -200)
    page.wait_for_function("() => document.querySelector('.range').textContent !== '0:00.0 – 1:00.0'")
    first_s, second_s = (seen_after_click(page, share * width) for share in (0.5, 0.1))
    pixels_per_second = 0.4 * width / (first_s - second_s)
    assert pixels_per_second > 8 * width / 60
    page.keyboard.press("Space")
    apart_s = page.evaluate(
        APART_S,
        {
            "at_s": second_s - 0.1 * width / pixels_per_second,
            "pixels_per_second": pixels_per_second,
            "count": 12,
        },
    )
    page.keyboard.press("Space")
    assert apart_s[len(apart_s) // 2] < 0.034, apart_s

    # Further along: the same place is a later time.
    page.wait_for_selector("#play:not([aria-label=Pause])")
    before_s = seen_after_click(page, 0.5 * width)
    page.mouse.wheel(0.5 * width, 0)
    after_s = seen_after_click(page, 0.5 * width)
    assert abs(after_s - before_s - 0.5 * width / pixels_per_second) < 0.1

    # Drawn over: played again and again.
    page.hover(".lanes", position={"x": 0.3 * width, "y": 40})
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(lanes["x"] + 0.6 * width, lanes["y"] + 40, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_selector("[aria-label='End the repetition'][aria-pressed=true]")
    start_s, end_s = (after_s + (share - 0.5) * width / pixels_per_second for share in (0.3, 0.6))
    page.keyboard.press("Space")
    page.wait_for_function(
        "([start_s, end_s]) => card().time_s > start_s && card().time_s < end_s", arg=[start_s, end_s]
    )
    seen_s = [picture["time_s"] for picture in page.evaluate("pictures(70)")]
    assert start_s - 0.1 < min(seen_s)
    assert max(seen_s) < end_s + 0.1
    assert any(later < earlier - 0.3 for earlier, later in pairwise(seen_s))
    page.click("[aria-label='End the repetition']")
    page.wait_for_selector("[aria-label='Repeat this view']")
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
