"""Pictures as they were when somebody last looked at them and found them good.

Compared on Mesa's software rasteriser only: GPUs round differently. When a change is meant, draw them anew
with `AVATAR_SERVER_GOLDEN=write python -m pytest tests/render/test_golden.py`, look at them, and commit them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.still import read_png, write_png
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.testing.renderer_suite import two_people

pytestmark = pytest.mark.opengl

FOLDER = Path(__file__).parent / "golden"
OUT = Path(__file__).parents[2] / ".out"
WRITE = os.environ.get("AVATAR_SERVER_GOLDEN") == "write"

VIEWS = {
    "both": two_people(1.0).camera,
    "face": Camera((0.55, 1.55, 0.75), (-0.68, 1.42, 0.0), math.radians(26)),
    "behind": Camera((-1.9, 1.6, 1.0), (0.4, 1.1, 0.0), math.radians(34)),
}


@pytest.fixture(scope="module")
def renderer() -> Iterator[OpenGLRenderer]:
    opened = OpenGLRenderer(PictureSize(640, 360))
    yield opened
    opened.close()


def snapshot_of(view: str) -> Snapshot:
    return replace(two_people(1.0), camera=VIEWS[view])


@pytest.mark.parametrize("view", VIEWS)
def test_looks_as_before(renderer: OpenGLRenderer, view: str) -> None:
    if "llvmpipe" not in renderer.name:
        pytest.skip(f"golden pictures are of llvmpipe, this is {renderer.name}")
    path = FOLDER / f"{view}.png"
    now = picture_to_rgb(draw(renderer, snapshot_of(view)))
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        write_png(path, now)
    before = read_png(path)
    difference = np.abs(now.astype(int) - before)
    if np.mean(difference) < 0.25 and np.mean(difference.max(axis=2) > 24) < 0.001:
        return
    OUT.mkdir(exist_ok=True)
    write_png(OUT / f"{view}-now.png", now)
    write_png(OUT / f"{view}-difference.png", np.clip(difference * 4, 0, 255).astype(np.uint8))
    pytest.fail(
        f"{view} looks different (mean {np.mean(difference):.2f}): see {OUT}/{view}-*.png beside {path}"
    )
