"""A free camera in words that people can type: `orbit:30,10,4.5@0,1.1,0`.

Azimuth and elevation in degrees, distance in metres, then if need be the vertical field of view in degrees,
and behind the `@` the point it looks at, in metres; see `cameras.Orbit` for the directions.
"""

from __future__ import annotations

import math

from avatar_server.errors import UsageError
from avatar_server.scene.cameras import Orbit

ORBIT_FORM = "orbit:AZIMUTH,ELEVATION,DISTANCE[,FOV]@X,Y,Z"

_PREFIX = "orbit:"
_USUAL_FOV_DEG = 30.0
NARROWEST_FOV_DEG, WIDEST_FOV_DEG = 5.0, 120.0
FURTHEST_TARGET_M = 20.0


def is_orbit_text(text: str) -> bool:
    """Whether it is meant to be one."""
    return text.startswith(_PREFIX)


def parse_orbit(text: str) -> Orbit:
    """The camera; UsageError for what is none. What is out of an orbit's bounds is brought within them."""
    angles, at, target = text.removeprefix(_PREFIX).partition("@")
    first, second = _numbers(angles), _numbers(target)
    if not at or len(first) not in (3, 4) or len(second) != 3:
        raise UsageError(f"expected {ORBIT_FORM} in degrees and metres, got {text!r}")
    fov_deg = first[3] if len(first) == 4 else _USUAL_FOV_DEG
    if not NARROWEST_FOV_DEG <= fov_deg <= WIDEST_FOV_DEG:
        bounds = f"{NARROWEST_FOV_DEG:g} to {WIDEST_FOV_DEG:g} degrees"
        raise UsageError(f"expected a field of view of {bounds}, got {fov_deg:g}")
    if max(abs(length) for length in second) > FURTHEST_TARGET_M:
        raise UsageError(f"expected a point within {FURTHEST_TARGET_M:g} m, got {target!r}")
    return Orbit(
        (second[0], second[1], second[2]),
        math.radians(first[0]),
        math.radians(first[1]),
        first[2],
        math.radians(fov_deg),
    )


def orbit_text(orbit: Orbit) -> str:
    """The same camera as text, exactly enough for every pixel."""
    angles = (
        math.degrees(orbit.azimuth_rad),
        math.degrees(orbit.elevation_rad),
        orbit.distance_m,
        math.degrees(orbit.vertical_fov_rad),
    )
    said = (",".join(f"{value:.6f}" for value in part) for part in (angles, orbit.target))
    return _PREFIX + "@".join(said)


def _numbers(text: str) -> list[float]:
    """Finite ones with commas between them; empty if it is something else."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return found if all(math.isfinite(value) and abs(value) < 1e6 for value in found) else []
