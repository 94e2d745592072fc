"""The two people can be told apart, also by those who see fewer colours."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.scene.appearance import PALETTES, linear
from avatar_server.scene.lighting import STUDIO_LIGHT

# Linear RGB as seen without one kind of cone, severity 1: Machado, Oliveira and Fernandes 2009, table 1.
WITHOUT_CONES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of linear BT.709 light."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(to_xyz @ colour / [0.9505, 1.0, 1.089], 0.008856, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_linear_light_of_known_colours() -> None:
    assert linear("#000000") == (0, 0, 0)
    assert linear("#ffffff") == pytest.approx((1, 1, 1))
    assert linear("#bc0a80") == pytest.approx((0.5029, 0.00304, 0.2159), abs=2e-4)


@pytest.mark.parametrize("sight", WITHOUT_CONES)
def test_tops_differ_clearly_for_everybody(sight: str) -> None:
    tops = [np.array(palette.top) for palette in PALETTES]
    assert np.linalg.norm(lab(tops[0]) - lab(tops[1])) > 40
    dim = [np.array(WITHOUT_CONES[sight]) @ top for top in tops]
    assert np.linalg.norm(lab(dim[0]) - lab(dim[1])) > 25


def test_lights_shine_from_above_the_floor() -> None:
    for direction in (STUDIO_LIGHT.key_direction, STUDIO_LIGHT.fill_direction):
        assert math.hypot(*direction) == pytest.approx(1)
        assert direction[1] > 0
