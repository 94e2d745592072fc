"""Two renderers that share no line of drawing code agree on where people are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.motion.presets import NATURAL
from avatar_server.performance import Performance
from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.reference import ReferenceRenderer
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.staging import STAGINGS

SIZE = PictureSize(1280, 720)
pytestmark = pytest.mark.opengl

TEN = [
    *((camera, "face-to-face", 2.0 + 3.7 * index) for index, camera in enumerate(CAMERAS)),
    ("two-shot", "side-by-side", 5.3),
    ("over-left", "side-by-side", 13.1),
    ("close-right", "side-by-side", 28.9),
]
"""Camera, staging and time: every camera, both stagings, all over the demo."""


@pytest.fixture(scope="module")
def demo() -> Performance:
    interaction = open_interaction("demo", Path())
    return open_performance(interaction, body=None, preset=NATURAL, staging=STAGINGS[0])


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[OpenGLRenderer, ReferenceRenderer]]:
    """In one process at the same time, as in the benchmark."""
    opengl, reference = OpenGLRenderer(SIZE), ReferenceRenderer(SIZE)
    yield opengl, reference
    reference.close()
    opengl.close()


@pytest.mark.parametrize(("camera", "staging", "time_s"), TEN)
def test_silhouettes_agree(
    demo: Performance,
    both: tuple[OpenGLRenderer, ReferenceRenderer],
    camera: str,
    staging: str,
    time_s: float,
) -> None:
    staged = demo.with_staging(staging)
    snapshot = staged.snapshot_at(time_s, staged.camera(camera, SIZE.width / SIZE.height))
    ours, theirs = (renderer.silhouette(snapshot) for renderer in both)
    # A fingertip at the picture's edge is all border; the last line counts its pixels too.
    seen = [person for person in (1, 2) if (theirs == person).sum() > 1000]
    assert seen, f"nobody in the picture of {camera}"
    assert camera.startswith(("left", "right", "close")) or seen == [1, 2]
    for person in seen:
        mine, yours = ours == person, theirs == person
        overlap = (mine & yours).sum() / (mine | yours).sum()
        assert overlap > 0.99, f"person {person}"
    assert np.mean(ours != theirs) < 0.002


def test_depths_agree(demo: Performance, both: tuple[OpenGLRenderer, ReferenceRenderer]) -> None:
    """Within a few millimetres where surfaces are not seen edge on."""
    snapshot = demo.snapshot_at(2.0, demo.camera("two-shot", SIZE.width / SIZE.height))
    ours, theirs = (renderer.depth(snapshot) for renderer in both)
    assert np.array_equal(ours > 0, both[0].silhouette(snapshot) > 0)
    assert np.mean((theirs > 0) != (ours > 0)) < 0.002
    off = np.abs(ours - theirs)[(ours > 0) & (theirs > 0)]
    assert np.median(off) < 0.001
    assert np.mean(off > 0.02) < 0.02
