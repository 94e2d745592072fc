"""Speed and the time that is shown, judged by the test card's pixels and tone in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.running_server import Server

pytestmark = pytest.mark.browser


LISTEN = """async () => {
  const context = new AudioContext();
  await context.resume();
  const ear = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(document.querySelector("video").srcObject).connect(ear);
  const strengths = new Float32Array(ear.frequencyBinCount);
  // The loudest pitch, once it is clear; 0 while there is none, or while one gives way to the next.
  window.pitch_hz = () => {
    ear.getFloatFrequencyData(strengths);
    const bin = strengths.indexOf(Math.max(...strengths));
    return strengths[bin] < -40 ? 0 : bin * context.sampleRate / ear.fftSize;
  };
  // What is heard at each of the next pictures.
  window.hear = async (count) => {
    const video = document.querySelector("video"), pitches = [];
    for (let left = count; left > 0; left -= 1) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      pitches.push(pitch_hz());
    }
    return pitches;
  };
}"""

PITCHES_HZ = (440, 550, 660, 880)


def until_playing(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.wait_for_selector("html[data-state=live]")
    page.wait_for_function("() => card() && card().time_s > 0")


def test_the_pitch_is_kept_at_every_speed(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.click("#sound-prompt")
    page.evaluate(LISTEN)
    for speed in (0.5, 2):
        page.select_option("#speed", str(speed))
        page.wait_for_function("speed => told.speed === speed", arg=speed)
        page.locator("#seek").fill("20")
        page.wait_for_function("() => Math.abs(card().time_s - 20) < 2 && pitch_hz() > 0")
        for _ in range(3):
            heard = page.evaluate("hear(20)")
            clear = [pitch for pitch in heard if min(abs(pitch - own) for own in PITCHES_HZ) < 12]
            assert len(clear) > len(heard) * 0.8, f"expected only {PITCHES_HZ}, heard {heard}"
    page.select_option("#speed", "1")
    page.wait_for_function("() => told.speed === 1")


def test_the_time_shown_is_that_of_the_picture(page: Page, card_server: Server) -> None:
    until_playing(page, card_server)
    page.locator("#seek").fill("3")
    page.wait_for_function("() => card().time_s > 3 && card().time_s < 10")
    apart_s = page.evaluate(
        """async () => {
          const video = document.querySelector("video"), apart_s = [];
          while (apart_s.length < 40) {
            await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
            await new Promise(requestAnimationFrame);
            const shown_s = Number(document.querySelector("#time").textContent.split(":")[1]);
            apart_s.push(Math.abs(shown_s + 0.05 - card().time_s));
          }
          return apart_s.sort((a, b) => a - b);
        }"""
    )
    assert apart_s[len(apart_s) // 2] <= 0.05 + 0.067, "shown in tenths, cut: two pictures off at most"
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.wait_for_function("() => pictures(2).then(([a, b]) => a.time_s === b.time_s)")
    page.wait_for_function(
        "() => Math.abs(Number(document.querySelector('#seek').value) - card().time_s) < 0.034"
    )
    page.wait_for_function(
        "() => Math.abs(Number(document.querySelector('#time').textContent.slice(2)) - card().time_s) < 0.14"
    )
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Pause]")
