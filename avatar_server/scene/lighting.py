"""Lights of the studios: a key light from the upper left, a fill from the right, light from all over."""

from __future__ import annotations

import math
from dataclasses import replace

from avatar_server.scene.appearance import linear
from avatar_server.scene.snapshot import Backdrop, Lighting


def _direction(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    """Unit vector to a light; azimuth 0 is the viewer's side (+z), positive to the left, as for cameras."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    return (-math.sin(azimuth) * level, math.sin(elevation), math.cos(azimuth) * level)


STUDIO_LIGHT = Lighting(
    key_direction=_direction(28, 52),
    key_colour=(0.78, 0.75, 0.70),
    fill_direction=_direction(-48, 22),
    fill_colour=(0.20, 0.22, 0.25),
    sky_colour=(0.36, 0.38, 0.41),
    ground_colour=(0.22, 0.21, 0.20),
)

STUDIO_BACKDROP = Backdrop(
    floor=linear("#cfcdc8"),
    horizon=linear("#dbdcdd"),
    zenith=linear("#b9c3cc"),
)

WHITE_LIGHT = replace(
    STUDIO_LIGHT, sky_colour=(0.40, 0.41, 0.42), ground_colour=(0.30, 0.30, 0.30), shadow=0.6
)
"""A white floor sends back more light than a grey one, and what is bright everywhere has paler shadows."""

DARK_LIGHT = Lighting(
    key_direction=_direction(34, 48),
    key_colour=(0.86, 0.81, 0.74),
    fill_direction=_direction(-52, 18),
    fill_colour=(0.16, 0.19, 0.24),
    sky_colour=(0.20, 0.22, 0.26),
    ground_colour=(0.10, 0.10, 0.11),
    rim_colour=(0.95, 1.05, 1.25),
)
"""Little light from all over, and a cool rim: dark hair and trousers stand out from a dark wall."""
