"""How soon the library shows what somebody types: from the key to the rows on the screen, in a real browser.

A server as people start it plays the test card meanwhile, over a catalogue as large as the data set's. Each
phrase is typed and taken back, key by key, at the pace of somebody who types fast and does not wait.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from avatar_server.bench.library_material import ROWS, TYPED, write_library
from avatar_server.bench.viewers import started
from avatar_server.errors import MachineError
from avatar_server.stage.programme import TEST_CARD

if TYPE_CHECKING:
    from playwright.sync_api import Page

WANTED_MS = 100.0
"""An answer within this seems to come at once."""

BETWEEN_KEYS_MS = 120.0
"""A hundred words a minute."""

SOUND_S = 2.0
"""Of the one interaction that is there; nobody listens to it."""

_WATCH = """
(() => {
  const waiting = [];
  let pressedAt_ms = 0;
  window.answers = [];
  addEventListener("keydown", (event) => { pressedAt_ms = event.timeStamp; }, true);
  addEventListener("input", (event) => {
    const query = new URLSearchParams();
    const text = event.target.value.trim().replace(/\\s+/g, " ");
    if (text) query.set("text", text);
    waiting.push({ at_ms: pressedAt_ms, answered: `all ${query}` });
  }, true);
  window.watch = () => {
    const rows = document.querySelector("#library-panel [role=grid]");
    new MutationObserver(() => {
      const place = waiting.findLastIndex(({ answered }) => answered === rows.dataset.answered);
      if (place < 0) return;
      const shown = waiting.splice(0, place + 1);
      // A message that is sent in a frame is heard when that frame was painted.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.answers.push(...shown.map(({ at_ms }) => performance.now() - at_ms));
        port2.postMessage(null);
      });
    }).observe(rows, { attributeFilter: ["data-answered"] });
  };
})();
"""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """rows: of the list of recordings. times_ms: from each key to the rows that it led to."""

    rows: int
    times_ms: tuple[float, ...]

    @property
    def p95_ms(self) -> float:
        """Of a hundred keys, ninety-five are answered within this."""
        return quantiles(self.times_ms, n=20, method="inclusive")[-1]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        summary = {"median_ms": median(self.times_ms), "p95_ms": self.p95_ms, "worst_ms": max(self.times_ms)}
        return {**asdict(self), **summary, "wanted_ms": WANTED_MS}

    def as_text(self) -> str:
        """Lines for people."""
        late = sum(time_ms > WANTED_MS for time_ms in self.times_ms)
        return (
            f"typing in the library over {self.rows:,} recordings, {len(self.times_ms)} keys\n"
            f"  from a key to its rows  {median(self.times_ms):.0f} ms at the median, "
            f"95 % within {self.p95_ms:.0f} ms, at most {max(self.times_ms):.0f} ms\n"
            f"  later than {WANTED_MS:.0f} ms       {late}"
        )


def measure_search(
    rows: int = ROWS,
    *,
    typed: Sequence[str] = TYPED,
    note: Callable[[str], None] = lambda sentence: None,
) -> SearchReport:
    """Type all of `typed` into a library of so many recordings. Raises `MachineError` without a browser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise MachineError("no playwright here: pip install playwright") from None
    executable = chromium_path()
    with (
        tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder,
        sync_playwright() as playwright,
    ):
        note(f"a catalogue of {rows:,} recordings")
        write_library(Path(folder), rows=rows, sound_s=SOUND_S)
        command = [sys.executable, "-m", "avatar_server", "serve", TEST_CARD, "--port", "0"]
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=chromium_flags())
            with started([*command, "--data", folder, "--source", "local"]) as (url, _):
                page = browser.new_page(
                    viewport={"width": 1280, "height": 800}, permissions=page_permissions()
                )
                note("typing")
                times_ms = _typed(page, url, typed)
                page.close()
            browser.close()
        except Error as error:
            raise MachineError(f"{executable}: {str(error).splitlines()[0]}") from None
    return SearchReport(rows, tuple(times_ms))


def _typed(page: Page, url: str, phrases: Sequence[str]) -> list[float]:
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_selector("html[data-state=live]", state="attached")
    page.click("#panels [data-panel=library]")
    page.wait_for_selector("#library-panel [role=row]:not(.coming)")
    page.evaluate("watch()")
    page.focus("#library-search")
    keys = 0
    for phrase in phrases:
        for key in (*phrase, *["Backspace"] * len(phrase)):
            page.keyboard.press(key)
            page.wait_for_timeout(BETWEEN_KEYS_MS)
            keys += 1
    page.wait_for_function("count => window.answers.length >= count", arg=keys)
    times_ms: list[float] = page.evaluate("window.answers")
    return times_ms
