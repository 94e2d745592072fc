"""What was filmed, beside the stage: in a real browser, judged by pixels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, WebSocketRoute

from avatar_server.testing.small_film import write_timed_film
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize
from tests.running_server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]

SECONDS = 16.0


@dataclass(frozen=True)
class Filmed:
    """A server for the test card, with an interaction of two people who were filmed at different rates."""

    url: str
    made: SyntheticInteraction

    def video(self, person: int) -> Path:
        return self.made.recordings[person].npz.with_suffix(".mp4")

    def show_on_the_test_card(self, page: Page) -> None:
        """The card's pictures tell their time; the page takes it for the stage of the filmed interaction."""

        def renamed(message: str | bytes) -> str | bytes:
            told = json.loads(message)
            if told["type"] != "welcome":
                return message
            told["opened_as"] = str(self.made.key)
            for person, recording in zip(told["interaction"]["people"], self.made.recordings, strict=True):
                person["id"] = str(recording.id)
            return json.dumps(told)

        def connect(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            server.on_message(lambda message: socket.send(renamed(message)))

        page.route_web_socket(re.compile("/ws"), connect)
        page.goto(self.url)
        page.wait_for_selector("html[data-state=live]")
        page.wait_for_function("() => card() && card().time_s > 0")


@pytest.fixture(scope="module")
def filmed(
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Filmed]:
    folder = tmp_path_factory.mktemp("filmed")
    made = synthesize(folder, seconds=SECONDS)
    for recording, rate_hz in zip(made.recordings, (Fraction(30), Fraction(25)), strict=True):
        write_timed_film(recording.npz.with_suffix(".mp4"), seconds=40, rate_hz=rate_hz)
    with start_server("test-card", folder) as server:
        yield Filmed(server.url, made)


READ_FILMS = """
(() => {
  const pen = new OffscreenCanvas(320, 16).getContext("2d", { willReadFrequently: true });
  // The time that a picture shows across its top, of the stage's card and of the films alike.
  const time_s = (video) => {
    pen.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 10, 0, 0, 320, 16);
    const { data } = pen.getImageData(0, 8, 320, 1);
    let code = 0;
    for (let bit = 0; bit < 16; bit++) code = code * 2 + (data[4 * (bit * 20 + 10) + 1] > 127 ? 1 : 0);
    return code / 1000;
  };
  const stage = () => document.querySelector("#stage-video");
  const films = () => [...document.querySelectorAll(".original video")];
  window.apart_ms = () => films().map((film) => Math.round((time_s(film) - time_s(stage())) * 1000));
  // Medians over some pictures of the stage: one that the machine shows late says nothing about the films.
  window.apart = async (count) => {
    const seen = [];
    while (seen.length < count) {
      await new Promise((resolve) => stage().requestVideoFrameCallback(resolve));
      seen.push(window.apart_ms());
    }
    return films().map((_, film) => seen.map((one) => one[film]).sort((a, b) => a - b)[count >> 1]);
  };
  window.together = async () => (await window.apart(30)).every((ms) => Math.abs(ms) <= 40);
})();
"""


def until_together(page: Page) -> None:
    """For a second of pictures; right after a jump the films are still on their way."""
    page.wait_for_function("() => together()")


def test_the_original_videos_keep_step_with_the_stage(page: Page, filmed: Filmed) -> None:
    page.add_init_script(READ_FILMS)
    filmed.show_on_the_test_card(page)
    page.keyboard.press("o")
    page.wait_for_function("() => document.querySelectorAll('.original[data-state=showing]').length === 2")
    assert page.evaluate("[...document.querySelectorAll('.original video')].every((film) => film.muted)")
    until_together(page)

    page.locator("#seek").fill("20")
    page.wait_for_function("() => card().time_s > 19.9")
    until_together(page)

    page.select_option("#speed", "1.5")
    page.wait_for_function("() => document.querySelector('.original video').playbackRate > 1.3")
    until_together(page)
    page.select_option("#speed", "1")

    # In a pause: the very picture, also a step further, and in the other layout.
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.keyboard.press("o")
    page.wait_for_selector("html[data-originals=beside]")
    page.locator("#seek").fill("12.5")
    page.wait_for_function("() => card().time_s === 12.5 && apart_ms().every((ms) => ms > -40 && ms <= 1)")
    page.keyboard.press(".")
    page.wait_for_function("() => card().time_s > 12.52 && apart_ms().every((ms) => ms > -40 && ms <= 1)")
    page.wait_for_function("() => document.querySelector('.original .apart').textContent === '±0 ms'")
    page.keyboard.press("Space")

    if page.get_attribute("#loop", "aria-pressed") == "false":
        page.keyboard.press("l")
        page.wait_for_selector("#loop[aria-pressed=true]")
    page.locator("#seek").fill("59")
    page.wait_for_function("() => card().time_s > 58.9")
    page.wait_for_function("() => card().time_s < 10")
    until_together(page)
    told = page.evaluate("import('/client/originals/panel.js').then(({ originalsNow }) => originalsNow())")
    assert [one["side"] for one in told] == ["left", "right"]
    assert max(abs(one["ahead_ms"]) for one in told) < 100

    page.keyboard.press("o")
    page.wait_for_selector(".original", state="detached")


def test_a_video_that_is_not_there_or_cannot_be_played_is_said(
    other_page: Page, filmed: Filmed, card_reader: str
) -> None:
    other_page.add_init_script(card_reader)
    kept = [filmed.video(person).read_bytes() for person in (0, 1)]
    try:
        with av.open(str(filmed.video(0)), "w") as container:  # MPEG-4 part 2: no browser plays it.
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
            container.mux(stream.encode())
        filmed.video(1).unlink()
        filmed.show_on_the_test_card(other_page)
        other_page.keyboard.press("o")
        for side, state, words in (
            ("left", "broken", "This browser cannot play the video"),
            ("right", "absent", "No original video of Tone"),
        ):
            other_page.wait_for_selector(f".original[data-side={side}][data-state={state}]")
            assert words in other_page.locator(f".original[data-side={side}]").inner_text()
    finally:
        for person in (0, 1):
            filmed.video(person).write_bytes(kept[person])
