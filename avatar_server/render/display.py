"""From linear display light to display values: the numpy twin of `shaders/display.glsl`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def display_curve(toned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear display light 0..1 of any shape to non-linear R'G'B' 0..1.

    The transfer function is that of sRGB (IEC 61966-2-1): what browsers and players undo when they show
    BT.709 pictures on ordinary screens.
    """
    curved = 1.055 * np.maximum(toned, 1e-6) ** (1 / 2.4) - 0.055
    return np.where(toned <= 0.0031308, 12.92 * toned, curved)
