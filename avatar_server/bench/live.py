"""How the live stage does when server, stage and browser share this machine.

The demo is served as people serve it, and a headless Chromium looks at it. Whatever is called shown was seen
in decoded pixels or presented frames; nothing is taken from the server's word but its draw and encode times.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from avatar_server.bench.alone import measure_alone
from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from avatar_server.bench.hand import DRAGS, WATCH_HAND, drag_ms, join_ms
from avatar_server.bench.lip_sync import LipSync, measure_situations
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.errors import MachineError
from avatar_server.stage.programme import TEST_CARD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

OPENINGS = 3
CHANGES = 6
_SETTLE_MS = 1500
_WINDOW: ViewportSize = {"width": 1280, "height": 800}
_STATIC_SHARE = 0.12
"""Mean difference of two small pictures, 0..255, above which something new is shown: a still picture sent
again differs by less than a tenth of this, another place of the demo by several times as much."""

_WATCH = """
// Presented pictures, and what the peer connection says.
(() => {
  const Original = RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...given) { super(...given); window.peers.push(this); }
  };
  const presented = (video) => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  const theVideo = () => document.querySelector("video");
  const pen = new OffscreenCanvas(64, 36).getContext("2d", { willReadFrequently: true });
  const look = () => { pen.drawImage(theVideo(), 0, 0, 64, 36); return pen.getImageData(0, 0, 64, 36).data; };
  let first = null;
  window.firstPicture = () => first ??= (async () => {
    while (!theVideo()) await new Promise(requestAnimationFrame);
    return await presented(theVideo());
  })();
  window.shownPerSecond = async (seconds) => {
    // The browser's own count of what it presented: asking to be called for each picture costs pictures.
    const count = () => {
      const { totalVideoFrames, droppedVideoFrames } = theVideo().getVideoPlaybackQuality();
      return totalVideoFrames - droppedVideoFrames;
    };
    const counted = count(), begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return 1000 * (count() - counted) / (performance.now() - begun);
  };
  window.untilChanged = async (share, act) => {
    const before = look(), begun = performance.now();
    act();
    for (;;) {
      await presented(theVideo());
      const now = look();
      const apart = now.reduce((sum, value, at) => sum + Math.abs(value - before[at]), 0) / now.length;
      if (apart > share) return performance.now() - begun;
      if (performance.now() - begun > 5000) return Infinity;
    }
  };
  window.seekTo = (seconds) => {
    const bar = document.querySelector("#seek");
    bar.value = String(seconds);
    bar.dispatchEvent(new Event("input", { bubbles: true }));
    bar.dispatchEvent(new Event("change", { bubbles: true }));
  };
  window.soundSamples = async () => {
    const reports = [...(await window.peers.at(-1).getStats()).values()];
    const sound = reports.find((report) => report.type === "inbound-rtp" && report.kind === "audio");
    return [sound.concealedSamples - sound.silentConcealedSamples, sound.totalSamplesReceived];
  };
})();
"""


@dataclass(frozen=True, slots=True)
class LiveMeasured:
    """What a viewer on the same machine gets, and what the stage sends when no browser needs the cores, too.

    alone_per_second, alone_cores: of the stage without a browser: pictures, and processor seconds a second.
    first_picture_s: from opening the page to the first presented picture, median, of which join_ms from the
    offer on. seek_ms: from moving the seek bar of a paused stage to the new place being shown, median;
    camera_ms: from pressing a camera's button while playing; drag_ms: from a movement of the mouse.
    server_cores, stage_cores, browser_cores: processor seconds a second. draw_ms, encode_ms: of the stage.
    concealed_share: of the sound's samples, what the browser had to make up.
    lip_sync: on the test card, by situation, see `lip_sync`.
    """

    alone_per_second: float
    alone_cores: float
    first_picture_s: float
    join_ms: float
    shown_per_second: float
    seek_ms: float
    camera_ms: float
    drag_ms: float
    server_cores: float
    stage_cores: float
    browser_cores: float
    draw_ms: float
    encode_ms: float
    concealed_share: float
    lip_sync: dict[str, LipSync]

    def as_text(self) -> str:
        """Lines for people."""
        return (
            f"live stage, 1280x720: {self.alone_per_second:.1f} pictures a second with "
            f"{self.alone_cores:.2f} cores\n"
            f"with the browser on this machine: {self.shown_per_second:.1f} pictures a second shown, "
            f"draw {self.draw_ms:.1f} ms, encode {self.encode_ms:.1f} ms\n"
            f"first picture {self.first_picture_s:.2f} s after opening the page, {self.join_ms:.0f} ms after "
            f"the offer; seek shown after {self.seek_ms:.0f} ms, camera after {self.camera_ms:.0f} ms, "
            f"drag after {self.drag_ms:.0f} ms\n"
            f"cores: stage {self.stage_cores:.2f}, server {self.server_cores:.2f}, "
            f"browser {self.browser_cores:.2f}; "
            f"sound made up by the browser: {self.concealed_share:.2%}\n"
            "sound behind its picture on the test card (minus: before it):"
            + "".join(f"\n  {situation}: {found.as_text()}" for situation, found in self.lip_sync.items())
        )


def measure_live(
    seconds: float,
    *,
    openings: int = OPENINGS,
    changes: int = CHANGES,
    drags: int = DRAGS,
    with_lip_sync: bool = True,
) -> LiveMeasured:
    """Serve the demo, watch it for `seconds`; MachineError where there is no browser to watch with.

    openings: how often the page is opened. changes: how often the camera is changed and somebody seeks.
    drags: how often it is moved by hand. The lip sync takes two minutes more.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise MachineError("no playwright here: pip install playwright") from None
    executable = chromium_path()
    alone = asyncio.run(measure_alone(seconds))
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=chromium_flags())
            lip_sync = _lip_sync(browser) if with_lip_sync else {}
            with _serving("demo") as (url, process):
                counts = openings, changes, drags
                return _watched_by(browser, url, process, seconds, counts, alone, lip_sync)
        except Error as error:
            raise MachineError(f"{executable}: {str(error).splitlines()[0]}") from None


