"""The cost of drawing, measured in small."""

from __future__ import annotations

import pytest

from avatar_server.bench.drawing import measure_drawing
from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.quality import QUICK

pytestmark = pytest.mark.opengl


def test_measures_a_picture() -> None:
    """Figures are of one picture, in milliseconds: neither seconds nor the whole run."""
    cost = measure_drawing("close-left", QUICK, PictureSize(320, 180), 4)
    assert 0.1 < cost.processor_ms < 1000
    assert 0.1 < cost.wall_ms < 10_000
