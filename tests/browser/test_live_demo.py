"""The demo in a real browser: the whole way from a recording to pixels and sound."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page

from avatar_server.scene.cameras import Standing, named_orbit
from avatar_server.scene.staging import AS_RECORDED, Place
from tests.running_server import Server, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]


@pytest.fixture(scope="module")
def demo_server(
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    with start_server("demo", tmp_path_factory.mktemp("data")) as server:
        yield server


WATCH = """() => {
  const video = document.querySelector("video");
  const pen = new OffscreenCanvas(160, 90).getContext("2d", { willReadFrequently: true });
  const look = () => {
    pen.drawImage(video, 0, 0, 160, 90);
    return pen.getImageData(0, 0, 160, 90).data;
  };
  let reference = look();
  window.remember = () => { reference = look(); };
  // How many of a hundred pixels differ clearly from the remembered picture.
  window.changed = () => {
    const now = look();
    let count = 0;
    for (let i = 0; i < now.length; i += 4) count += Math.abs(now[i + 1] - reference[i + 1]) > 24;
    return count / (160 * 90) * 100;
  };
  const context = new AudioContext();
  const ear = new AnalyserNode(context, { fftSize: 8192 });
  context.createMediaStreamSource(video.srcObject).connect(ear);
  let loudest = 0;
  setInterval(() => {
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.hypot(...samples) / Math.sqrt(samples.length));
  }, 50);
  window.loudest = () => loudest;
}"""


def test_two_people_are_seen_and_heard(page: Page, demo_server: Server) -> None:
    page.goto(demo_server.url)
    page.wait_for_function("() => document.querySelector('video').videoWidth === 1280")
    page.wait_for_selector("#sound-prompt", state="visible")
    page.click("#sound-prompt")
    page.evaluate(WATCH)
    page.wait_for_function("() => loudest() > 0.02")
    page.wait_for_function("() => changed() > 0.3")
    page.wait_for_selector("#people li[data-speaks]")

    # Time stands still from here on, so whatever changes was asked for.
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.locator("#seek").fill("5")
    page.wait_for_function("() => Math.abs(Number(document.querySelector('#seek').value) - 5) < 0.01")
    page.click("[data-camera=close-left]")
    page.wait_for_selector("[data-camera=close-left][aria-pressed=true]")
    page.wait_for_function("() => changed() > 15")
    assert page.locator("#people li[data-speaks]").count() == 0, "time is held"
    page.evaluate("remember()")
    page.select_option("#studio", "dark")
    page.wait_for_function("() => changed() > 60")
    page.evaluate("remember()")
    page.select_option("#studio", "light")
    page.wait_for_function("() => changed() > 60")
    page.evaluate("remember()")
    page.click("[data-camera=close-right]")
    page.wait_for_function("() => changed() > 15")
    page.evaluate("remember()")
    page.click("[data-staging=side-by-side]")
    page.wait_for_selector("[data-staging=side-by-side][aria-pressed=true]")
    page.wait_for_function("() => changed() > 5")

    # Another preset brings its usual staging and other eyes on the same recording.
    page.evaluate("remember()")
    page.select_option("#preset", "genea")
    page.wait_for_function("() => told.preset === 'genea' && told.staging === 'side-by-side'")
    page.wait_for_selector("[data-staging=side-by-side][aria-pressed=true]")
    page.select_option("#preset", "natural")
    page.wait_for_function("() => told.preset === 'natural' && told.staging === 'face-to-face'")
    page.wait_for_selector("[data-staging=face-to-face][aria-pressed=true]")
    page.wait_for_function("() => changed() > 5")

    # By hand: each turn of the wheel and each drag shows something else.
    box = page.locator("#picture").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("remember()")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -600)
    page.wait_for_selector("[data-camera=orbit][aria-pressed=true]")
    page.wait_for_function("() => changed() > 5")
    page.mouse.wheel(0, 600)
    page.wait_for_function("() => changed() < 2")
    page.mouse.down()
    page.mouse.move(x + 300, y + 40, steps=10)
    page.mouse.up()
    page.wait_for_function("() => changed() > 5")


OVERLAPPING = """() => {
  const controls = [...document.querySelectorAll("#bar :is(button, select, input), #clock")]
    .filter((one) => one.offsetParent)
    .map((one) => [one.id || one.ariaLabel, one.getBoundingClientRect()]);
  const found = controls.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([name]) => name);
  controls.forEach(([name, a], index) => controls.slice(index + 1).forEach(([other, b]) => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 1 && down > 1) found.push(`${name} and ${other}`);
  }));
  return found;
}"""


def head_tops() -> float:
    """Where in a two-shot of people who stand near each other their heads end; 0 is its upper edge."""
    people = [Standing(Place(x_m, 0.0, math.copysign(math.pi / 2, -x_m)), 1.8) for x_m in (-0.6, 0.6)]
    camera = named_orbit("two-shot", AS_RECORDED, people).camera()
    seen = camera.projection_matrix(16 / 9) @ camera.view_matrix() @ np.append(people[0].at(1.0), 1.0)
    return float((1 - seen[1] / seen[3]) / 2)


CLEAR = """() => {
  const lowest = Math.max(...["#head", "#panels", "#state"].map(
    (one) => document.querySelector(one).getBoundingClientRect().bottom));
  const { top, height } = document.querySelector("#stage-video").getBoundingClientRect();
  return [lowest, top, height];
}"""


def test_the_head_line_lies_on_nobodys_head(page: Page, demo_server: Server) -> None:
    page.goto(demo_server.url)
    page.wait_for_function("() => document.querySelector('video').videoWidth === 1280")
    for height in (900, 800, 720, 600):
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_function("height => innerHeight === height", arg=height)
        lowest, top, high = page.evaluate(CLEAR)
        assert top + head_tops() * high > lowest, f"{height} pixels"


def test_no_control_lies_on_another_one_however_wide_the_window(page: Page, demo_server: Server) -> None:
    page.goto(demo_server.url)
    page.wait_for_function("() => document.querySelector('video').videoWidth === 1280")
    if page.locator("#play[aria-label=Pause]").count():
        page.keyboard.press("Space")  # People who stand still leave the machine to the layout.
    for width in (1600, 1280, 1265, 1264, 1100, 1024, 800, 561, 560, 400, 375, 360, 359, 320):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_function("width => innerWidth === width", arg=width)
        assert page.evaluate(OVERLAPPING) == [], f"{width} pixels"