def _lip_sync(browser: Browser) -> dict[str, LipSync]:
    with _serving(TEST_CARD) as (url, process):
        return measure_situations(browser, url, process.pid)


def _watched_by(
    browser: Browser,
    url: str,
    process: subprocess.Popen[str],
    seconds: float,
    counts: tuple[int, int, int],
    alone: tuple[float, float],
    lip_sync: dict[str, LipSync],
) -> LiveMeasured:
    opening_count, change_count, drag_count = counts
    openings, joins = [], []
    for _ in range(opening_count):
        context = browser.new_context(viewport=_WINDOW, permissions=page_permissions())
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.add_init_script(WATCH_HAND)
        statuses = _statuses(page)
        page.goto(url, wait_until="commit")
        joins.append(join_ms(page))
        openings.append(page.evaluate("firstPicture()") / 1000)
        if len(openings) < opening_count:
            context.close()
    page.click("#sound-prompt")
    page.wait_for_timeout(_SETTLE_MS)
    shown, cores, concealed = _watch(page, process, seconds)
    cameras = ("close-left", "two-shot")
    camera_ms = [_until_changed(page, f"[data-camera={cameras[n % 2]}]") for n in range(change_count)]
    dragged_ms = drag_ms(page, drag_count)
    status = statuses[-1]
    page.keyboard.press("Space")
    page.wait_for_timeout(_SETTLE_MS)
    seek_ms = [_until_sought(page, (3.0, 21.0, 12.0)[n % 3]) for n in range(change_count)]
    page.context.close()
    browser.close()
    return LiveMeasured(
        alone_per_second=alone[0],
        alone_cores=alone[1],
        first_picture_s=median(openings),
        join_ms=median(joins),
        shown_per_second=shown,
        seek_ms=median(seek_ms),
        camera_ms=median(camera_ms),
        drag_ms=dragged_ms,
        server_cores=cores[0],
        stage_cores=cores[1],
        browser_cores=cores[2],
        draw_ms=status["draw_ms"],
        encode_ms=status["encode_ms"],
        concealed_share=concealed,
        lip_sync=lip_sync,
    )


@contextmanager
def _serving(interaction: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "avatar_server", "serve", interaction, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if not found:
            raise MachineError(f"the server did not start: {process.communicate()[1].strip()}")
        yield found[0], process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def _statuses(page: Page) -> list[dict[str, Any]]:
    """Fills with the stage's messages as they come."""
    heard: list[dict[str, Any]] = []

    def hear(text: str | bytes) -> None:
        message = json.loads(text)
        if message.get("type") == "status":
            heard.append(message)

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    return heard


def _watch(page: Page, process: subprocess.Popen[str], seconds: float) -> tuple[float, list[float], float]:
    """(pictures a second, cores of (server, stages, browser), share of concealed sound) over `seconds`."""
    stages = descendants(process.pid)
    browser = [own for own in descendants(os.getpid()) if own not in (process.pid, *stages)]
    parties = ([process.pid], stages, browser)
    used = [processor_s(party) for party in parties]
    made_up, heard = page.evaluate("soundSamples()")
    begun_s = time.monotonic()
    shown = page.evaluate(f"shownPerSecond({seconds})")
    lasted_s = time.monotonic() - begun_s
    made_up_then, heard_then = page.evaluate("soundSamples()")
    cores = [(processor_s(party) - before) / lasted_s for party, before in zip(parties, used, strict=True)]
    return shown, cores, max(0, made_up_then - made_up) / max(1, heard_then - heard)


def _until_changed(page: Page, button: str) -> float:
    """Milliseconds from pressing to seeing another picture; a moving person changes far fewer pixels."""
    elapsed_ms: float = page.evaluate(
        "button => untilChanged(8, () => document.querySelector(button).click())", button
    )
    page.wait_for_timeout(600)
    return elapsed_ms


def _until_sought(page: Page, time_s: float) -> float:
    """Milliseconds from moving the seek bar of a paused stage to seeing another picture."""
    elapsed_ms: float = page.evaluate(f"untilChanged({_STATIC_SHARE}, () => seekTo({time_s}))")
    page.wait_for_timeout(400)
    return elapsed_ms


if __name__ == "__main__":
    print(json.dumps(asdict(measure_live(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)), indent=2))
