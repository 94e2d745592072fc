"""Whether picture and sound meet in a real browser, in the situations in which they might not.

The page's own instrument measures (`web_client/measure_lips.js`): the test card's picture carries its media
time in black and white fields, its tone changes the pitch at every full second, and both are timed where they
leave the browser. Nothing is taken from time stamps of the stream, so a wrong sender report shows.

Its bias is found with cards whose sound is put 40 ms off on purpose: what it says of them must differ from
what it says of the true card by just that. What remains is how the browser states its own delays.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_server.bench.browser import page_permissions
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.errors import MachineError
from avatar_server.stage.programme import TEST_CARD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTLE_S = 4.0
OPENED_SETTLE_S = 10.0
"""Browsers bring sound and picture together in steps, one a second or so; a new connection begins with much
sound in store where a machine is busy."""

MEASURE_S = 8.0
OFFSET_MS = 40
"""The instrument's own test: a tenth of a second is much, and one picture's time little."""

BUSY_PROCESSES = 1
"""Beside server, stage and browser: with two cores all of them have to wait for each other."""

NOTE_PEERS = """
(() => {
  const Original = RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...given) { super(...given); window.peers.push(this); }
  };
})();
"""

_MEASURE = """
async (seconds) => {
  const { measureLips } = await import("/client/measure_lips.js");
  return await measureLips(document.querySelector("video"), () => window.peers.at(-1).getStats(), seconds);
}
"""

_NOTE_INTERRUPTION = """() => {
  const root = document.documentElement;
  window.interrupted = new Promise((resolve) => {
    const look = () => { if (root.dataset.state !== "live") resolve(); };
    new MutationObserver(look).observe(root, { attributes: true });
  });
}"""
"""It may last for some hundredths of a second only."""


@dataclass(frozen=True, slots=True)
class LipSync:
    """Sound behind picture of `count` pictures: median (negative: sound first), and within what 95 % are.

    bias_ms has been taken off: what the way of listening adds by itself.
    """

    median_ms: float
    p95_ms: float
    count: int
    bias_ms: float

    def as_text(self) -> str:
        """Words for people."""
        return f"{self.median_ms:+.0f} ms, 95 % within {self.p95_ms:.0f} ms ({self.count} pictures)"


def measure_lip_sync(page: Page, seconds: float = MEASURE_S) -> LipSync:
    """Watch the test card that `page`, opened with NOTE_PEERS, plays.

    Raises `MachineError` if no picture could be brought together with its sound.
    """
    found = page.evaluate(_MEASURE, seconds)
    if found is None:
        raise MachineError("the browser showed no test card, or played no tone whose pitch changes")
    return LipSync(**found)


def measure_situations(browser: Browser, url: str, server_pid: int) -> dict[str, LipSync]:
    """The lip sync by situation, on a server whose default is the test card."""
    found: dict[str, LipSync] = {}
    page = _open(browser, f"{url}/?interaction={TEST_CARD}")

    def measure(situation: str, act: Callable[[], object] = lambda: None, settle_s: float = SETTLE_S) -> None:
        act()
        page.wait_for_timeout(settle_s * 1000)
        found[situation] = measure_lip_sync(page)

    measure("playing", settle_s=OPENED_SETTLE_S)
    measure("after a seek", lambda: page.locator("#seek").fill("20.4"))
    measure("after a pause", lambda: _pause(page))
    measure("at speed 1.5", lambda: page.select_option("#speed", "1.5"))
    measure("at speed 1 again", lambda: page.select_option("#speed", "1"))
    measure("after a drag", lambda: _drag(page))
    with busy_machine():
        measure("with a busy machine")
    measure("after a stage restart", lambda: kill_busiest_stage(page, server_pid))
    page.context.close()
    for way, sign in (("late", 1), ("early", -1)):
        page = _open(browser, f"{url}/?interaction={TEST_CARD}-{way}-{OFFSET_MS}")
        measure(f"sound put {sign * OFFSET_MS:+d} ms off on purpose", settle_s=OPENED_SETTLE_S)
        page.context.close()
    return found


@contextmanager
def busy_machine() -> Iterator[None]:
    """Somebody else computes, too."""
    program = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(program) for _ in range(BUSY_PROCESSES)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def kill_busiest_stage(page: Page, server_pid: int) -> None:
    """End the stage that plays as a crash would, and wait until the page has pictures again."""
    page.evaluate(_NOTE_INTERRUPTION)
    stages = descendants(server_pid)
    before = {pid: processor_s([pid]) for pid in stages}
    time.sleep(1.0)
    os.kill(max(stages, key=lambda pid: processor_s([pid]) - before[pid]), signal.SIGKILL)
    page.evaluate("window.interrupted")
    page.wait_for_selector("html[data-state=live]", state="attached")


def _open(browser: Browser, address: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=page_permissions())
    page = context.new_page()
    page.add_init_script(NOTE_PEERS)
    page.goto(address)
    page.wait_for_selector("html[data-state=live]", state="attached")
    page.click("#sound-prompt")
    page.click("#loop")
    return page


def _drag(page: Page) -> None:
    """Move the camera for a second, and back."""
    page.mouse.move(640, 360)
    page.mouse.down()
    for step in range(50):
        page.mouse.move(640 + 4 * (25 - abs(step - 25)), 360)
        page.wait_for_timeout(20)
    page.mouse.up()


def _pause(page: Page) -> None:
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    page.wait_for_timeout(2000)
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Pause]")
