"""A sheet is its stills, in order, with their times on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatar_server.cli import main
from avatar_server.contact_sheet import GAP_PX, sheet_times, time_text

WIDTH, HEIGHT = 160, 90


def read(path: Path) -> NDArray[np.int64]:
    return np.asarray(Image.open(path)).astype(np.int64)


@pytest.mark.opengl
def test_two_cameras_have_a_row_each(tmp_path: Path) -> None:
    target, still = tmp_path / "sheet.png", tmp_path / "still.png"
    size = ("--size", f"{WIDTH}x{HEIGHT}")
    span = ("--start", "1", "--end", "4", "--every", "1")
    free = "orbit:20,5,3@0,1,0"
    assert main(["sheet", "demo", "-o", str(target), "--camera", f"two-shot,{free}", *span, *size]) == 0
    sheet = read(target)
    assert sheet.shape == (2 * HEIGHT + GAP_PX, 3 * WIDTH + 2 * GAP_PX, 3)
    assert (sheet[HEIGHT : HEIGHT + GAP_PX] == 255).all()
    assert main(["still", "demo", "-o", str(still), "--time", "2", "--camera", free, *size]) == 0
    cell = sheet[HEIGHT + GAP_PX :, WIDTH + GAP_PX :][:, :WIDTH]
    differs = (cell != read(still)).any(axis=-1)
    assert not differs[:70].any(), "above its label"
    assert differs[70:].sum() > 200


@pytest.mark.opengl
def test_one_camera_goes_on_in_the_next_row(tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    call = ["sheet", "demo", "-o", str(target), "--count", "5", "--size", "96x54", "--studio", "transparent"]
    assert main(call) == 0
    sheet = read(target)
    assert sheet.shape == (2 * 54 + GAP_PX, 3 * 96 + 2 * GAP_PX, 4)
    assert (sheet[54:, 2 * (96 + GAP_PX) :, 3] == 0).all(), "there is no sixth"


def test_times() -> None:
    assert sheet_times((1.0, 4.0), 1.0, None) == (1.0, 2.0, 3.0)
    assert sheet_times((0.0, 1.0), 0.4, None) == pytest.approx((0.0, 0.4, 0.8))
    assert sheet_times((0.0, 4.0), None, 2) == (1.0, 3.0)
    assert [time_text(time_s) for time_s in (0.0, 62.5, 59.999)] == ["0:00.00", "1:02.50", "1:00.00"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["--every", "1", "--count", "2"], "--every: expected it or --count, got both"),
        (["--every", "0"], "--every: expected seconds from 0.01"),
        (["--count", "0"], "--count: expected a whole number from 1 to 2000"),
        (["--camera", "two-shot,drone"], "--camera: expected one of"),
        (["--every", "0.01"], "expected at most 2000 pictures"),
        (["--count", "2000", "--size", "720p"], "take fewer"),
    ],
)
def test_what_cannot_be_is_said(
    tmp_path: Path, call: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sheet", "demo", "-o", str(tmp_path / "a.png"), *call]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
