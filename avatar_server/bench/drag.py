"""Where the time goes between a hand that moves the camera and the picture that shows it.

Run as `python -m avatar_server.bench.drag`. Page, server and stage note when each step was done; all of them
tell the time by CLOCK_MONOTONIC, the page's after a comparison that is right to half a millisecond.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from avatar_server.bench.drag_steps import Drag, Shown, as_text, drag_of
from avatar_server.bench.hand import DRAG_PIXELS
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.bench.stamped_stage import STAMPS_FILE
from avatar_server.bench.stamps import read_stamps
from avatar_server.commands.values import picture_size
from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

SETTLE_MS = 400
WARM_UP_MS = 8000
"""The lead that pictures leave by has found its length, and the server has prepared its spare stage."""

_WINDOW: ViewportSize = {"width": 1280, "height": 800}
_COMPARISONS = 40

_WATCH = """
// What the page does with a movement of the mouse, and every picture that was shown, by its RTP time stamp.
(() => {
  window.moved = window.sent = null;
  window.shown = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (String(data).includes('"type":"orbit"')) window.sent ??= performance.now();
    return send.call(this, data);
  };
  document.addEventListener("pointermove", (event) => { window.moved ??= event.timeStamp; },
                            { capture: true });
  window.watch = () => {
    const video = document.querySelector("video");
    const see = (_now, { rtpTimestamp, receiveTime, presentationTime, expectedDisplayTime }) => {
      window.shown.push([rtpTimestamp, receiveTime, presentationTime, expectedDisplayTime]);
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
  };
})();
"""


def measure_drags(
    count: int, size: PictureSize, *, warm_up_ms: float = WARM_UP_MS, paused: bool = False
) -> tuple[list[Drag], dict[str, float]]:
    """Serve the demo and move its camera `count` times in Chromium, while it plays or in a pause.

    Gives what was seen of each movement, and cores and pictures a second meanwhile. Raises `MachineError`
    where there is no browser.
    """
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder,
        sync_playwright() as playwright,
    ):
        path = Path(folder) / "stamps"
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=chromium_flags())
        context = browser.new_context(viewport=_WINDOW, permissions=page_permissions())
        page = context.new_page()
        page.add_init_script(_WATCH)
        with _serving(path, size) as (url, process):
            page.goto(url, wait_until="commit")
            page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
            page.click("#sound-prompt")
            page.evaluate("watch()")
            page.wait_for_timeout(warm_up_ms)
            if paused:
                page.keyboard.press("Space")
                page.wait_for_selector("#play[aria-label=Play]")
                page.wait_for_timeout(SETTLE_MS)
            page_zero_s = _page_zero_s(page)
            used = _used(process)
            begun_s, pictures = time.monotonic(), _pictures(page)
            moves = [_drag(page, number) for number in range(count)]
            lasted_s = time.monotonic() - begun_s
            cores = {name: (now - used[name]) / lasted_s for name, now in _used(process).items()}
            cores["pictures_per_second"] = (_pictures(page) - pictures) / lasted_s
            shown = [Shown(*picture) for picture in page.evaluate("window.shown")]
            stamps = list(read_stamps(path))
            context.close()
        browser.close()
    drags = [drag for at_ms in moves if (drag := drag_of(*at_ms, shown, page_zero_s, stamps))]
    return drags, cores


def _used(process: subprocess.Popen[str]) -> dict[str, float]:
    stages = descendants(process.pid)
    browser = [own for own in descendants(os.getpid()) if own not in (process.pid, *stages)]
    return {
        "server": processor_s([process.pid]),
        "stage": processor_s(stages),
        "browser": processor_s(browser),
    }


def _pictures(page: Page) -> int:
    count: int = page.evaluate("document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames")
    return count


def _drag(page: Page, number: int) -> tuple[float, float]:
    """Move the mouse once while its button is pressed; gives when it moved and when the page said so."""
    box = page.locator("#picture").bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle + (DRAG_PIXELS if number % 2 else 0), y)
    page.mouse.down()
    page.evaluate("() => { window.moved = window.sent = null; }")
    # Any moment between two pictures, as a hand does.
    page.wait_for_timeout(SETTLE_MS + 1000 / 30 * math.modf(number * 0.618)[0])
    page.mouse.move(middle + (0 if number % 2 else DRAG_PIXELS), y)
    page.wait_for_timeout(SETTLE_MS)
    moved_ms, sent_ms = page.evaluate("[window.moved, window.sent]")
    page.mouse.up()
    if moved_ms is None or sent_ms is None:
        raise MachineError("the page sent nothing when the mouse moved")
    return moved_ms, sent_ms


def _page_zero_s(page: Page) -> float:
    """CLOCK_MONOTONIC when the page's clock stood at 0: of several askings, the one answered soonest."""
    soonest_s, zero_s = math.inf, 0.0
    for _ in range(_COMPARISONS):
        asked_s = time.monotonic()
        page_ms: float = page.evaluate("performance.now()")
        took_s = time.monotonic() - asked_s
        if took_s < soonest_s:
            soonest_s, zero_s = took_s, asked_s + took_s / 2 - page_ms / 1000
    return zero_s


@contextmanager
def _serving(stamps: Path, size: PictureSize) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "avatar_server.bench.stamped_server", str(size.width), str(size.height)]
    environment = {**os.environ, STAMPS_FILE: str(stamps)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if not found:
            raise MachineError("the server did not start")
        yield found[0], process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def main() -> None:
    """Print the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drags", type=int, default=60)
    parser.add_argument("--paused", action="store_true", help="people stand still meanwhile")
    parser.add_argument("--json", action="store_true", help="every drag, for programs")
    parser.add_argument("--size", default="1280x720")
    options = parser.parse_args()
    drags, cores = measure_drags(options.drags, picture_size(options.size), paused=options.paused)
    if options.json:
        print(
            json.dumps({"drags": [drag.steps_ms() | {"together": drag.whole_ms} for drag in drags], **cores})
        )
    else:
        print(as_text(drags))
        print(", ".join(f"{name} {value:.2f}" for name, value in cores.items()), f"({len(drags)} drags)")


if __name__ == "__main__":
    main()
