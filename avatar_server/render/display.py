"""From linear light to display values: the numpy twin of `shaders/display.glsl`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHOULDER = 0.62
"""Linear light up to here is shown as it is; above it is rolled off towards white, which it never reaches."""


def tone_curve(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear radiance 0.. to linear display light 0..1: straight, then a rational shoulder of equal slope."""
    above = np.maximum(linear - SHOULDER, 0.0) / (1.0 - SHOULDER)
    return np.minimum(linear, SHOULDER) + (1.0 - SHOULDER) * above / (1.0 + above)


def display_encode(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear radiance of any shape to non-linear R'G'B' 0..1, tone curve included.

    The transfer function is that of sRGB (IEC 61966-2-1): what browsers and players undo when they show
    BT.709 pictures on ordinary screens.
    """
    toned = tone_curve(np.maximum(linear, 0.0))
    curved = 1.055 * np.maximum(toned, 1e-6) ** (1 / 2.4) - 0.055
    return np.where(toned <= 0.0031308, 12.92 * toned, curved)
