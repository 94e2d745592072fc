"""Colour bars keep the renderers' contract, and are the bars that people know."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.render.colour_bars import ColourBars
from avatar_server.render.contract import PictureSize, Renderer, draw
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.testing.renderer_suite import RendererSuite, two_people


class TestColourBars(RendererSuite):
    draws_people = False

    def open_renderer(self, size: PictureSize) -> Renderer:
        return ColourBars(size)


def test_bars_are_white_to_black_and_a_line_sweeps() -> None:
    picture = draw(ColourBars(PictureSize(160, 90)), two_people(2.0))
    rgb = picture_to_rgb(picture)[45]
    middles = rgb[10::20].tolist()
    for bar, colour in ((0, [191, 191, 191]), (5, [191, 0, 0]), (7, [0, 0, 0])):
        assert middles[bar] == pytest.approx(colour, abs=1)
    assert np.flatnonzero(picture.planes()[0][45] == 235).tolist() == [80]
