"""A server in its own process as people start it, and a browser, for all tests that need them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from tests.running_server import Server, StartServer, running

# Neither this machine's settings nor the internet matter to any test; those that fetch name their own source.
os.environ |= {"AVATAR_SERVER_SETTINGS": os.devnull, "AVATAR_SERVER_SOURCE": "local"}

# As long as pages wait otherwise: stages, browsers and servers share two cores.
expect.set_options(timeout=30_000)

SLOW = ("browser", "batch", "stage", "whep", "publish", "web", "segments", "render")
"""Folders whose tests take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: in the end no process waits for another one."""
    top = Path(__file__).parent

    def turn(item: pytest.Item) -> int:
        folder = item.path.relative_to(top).parts[0]
        return SLOW.index(folder) if folder in SLOW else len(SLOW)

    items.sort(key=turn)


@pytest.fixture(scope="session")
def start_server() -> StartServer:
    return running


@pytest.fixture(scope="session")
def card_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves the test card, to all tests of a run."""
    with running("test-card", tmp_path_factory.mktemp("data")) as server:
        yield server


def new_context(browser: Browser) -> BrowserContext:
    """A browser window of its own, of the usual size."""
    return browser.new_context(viewport={"width": 1280, "height": 800}, permissions=page_permissions())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole run: while it is open this thread has a running event loop, and asyncio.run refuses.
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=chromium_flags())
        yield opened
        opened.close()


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """A second viewer."""
    context = new_context(browser)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def card_reader() -> str:
    """A script for pages that complain on purpose, which `page` would not let pass."""
    return NOTE_STATUS + READ_CARD


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain."""
    context = new_context(browser)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.add_init_script(NOTE_STATUS + READ_CARD)
    yield opened
    context.close()
    assert not complaints


NOTE_STATUS = """
// What the server said last of the stage: buttons show what was pressed, and this what has come of it.
(() => {
  const Original = WebSocket;
  window.told = null;
  window.WebSocket = class extends Original {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "status") window.told = message;
      });
    }
  };
})();
"""

READ_CARD = """
// What avatar_server.stage.test_card.time_code_s and azimuth_rad do, on the pixels of the page's video.
(() => {
  const canvas = new OffscreenCanvas(1280, 720);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const luma = (x, y) => {
    const [r, g, b] = pen.getImageData(Math.floor(x), Math.floor(y), 1, 1).data;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  window.card = () => {
    const video = document.querySelector("video");
    const { videoWidth: width, videoHeight: height } = video;
    if (!width || video.readyState < 2) return null;
    pen.drawImage(video, 0, 0, 1280, 720);
    let code = 0;
    for (let bit = 0; bit < 16; bit++) code = code * 2 + (luma((2 * bit + 1) * 40, 45) > 127 ? 1 : 0);
    // Limited range: luma 16..235 is shown as 0..255.
    const azimuth_rad = (luma(640, 135) * 219 / 255 + 16 - 125) / 30;
    return { time_s: code / 1000, azimuth_rad, width, height };
  };
  const next = () => new Promise((resolve) =>
    document.querySelector("video").requestVideoFrameCallback(() => resolve(window.card())));
  window.pictures = async (count) => {
    const seen = [];
    while (seen.length < count) seen.push(await next());
    return seen;
  };
})();
"""
