"""What was said and measured is written and drawn in the timeline; by keyboard alone; in narrow windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.timeline_opening import open_timeline
from tests.running_server import Server, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]


@pytest.fixture(scope="module")
def demo_server(
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    with start_server("demo", tmp_path_factory.mktemp("data")) as server:
        yield server


DRAWN = """(selector) => {
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) {
    const warmth = data[at] - data[at + 2];
    if (data[at + 3] > 200) colours.add(warmth > 40 ? "warm" : warmth < -40 ? "cool" : "grey");
  }
  return [...colours].sort();
}"""


def test_it_shows_what_was_said_and_measured(page: Page, demo_server: Server) -> None:
    lanes = open_timeline(page, demo_server.url)
    per_second = lanes["width"] / 30
    page.wait_for_function(f"() => ({DRAWN})('.voice-lane canvas').includes('cool')")
    assert "warm" in page.evaluate(DRAWN, ".voice-lane:nth-child(3) canvas")
    page.wait_for_selector("text=No moments of interest are noted for this recording")
    page.wait_for_selector(".overview-voices .canvases canvas >> nth=1", state="attached")

    page.hover(".lanes", position={"x": 2.2 * per_second, "y": 50})
    page.wait_for_selector(".hover-tip >> text=I've been thinking about the weekend.")
    page.hover(".lanes", position={"x": 1.55 * per_second, "y": 50})
    page.wait_for_selector(".hover-tip >> text=left hand not tracked")

    assert page.locator(".curve").count() == 3
    page.click("text=Curves")
    page.click(".curve-list >> text=Jaw drop")
    page.keyboard.press("Escape")
    page.wait_for_function(
        f"() => ({DRAWN})('[data-curve=\"fau:JawDrop\"] canvas').join() === 'cool,grey,warm'"
    )
    page.hover(".lane-label:last-child")
    page.click("[aria-label='Remove the curve Jaw drop']")
    page.wait_for_selector("[data-curve='fau:JawDrop']", state="detached")

    # By keyboard alone.
    page.focus(".lanes")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("[aria-label='Whole interaction']:enabled")
    page.keyboard.press("End")
    page.wait_for_selector(".lanes[aria-valuetext='30 seconds']")
    page.wait_for_function("() => document.querySelector('.range').textContent.endsWith('0:30.0')")
    page.keyboard.press("Escape")
    page.wait_for_selector("[aria-label='Whole interaction']:disabled")

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => document.querySelector('.lanes').clientWidth < 380")
    beyond = page.evaluate(
        """[...document.querySelectorAll(".timeline button, .overview, .lanes")]
          .filter((one) => one.offsetParent && one.getBoundingClientRect().right > innerWidth).length"""
    )
    assert beyond == 0
