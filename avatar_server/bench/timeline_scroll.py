"""How many pictures a second the timeline of a long interaction shows while it is scrolled.

Run as `python -m avatar_server.bench.timeline_scroll`. A synthetic interaction of 20 minutes is made and
served, or one of `--data` is, and opened in Chromium. The stage is paused; a hand then turns the wheel a
little before every picture of the screen, so that the timeline moves to the end and back, at several depths
of zoom.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from avatar_server.bench.plain_server import serving
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.testing.synthetic_interaction import synthesize

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

SPANS_S = (600.0, 120.0, 30.0, 8.0)
"""What is seen at a time: from utterances that cannot be read to single words."""

STEP_PX = 24
"""Between two pictures: a screen's width passes in a second."""

_WINDOW: ViewportSize = {"width": 1440, "height": 900}

_SCROLL = """
// Turns the wheel before each picture, for a while. Counted is what the timeline drew at a place of its own.
(() => {
  let drawing_ms = [];
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => ask((now) => {
    const begun = performance.now();
    callback(now);
    // uPlot draws in a microtask of its own.
    queueMicrotask(() => drawing_ms.push(performance.now() - begun));
  });
  const place = () => document.querySelector(".overview-window").style.transform;
  window.wheel = (delta) => {
    const lanes = document.querySelector(".lanes"), box = lanes.getBoundingClientRect();
    const place = { clientX: box.left, clientY: box.top + 60, cancelable: true };
    lanes.dispatchEvent(new WheelEvent("wheel", { ...delta, ...place }));
  };
  window.scroll = async (step_px, seconds) => {
    const times = [];
    let step = step_px, before = "", pictures = 0, still = 0;
    drawing_ms = [];
    await new Promise((resolve) => {
      const turn = (now) => {
        times.push(now);
        const now_at = place();
        if (now_at !== before) pictures += 1;
        still = now_at === before ? still + 1 : 0;
        before = now_at;
        if (now - times[0] > seconds * 1000) return resolve();
        // At the end the other way.
        if (still > 2) step = -step, still = 0;
        wheel({ deltaX: step });
        ask(turn);
      };
      ask(turn);
    });
    const lasted_s = (times.at(-1) - times[0]) / 1000;
    const gaps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b);
    const sorted = drawing_ms.sort((a, b) => a - b);
    const at = (list, share) => list[Math.min(list.length - 1, Math.floor(share * list.length))] ?? 0;
    return {
      pictures_per_second: (pictures - 1) / lasted_s,
      gap_ms: at(gaps, 0.5), gap_p99_ms: at(gaps, 0.99),
      drawing_ms: at(sorted, 0.5), drawing_p99_ms: at(sorted, 0.99),
    };
  };
})();
"""


@dataclass(frozen=True, slots=True)
class Scrolled:
    """While `span_s` of the interaction were seen at a time.

    gap_ms: from one picture to the next, median and 99th percentile. drawing_ms: of that, what the page's
    own drawing took on the main thread. processor_ms: of all of the browser, for each picture, beyond what it
    used before for the stage's pictures: it tells most where others have the processors meanwhile.
    """

    span_s: float
    pictures_per_second: float
    gap_ms: float
    gap_p99_ms: float
    drawing_ms: float
    drawing_p99_ms: float
    processor_ms: float


def measure_scrolling(url: str, seconds: float) -> list[Scrolled]:
    """Scroll the timeline of what `url` plays, for `seconds` at each depth.

    Raises `MachineError` where there is no browser.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=chromium_flags())
        context = browser.new_context(viewport=_WINDOW, permissions=page_permissions())
        page = context.new_page()
        page.add_init_script(_SCROLL)
        page.goto(url)
        page.wait_for_selector("html[data-state=live]")
        page.keyboard.press("Space")
        page.wait_for_selector("#play[aria-label=Play]")
        page.keyboard.press("t")
        page.wait_for_selector(".overview-voices > *", state="attached")
        found = [_scroll(page, span_s, seconds) for span_s in SPANS_S]
        context.close()
        browser.close()
    return found


def _scroll(page: Page, span_s: float, seconds: float) -> Scrolled:
    page.evaluate("wheel({ deltaY: 1e6 })")
    whole_s = float(page.get_attribute(".lanes", "aria-valuemax") or 0)
    page.evaluate("(factor) => wheel({ deltaY: -Math.log(factor) / 0.0022 })", whole_s / span_s)
    page.wait_for_timeout(1500)
    browser = descendants(os.getpid())
    before_s = processor_s(browser)
    page.wait_for_timeout(seconds * 1000)
    resting_s = processor_s(browser) - before_s
    before_s = processor_s(browser)
    figures: dict[str, float] = page.evaluate("([px, s]) => scroll(px, s)", [STEP_PX, seconds])
    scrolling_s = processor_s(browser) - before_s
    processor_ms = (scrolling_s - resting_s) * 1000 / max(figures["pictures_per_second"] * seconds, 1.0)
    return Scrolled(span_s=span_s, processor_ms=processor_ms, **figures)


def as_text(scrolled: list[Scrolled]) -> str:
    """A table for people."""
    lines = ["seen at a time   pictures/s   gap median, 99 %     own drawing median, 99 %   processors"]
    lines += [
        f"{one.span_s:10.0f} s {one.pictures_per_second:14.1f} {one.gap_ms:10.1f} {one.gap_p99_ms:7.1f} ms"
        f" {one.drawing_ms:12.1f} {one.drawing_p99_ms:7.1f} ms"
        f" {one.processor_ms:9.1f} ms"
        for one in scrolled
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="at each depth (default: 6)")
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="of the synthetic interaction (default: 20)"
    )
    parser.add_argument("--interaction", help="instead, one of --data")
    parser.add_argument("--data", type=Path, default=Path(), help="where that is")
    parser.add_argument("--url", help="of a server that plays one already")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        url = options.url
        if url is None:
            key, data = options.interaction, options.data
            if key is None:
                data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="avatar-server-bench-")))
                key = str(synthesize(data, seconds=options.minutes * 60.0).key)
            url = stack.enter_context(serving(key, data))
        scrolled = measure_scrolling(url, options.seconds)
    print(json.dumps([asdict(one) for one in scrolled]) if options.json else as_text(scrolled))


if __name__ == "__main__":
    main()
