"""Films and stills as a person makes them in the page: what is saved is what was seen."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from avatar_server.render.still import read_png
from tests.running_server import Server, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]

WIDTH, HEIGHT = 640, 360

LIVE = """([width, height]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(document.querySelector("#stage-video"), 0, 0, width, height);
  return canvas.toDataURL("image/png").split(",")[1];
}"""


@pytest.fixture(scope="module")
def server(
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    # Films are drawn beside the stage; a busy machine may leave it nothing for a moment.
    busy = "the stage's process hung|goes on after"
    with start_server("demo", tmp_path_factory.mktemp("data"), may_say=busy) as running:
        yield running


def saved(page: Page, selector: str, target: Path) -> str:
    """Press what saves a file; the name that the browser would give it."""
    with page.expect_download(timeout=60_000) as download:
        page.click(selector)
    download.value.save_as(target)
    return download.value.suggested_filename


def open_panel(page: Page, server: Server) -> None:
    """In a pause, seen through a camera that was dragged."""
    page.goto(f"{server.url}/?t=3")
    page.wait_for_selector("html[data-picture]")
    page.wait_for_selector("#play[aria-label=Pause]")
    page.keyboard.press("Space")
    page.wait_for_selector("#play[aria-label=Play]")
    # Time stands when the picture of the pause is on the screen, some pictures after the button shows it.
    page.wait_for_function(
        "() => !told.playing && Math.abs(Number(document.querySelector('#seek').value) - told.time_s) < 0.006"
    )
    page.keyboard.press("0")
    page.mouse.move(500, 300)
    page.mouse.down()
    page.mouse.move(700, 330, steps=3)
    page.mouse.up()
    page.wait_for_selector("#cameras [data-camera=orbit][aria-pressed=true]")
    page.keyboard.press("e")
    page.wait_for_selector("#export-start:enabled")
    page.select_option("#export-panel select >> nth=0", "0")


def test_a_part_is_exported_and_saved(page: Page, server: Server, tmp_path: Path) -> None:
    open_panel(page, server)
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('#time').textContent === '0:00.0'")
    page.fill("#export-from", "0:00.5")
    page.fill("#export-to", "1")
    page.check("#export-panel [value=burnt]", force=True)
    page.select_option("#export-panel select >> nth=1", "24")
    assert "0.5 s, 12 pictures" in page.inner_text(".export-expected")
    page.click("#export-start")
    page.wait_for_selector(".film[data-state=done]", timeout=90_000)
    assert saved(page, ".film-save", tmp_path / "film.mp4") == "demo_0.5-1.0s.mp4"
    with av.open(str(tmp_path / "film.mp4"), "r") as container:
        film = [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]
    assert len(film) == 12
    assert apart(film[0], seen(page)) < 5.0, "the camera of the page, a little after its moment"
    assert np.abs(film[-1] - seen(page))[HEIGHT // 2 :].max() > 100, "and words"
    page.click(".film-remove")
    page.wait_for_selector(".film", state="detached")


def test_a_still_is_what_is_seen(page: Page, server: Server, tmp_path: Path) -> None:
    open_panel(page, server)
    name = saved(page, "#export-still", tmp_path / "still.png")
    minutes, _, seconds = page.inner_text("#time").partition(":")
    assert minutes == "0"
    assert name.startswith(f"V00_S0809_I00000582_{float(seconds):.1f}"), "cut, as the page does"
    still = read_png(tmp_path / "still.png").astype(float)
    assert apart(still, seen(page)) < 4.0
    assert apart(np.roll(still, 40, axis=1), seen(page)) > 8.0, "which is not said of any picture"


def seen(page: Page) -> NDArray[np.float64]:
    """What the page shows just now."""
    png = base64.b64decode(page.evaluate(LIVE, [WIDTH, HEIGHT]))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float)


def apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean difference in levels, where captions are not."""
    return float(np.abs(one - other)[: HEIGHT // 2].mean())


def test_an_export_is_cancelled_and_what_is_wrong_is_said(page: Page, server: Server) -> None:
    open_panel(page, server)
    page.fill("#export-from", "4")
    page.fill("#export-to", "0:03")
    assert page.inner_text(".export-expected") == "The part has to end after it begins."
    assert page.is_disabled("#export-start")
    page.click("#export-panel .export-time:first-child .export-now")
    assert page.input_value("#export-from").startswith("0:0")
    page.fill("#export-to", "25")
    page.focus("#export-panel [value=none]")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("#export-panel [value=track]"), "the arrows choose here, and seek elsewhere"
    page.click("#export-start")
    page.wait_for_selector(".film[data-state=running] .film-remove")
    page.click(".film-remove")
    page.wait_for_selector(".film[data-state=cancelled]")
    assert page.inner_text(".film-state") == "Cancelled"
