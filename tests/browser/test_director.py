"""The director in a real browser: chosen by a key or a button, seen in the pixels, left by a hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.running_server import Server

pytestmark = pytest.mark.browser


DIRECTED = """
// Of the pictures that come from now on: media time and camera, by the azimuth that each shows.
async (until_s) => {
  const names = { "two-shot": 0, left: -0.6, right: 0.6 };
  const seen = [];
  while (!seen.length || seen.at(-1).time_s < until_s) {
    const { time_s, azimuth_rad } = (await pictures(1))[0];
    const camera = Object.keys(names).find((name) => Math.abs(names[name] - azimuth_rad) < 0.15) ?? "none";
    seen.push({ time_s, camera });
  }
  return seen;
}
"""


@pytest.fixture
def stage(page: Page, card_server: Server) -> Iterator[Page]:
    """The test card, playing from its beginning; its stage is left as it was found."""
    page.goto(card_server.url)
    page.wait_for_function("() => card() && card().time_s > 0")
    yield page
    page.keyboard.press("1")
    page.wait_for_selector("[data-camera=two-shot][aria-pressed=true]")


def test_the_director_cuts_by_himself_until_a_hand_takes_the_camera(stage: Page) -> None:
    stage.keyboard.press("2")
    stage.wait_for_selector("[data-camera=left][aria-pressed=true]")
    stage.keyboard.press("8")
    stage.wait_for_selector("[data-camera=auto][aria-pressed=true]")
    stage.locator("#seek").fill("4.5")
    stage.wait_for_function(
        "() => Math.abs(card().time_s - 5) < 0.5 && Math.abs(card().azimuth_rad + 0.6) < 0.15"
    )
    stage.wait_for_selector("[data-camera=left][data-seen][aria-pressed=false]")
    seen = stage.evaluate(DIRECTED, 6.3)
    # The card tells milliseconds, rounded: what says 6.000 may be of either side.
    assert {one["camera"] for one in seen if one["time_s"] < 6.0} == {"left"}
    assert {one["camera"] for one in seen if one["time_s"] > 6.0} == {"right"}, "exactly at the cut"
    stage.wait_for_selector("[data-camera=right][data-seen][aria-pressed=false]")
    assert stage.locator("[data-seen]").count() == 1
    assert stage.get_attribute("[data-camera=auto]", "aria-pressed") == "true"

    # A seek shows what playing there shows, in a pause too.
    stage.keyboard.press("Space")
    stage.wait_for_selector("#play[aria-label=Play]")
    stage.locator("#seek").fill("1")
    stage.wait_for_function("() => card().time_s === 1 && Math.abs(card().azimuth_rad) < 0.15")
    stage.locator("#seek").fill("7.5")
    stage.wait_for_function("() => card().time_s === 7.5 && Math.abs(card().azimuth_rad - 0.6) < 0.15")

    box = stage.locator("#picture").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stage.mouse.move(*middle)
    stage.mouse.down()
    stage.mouse.move(middle[0] - 120, middle[1], steps=8)
    stage.mouse.up()
    stage.wait_for_selector("[data-camera=orbit][aria-pressed=true]")
    stage.wait_for_function("() => card().azimuth_rad < 0.45 && card().azimuth_rad > 0.1")
    assert stage.locator("[data-seen]").count() == 0
    stage.click("[data-camera=auto]")
    stage.wait_for_function("() => Math.abs(card().azimuth_rad - 0.6) < 0.15")
    stage.keyboard.press("Space")
    stage.wait_for_selector("#play[aria-label=Pause]")


def test_a_link_may_ask_for_the_director(stage: Page, card_server: Server) -> None:
    stage.goto(f"{card_server.url}?camera=auto&t=3.2")
    stage.wait_for_selector("[data-camera=auto][aria-pressed=true]")
    stage.wait_for_function("() => card() && Math.abs(card().azimuth_rad + 0.6) < 0.15")
