"""Pictures of the page for the README, made anew: `python -m avatar_server.bench.screenshots`.

A server of its own plays a synthetic interaction out of a small synthetic catalogue, and Chromium looks at it
as people would: the library, the stage with its timeline, on a telephone, in the dark.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from avatar_server.bench.browser import chromium_flags, chromium_path, page_permissions
from avatar_server.bench.plain_server import serving
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.testing.synthetic_interaction import synthesize

SECONDS = 40.0
PAIRS = 460
QUALITY = 82
"""Of JPEG: text stays crisp, and the files are small enough for a repository."""

SETTLED_MS = 2500
"""Until plots are drawn and tips have gone."""

MOMENT_S = 12.4
"""Somebody speaks, and both are moving."""

PROMPTS = (
    "Plan a weekend in the mountains together. One of you is afraid of heights.",
    "You have missed the last train. Decide how to get home.",
    "Tell each other about a teacher whom you remember.",
    "One of you wants to sell a bicycle that the other one doubts.",
    "Agree on three books for a desert island.",
    "Explain the rules of a game that you both half know.",
    "Your neighbour's party is too loud. One of you wants to join it.",
    "Describe a meal that went wrong, and what was eaten instead.",
    "Talk about a place where you would live if you could.",
    "One of you has good news and is not allowed to tell it yet.",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file's name, the window, what is pressed before, and the theme."""

    name: str
    width: int
    height: int
    keys: tuple[str, ...]
    theme: Literal["light", "dark"] = "light"


SHOTS = (
    Shot("stage", 1440, 900, ("t", "c")),
    Shot("library", 1440, 900, ("b",)),
    Shot("words", 1440, 900, ("w", "t", "c"), "dark"),
    Shot("narrow", 390, 844, ("c",)),
)


def write_catalogue(folder: Path) -> str:
    """Some hundred interactions to look through, one of which is there; the key of that one."""
    made = synthesize(folder, seconds=SECONDS)
    lot = random.Random(8)
    rows = [
        f"{one.id},improvised,dev,{one.npz.parent.parent.name},{one.npz.parent.name},1,0,0"
        for one in made.recordings
    ]
    for number in range(PAIRS):
        vendor, session = number % 4, 10 + number // 6
        label, split = (
            ("improvised", "naturalistic")[number % 2],
            ("train", "train", "dev", "test")[number % 4],
        )
        for person in sorted(lot.sample(range(1000), 2)):
            one = RecordingId(vendor, session, number % len(PROMPTS), person)
            rows.append(
                f"{one},{label},{split},{number % 40},{person},{int(vendor == 0)},{number % 3 // 2},0"
            )
    head = (
        "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"
    )
    (folder / "filelist.csv").write_text("\n".join([head, *rows, ""]))
    prompts = [f'{number},"{text}","{text}",improv' for number, text in enumerate(PROMPTS)]
    head = "prompt_hash,participant_a_prompt_text,participant_b_prompt_text,interaction_type"
    (folder / "interactions.csv").write_text("\n".join([head, *prompts, f'582,"{PROMPTS[0]}","",improv', ""]))
    known = [
        f"V{number % 4:02d},{10 + number // 6:04d},{('stranger,', 'familiar,friends')[number % 2]}"
        for number in range(PAIRS)
    ]
    (folder / "relationships.csv").write_text(
        "\n".join(["vendor_id,session_id,relationship,relationship_detail", *dict.fromkeys(known), ""])
    )
    return str(made.key)


def take(browser: Browser, url: str, shot: Shot, target: Path) -> None:
    """Look at the page as `shot` says and write what is seen."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        permissions=page_permissions(),
        color_scheme=shot.theme,
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-state=live]", timeout=60_000)
    for key in shot.keys:
        page.keyboard.press(key)
    page.click("#mute")
    _go_to(page, MOMENT_S)
    page.evaluate("document.activeElement?.blur()")
    page.mouse.move(shot.width / 2, shot.height / 3)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=target / f"{shot.name}.jpg", type="jpeg", quality=QUALITY)
    context.close()


def _go_to(page: Page, time_s: float) -> None:
    """Stand still at a moment, so that the picture is sharp."""
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_selector("#play[aria-label=Pause]")
    page.click("#play")
    page.wait_for_selector("#play:not([aria-label=Pause])")
    page.locator("#seek").fill(str(time_s))
    page.wait_for_function(
        "at_s => Math.abs(Number(document.querySelector('#seek').value) - at_s) < 0.05", arg=time_s
    )


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/screenshots"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        key = write_catalogue(Path(name))
        with serving(key, Path(name)) as url:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=chromium_flags())
            for shot in SHOTS:
                take(browser, url, shot, options.output)
                print(options.output / f"{shot.name}.jpg")
            browser.close()


if __name__ == "__main__":
    main()
