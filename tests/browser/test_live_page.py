"""The page in a real browser, judged by the pixels it shows and the sound it plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.running_server import Server

pytestmark = pytest.mark.browser


LISTEN = """async () => {
  const stream = document.querySelector("video").srcObject;
  const context = new AudioContext();
  await context.resume();
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  context.createMediaStreamSource(stream).connect(splitter);
  const ears = [0, 1].map((channel) => {
    const ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    splitter.connect(ear, channel);
    return ear;
  });
  window.heard = () => {
    const levels = ears.map((ear) => {
      const samples = new Float32Array(ear.fftSize);
      ear.getFloatTimeDomainData(samples);
      return Math.hypot(...samples) / Math.sqrt(samples.length);
    });
    const strengths = new Float32Array(ears[0].frequencyBinCount);
    ears[0].getFloatFrequencyData(strengths);
    const bin = strengths.indexOf(Math.max(...strengths));
    return { levels, pitch_hz: bin * context.sampleRate / ears[0].fftSize };
  };
}"""


def until_playing(page: Page, server: Server) -> None:
    """Open the page and wait until its picture moves."""
    page.goto(server.url)
    page.wait_for_function("() => card() && card().time_s > 0")
    began = page.evaluate("card().time_s")
    page.wait_for_function("began => card().time_s > began + 0.2", arg=began)


def test_the_page_shows_moving_pictures_in_order(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    times = page.evaluate("pictures(15)")
    assert {(seen["width"], seen["height"]) for seen in times} == {(1280, 720)}
    seconds = [seen["time_s"] for seen in times]
    assert seconds == sorted(seconds)
    assert seconds[-1] > seconds[0] + 0.3


def test_the_page_plays_both_channels_of_the_sound(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.click("#sound-prompt")
    page.wait_for_function("() => !document.querySelector('video').muted")
    page.evaluate(LISTEN)
    page.wait_for_function("() => heard().levels[0] > 0.12")
    page.wait_for_function(
        "() => [440, 550, 660, 880].some((pitch) => Math.abs(heard().pitch_hz - pitch) < 8)"
    )
    page.wait_for_function("() => heard().levels[0] > 0.12 && heard().levels[1] > 0.05")
    page.wait_for_function("() => heard().levels[1] / heard().levels[0] < 0.7")
    # Each person is silenced, or made louder and softer, by name; what the other one says stays.
    page.click("#people [data-side=left]")
    page.click("#voice-mute")
    page.wait_for_function("() => heard().levels[0] < 0.005 && heard().levels[1] > 0.05")
    page.locator("#voice-gain").fill("0.5")
    page.wait_for_function("() => heard().levels[0] > 0.05 && heard().levels[0] < 0.09")
    page.locator("#voice-gain").fill("1")
    page.wait_for_function("() => heard().levels[0] > 0.12")
    page.keyboard.press("Escape")
    page.wait_for_selector("#voice", state="hidden")
    page.keyboard.press("Space")
    page.wait_for_function("() => Math.max(...heard().levels) < 0.005")


def test_pause_seek_and_speed(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.wait_for_function("() => pictures(2).then(([a, b]) => a.time_s === b.time_s)")
    page.keyboard.press("Home")
    page.wait_for_function("() => card().time_s === 0 && document.querySelector('#seek').value === '0'")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("() => Math.abs(card().time_s - 5) < 0.05")
    page.locator("#seek").fill("31.5")
    page.wait_for_function("() => Math.abs(card().time_s - 31.5) < 0.1")
    assert abs(page.evaluate("Number(document.querySelector('#seek').value)") - 31.5) < 0.2
    page.keyboard.press("Space")
    page.wait_for_function("() => card().time_s > 32")


def test_cameras_and_dragging(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.click("[data-camera=left]")
    page.wait_for_function("() => Math.abs(card().azimuth_rad + 0.6) < 0.15")
    page.click("[data-camera=two-shot]")
    page.wait_for_function("() => Math.abs(card().azimuth_rad) < 0.15")
    box = page.locator("#picture").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 150, middle[1], steps=10)
    page.mouse.up()
    # The hand pulls the scene to the right: the camera goes round to the left, where azimuths grow.
    page.wait_for_function("() => card().azimuth_rad > 0.2")
    page.wait_for_function(
        "() => document.querySelector('[data-camera=orbit]').getAttribute('aria-pressed') === 'true'"
    )


def test_a_stretch_is_marked_by_a_key_and_played_again_and_again(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    for at_s in (8, 9):
        page.locator("#seek").fill(str(at_s))
        page.wait_for_function("at_s => Math.abs(card().time_s - at_s) < 0.05", arg=at_s)
        page.keyboard.press("r")
    page.wait_for_selector("#seek-region", state="visible")
    page.keyboard.press("Space")
    page.wait_for_function("() => card().time_s < 8.4")
    page.wait_for_function("() => card().time_s > 8.6")
    page.wait_for_function("() => card().time_s < 8.4")
    assert all(7.9 < seen["time_s"] < 9.05 for seen in page.evaluate("pictures(30)"))
    page.keyboard.press("r")
    page.wait_for_selector("#seek-region", state="hidden")
    page.wait_for_function("() => card().time_s > 9.2")


def test_the_picture_has_a_window_of_its_own_and_the_full_screen(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.keyboard.press("p")
    page.wait_for_selector("#pip[aria-pressed=true]")
    assert page.evaluate("document.pictureInPictureElement.id") == "stage-video"
    page.click("#pip")
    page.wait_for_selector("#pip[aria-pressed=false]")
    page.keyboard.press("f")
    page.wait_for_selector("html[data-overlay]")
    page.keyboard.press("f")
    page.wait_for_selector("html:not([data-overlay])")


def test_two_pages_watch_one_stage(page: Page, other_page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    other_page.goto(card_server.url)
    other_page.wait_for_function("() => document.querySelector('video').videoWidth === 1280")
    page.keyboard.press("i")
    page.wait_for_selector(".stream div:has(> dt:text-is('Viewers')) > dd:text-is('2')")
    other_page.close()
    page.wait_for_selector(".stream div:has(> dt:text-is('Viewers')) > dd:text-is('1')")
    began = page.evaluate("card().time_s")
    page.wait_for_function("began => card().time_s !== began", arg=began)


def test_the_end_holds_and_a_loop_begins_again(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    if page.get_attribute("#loop", "aria-pressed") == "true":  # Whoever watched before may have left it so.
        page.click("#loop")
        page.wait_for_selector("#loop[aria-pressed=false]")
    page.locator("#seek").fill("59.5")
    page.wait_for_selector("#play[aria-label='Play again']")
    page.wait_for_function("() => card().time_s === 60")
    page.click("#loop")
    page.wait_for_selector("#loop[aria-pressed=true]")
    page.click("#play")
    page.wait_for_function("() => card().time_s < 10")
    page.locator("#seek").fill("59")
    page.wait_for_function("() => card().time_s > 58.9")
    page.wait_for_function("() => card().time_s < 10")
    page.wait_for_selector("#play[aria-label=Pause]")
    page.click("#loop")
    page.wait_for_selector("#loop[aria-pressed=false]")
