"""What was said, beside the stage: in a real browser, judged by words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from avatar_server.testing.synthetic_interaction import synthesize
from tests.running_server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]

SECONDS = 16.0
HOSTILE = "<img/src=x/onerror=window.hacked=1>"
LEFT = ("We", "take", "the", "train,", HOSTILE, "to", "the", "lake.")
RIGHT = ("And", "there", "--", "we", "see", "the", "blue", "lake.")
LEFT_FROM_S, RIGHT_FROM_S, WORD_S = 2.0, 8.0, 0.5


@dataclass(frozen=True)
class Talk:
    """A server, and the key of an interaction whose words are known."""

    url: str
    key: str


@pytest.fixture(scope="module")
def talk(
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Talk]:
    folder = tmp_path_factory.mktemp("talk")
    made = synthesize(folder, seconds=SECONDS)
    for recording, words, from_s in zip(
        made.recordings, (LEFT, RIGHT), (LEFT_FROM_S, RIGHT_FROM_S), strict=True
    ):
        told = json.loads(recording.json.read_text())
        told["metadata:transcript"] = [utterance(words, from_s)]
        recording.json.write_text(json.dumps(told))
    with start_server("test-card", folder) as server:
        yield Talk(server.url, str(made.key))


def utterance(words: tuple[str, ...], from_s: float) -> dict[str, Any]:
    """As the data set has it: half a second a word, the third without times."""
    timed: list[dict[str, Any]] = [
        {"word": word, "start": from_s + index * WORD_S, "end": from_s + (index + 1) * WORD_S}
        for index, word in enumerate(words)
    ]
    timed[2] |= {"start": None, "end": None}
    end_s = from_s + len(words) * WORD_S
    return {"words": timed, "start": from_s, "end": end_s, "transcript": " ".join(words)}


SAID = """() => [...document.querySelectorAll(".caption .word[data-said=now]")]
  .map((word) => [word.closest(".caption").dataset.side, word.textContent])"""
MARKED = """() => [...document.querySelectorAll(".turn .word.now")]
  .map((word) => [word.closest(".turn").dataset.side, word.textContent])"""


def until_at(page: Page, time_s: float) -> None:
    page.wait_for_function(
        "time_s => Math.abs(Number(document.querySelector('#seek').value) - time_s) < 0.02", arg=time_s
    )


PARSE = """async (text) => {
  const track = document.createElement("track");
  track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
  track.default = true;
  const video = document.createElement("video");
  video.append(track);
  document.body.append(video);
  track.track.mode = "hidden";
  await new Promise((resolve, reject) => Object.assign(track, { onload: resolve, onerror: reject }));
  const cues = [...track.track.cues].map((cue) => {
    const shown = cue.getCueAsHTML();
    return [cue.startTime, shown.firstElementChild.title, shown.textContent.replace(/\\s+/g, " "),
      shown.querySelectorAll("*").length];
  });
  video.remove();
  return cues;
}"""


def test_words_are_shown_found_and_saved(page: Page, talk: Talk) -> None:
    page.goto(f"{talk.url}/?interaction={talk.key}")
    page.wait_for_selector("html[data-state=live]")
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.keyboard.press("c")
    page.keyboard.press("w")
    page.wait_for_selector(".turn")

    # The word that is said, over the picture and in the list; the one without times among them.
    for time_s, side, word in (
        (2.2, "left", "We"),
        (3.2, "left", "the"),
        (4.2, "left", HOSTILE),
        (8.7, "right", "there"),
        (11.9, "right", "lake."),
    ):
        page.locator("#seek").fill(str(time_s))
        until_at(page, time_s)
        assert page.evaluate(SAID) == page.evaluate(MARKED) == [[side, word]], f"at {time_s} s"
    page.locator("#seek").fill("7")
    until_at(page, 7)
    assert page.evaluate(SAID) == page.evaluate(MARKED) == []
    assert page.locator(".caption").count() == 0
    assert page.evaluate("[window.hacked, document.querySelectorAll('.panel img').length]") == [None, 0]

    # A search jumps from place to place, and a word is a place as well.
    page.fill(".words-search input", "LAKE")
    page.wait_for_function("() => document.querySelector('.hits').textContent === '2 of 2'")
    for key, at_s, said in (
        ("Enter", 11.5, "2 of 2"),
        ("Enter", 5.5, "1 of 2"),
        ("Shift+Enter", 11.5, "2 of 2"),
    ):
        page.press(".words-search input", key)
        until_at(page, at_s)
        assert page.locator(".hits").inner_text() == said
    page.fill(".words-search input", "nowhere")
    page.wait_for_function("() => document.querySelector('.hits').textContent === 'Not found'")
    page.locator(".turn .word", has_text="train").click()
    until_at(page, 3.5)

    # What a hand scrolls stays where it is, until it is asked for.
    page.set_viewport_size({"width": 1280, "height": 300})
    page.hover(".words-list")
    page.mouse.wheel(0, 400)
    page.wait_for_selector(".words-back", state="visible")
    page.click(".words-back")
    page.wait_for_selector(".words-back", state="hidden")
    page.wait_for_function(
        "() => { const box = document.querySelector('.turn .word.now').getBoundingClientRect();"
        " return box.top > 0 && box.bottom < innerHeight; }"
    )

    with page.expect_download() as saving:
        page.click(".file[data-kind=vtt]")
    assert saving.value.suggested_filename == f"{talk.key}.vtt"
    text = saving.value.path().read_text(encoding="utf-8")
    cues = page.evaluate(PARSE, text)
    assert [(at_s, who) for at_s, who, _, _ in cues] == [(2, "P0947"), (5.5, "P0947"), (8, "P1275A")]
    assert " ".join(words for _, _, words, _ in cues) == " ".join((*LEFT, *RIGHT))
    assert {elements for *_, elements in cues} == {1}, "the voice, and nothing that a word would be"
    with page.expect_download() as saving:
        page.click(".file[data-kind=srt]")
    text = saving.value.path().read_text(encoding="utf-8")
    assert re.findall(r"^(\d+)\n([\d:,]+) --> ([\d:,]+)\n(\w+): ", text, re.MULTILINE) == [
        ("1", "00:00:02,000", "00:00:05,500", "P0947"),
        ("2", "00:00:05,500", "00:00:06,500", "P0947"),
        ("3", "00:00:08,000", "00:00:12,000", "P1275A"),
    ]
