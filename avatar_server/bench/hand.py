"""How long a hand on the camera waits to see what it does, and a viewer for the first picture."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from avatar_server.errors import MachineError

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRAGS = 10
DRAG_PIXELS = 200
SETTLE_MS = 500

WATCH_HAND = """
// When the offer went out, and from a movement of the mouse to a picture that shows it.
(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (String(data).includes('"type":"offer"')) window.offered_ms = performance.now();
    return send.call(this, data);
  };
  const pen = new OffscreenCanvas(64, 36).getContext("2d", { willReadFrequently: true });
  const look = (video) => { pen.drawImage(video, 0, 0, 64, 36); return pen.getImageData(0, 0, 64, 36).data; };
  const apart = (a, b) => a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
  // Watches some pictures to learn how much they change by themselves, then waits for one that changes more.
  window.watchDrag = async () => {
    const video = document.querySelector("video");
    const next = () => new Promise((resolve) =>
      video.requestVideoFrameCallback((_now, { expectedDisplayTime }) => resolve(expectedDisplayTime)));
    let moved_ms = null;
    document.addEventListener("pointermove", (event) => { moved_ms ??= event.timeStamp; },
                              { capture: true, once: true });
    await next();
    let before = look(video), most = 0.05;
    window.watching = true;
    const begun = performance.now();
    for (;;) {
      const shown_ms = await next();
      const now = look(video), change = apart(before, now);
      before = now;
      if (moved_ms === null) most = Math.max(most, change);
      else if (change > 2.5 * most) return shown_ms - moved_ms;
      if (performance.now() - begun > 5000) return null;
    }
  };
})();
"""


def drag_ms(page: Page, count: int = DRAGS) -> float:
    """Milliseconds from a movement of the mouse to the first picture that shows it, median of `count`.

    `page`, opened with WATCH_HAND, is live. The picture counts when the browser expects it on the screen.
    """
    box = page.locator("#picture").bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    found: list[float] = []
    for number in range(count):
        x = middle + (DRAG_PIXELS if number % 2 else 0)
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate("() => { window.watching = false; window.dragged = watchDrag(); }")
        page.wait_for_function("() => window.watching")
        # Any moment between two pictures, as a hand does.
        page.wait_for_timeout(SETTLE_MS + 1000 / 30 * math.modf(number * 0.618)[0])
        page.mouse.move(middle + (0 if number % 2 else DRAG_PIXELS), y)
        elapsed_ms: float | None = page.evaluate("window.dragged")
        page.mouse.up()
        if elapsed_ms is None:
            raise MachineError("the camera did not follow the mouse")
        found.append(elapsed_ms)
        page.wait_for_timeout(SETTLE_MS)
    return median(found)


def join_ms(page: Page) -> float:
    """Milliseconds from the viewer's offer to the first picture on the screen, of a `page` just opened."""
    elapsed_ms: float = page.evaluate("firstPicture().then((at_ms) => at_ms - window.offered_ms)")
    return elapsed_ms
