"""How a skeleton stands at rest: which way it looks, and whether as a T, as an A, or otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.bvh.joint_names import SIDES
from avatar_server.motion.bvh.joint_roles import JointRoles

Floats = NDArray[np.float64]

Stance = Literal["T", "A", "arms down", "other"]

SNAP_LIMIT_DEG = 30.0
"""A landmark direction further from every axis than this is taken as it is."""

T_DEG, A_DEG = 30.0, 78.0
"""Arms up to so far below the horizontal make a T, and an A; below that they hang."""

STRAIGHT_DEG = 35.0
"""A leg or an arm is straight, and a leg points down, to this."""


@dataclass(frozen=True, eq=False, slots=True)
class RestFrame:
    """axes: (3, 3) rows left, up, forward of the person in the file's axes, orthonormal, right-handed.

    tilt_deg: by how much measured directions were off the axes they were snapped to. snapped: whether they
    were.
    """

    axes: Floats
    tilt_deg: float
    snapped: bool

    @property
    def facing(self) -> str:
        """Which way the person looks, such as `+x`."""
        return axis_name(self.axes[2])


def rest_frame(roles: JointRoles, places: Floats, *, upright: Floats | None = None) -> RestFrame:
    """Which way a person with joints at `places` (J, 3) stands and looks.

    Snapped to signed axes: a skeleton is built along them, and what its landmarks are off by is anatomy. A
    pose out of the motion looks anywhere; for it `upright` is the (3,) axis that is up, and the heading is
    measured.
    """
    thighs = np.array([places[roles.left.hip], places[roles.right.hip]])
    arms = np.array([places[roles.left.shoulder], places[roles.right.shoulder]])
    up = arms.mean(axis=0) - thighs.mean(axis=0)
    left = _unit(thighs[0] - thighs[1]) + _unit(arms[0] - arms[1])
    if upright is not None:
        return RestFrame(_axes(left, upright), _angle_deg(up, upright), False)
    axis = snapped(up)
    side = snapped(left - axis * (left @ axis))
    tilt_deg = max(_angle_deg(up, axis), _angle_deg(left - axis * (left @ axis), side))
    if tilt_deg > SNAP_LIMIT_DEG:
        return RestFrame(_axes(left, up), tilt_deg, False)
    return RestFrame(_axes(side, axis), tilt_deg, True)


def stance(roles: JointRoles, places: Floats, axes: Floats) -> tuple[Stance, float]:
    """How a person with joints at `places` (J, 3) stands, and how far off that is, in degrees.

    axes: as in `RestFrame`.
    """
    seen = places @ axes.T
    off_deg = 0.0
    elevations_deg = []
    for side, outward in zip(SIDES, (1.0, -1.0), strict=True):
        limbs = roles.side(side)
        thigh, shin = seen[limbs.knee] - seen[limbs.hip], seen[limbs.ankle] - seen[limbs.knee]
        upper, fore = seen[limbs.elbow] - seen[limbs.shoulder], seen[limbs.wrist] - seen[limbs.elbow]
        down = np.array([0.0, -1.0, 0.0])
        off_deg = max(off_deg, _angle_deg(thigh, down), _angle_deg(shin, down), _angle_deg(upper, fore))
        reach = _unit(seen[limbs.wrist] - seen[limbs.shoulder])
        elevation_deg = float(np.degrees(np.arcsin(np.clip(reach[1], -1, 1))))
        elevations_deg.append(elevation_deg)
        # In the plane of the shoulders, and on its own side.
        flat = np.array([outward * np.cos(np.radians(elevation_deg)), reach[1], 0.0])
        off_deg = max(off_deg, _angle_deg(reach, flat))
    if off_deg > STRAIGHT_DEG or max(elevations_deg) > T_DEG:
        return "other", max(off_deg, max(elevations_deg))
    lowest_deg = min(elevations_deg)
    if lowest_deg > -T_DEG:
        return "T", off_deg
    return ("A", off_deg) if lowest_deg > -A_DEG else ("arms down", off_deg)


def snapped(direction: Floats) -> Floats:
    """The signed axis nearest to a direction (3,)."""
    axis = np.zeros(3)
    place = int(np.argmax(np.abs(direction)))
    axis[place] = 1.0 if direction[place] >= 0 else -1.0
    return axis


def axis_name(direction: Floats) -> str:
    """`+x`, `-z`; of a direction that is no axis, the nearest one with `about` before it."""
    axis = snapped(direction)
    place = int(np.argmax(np.abs(axis)))
    name = ("+" if axis[place] > 0 else "-") + "xyz"[place]
    return name if _angle_deg(direction, axis) < 0.5 else f"about {name}"


def _axes(left: Floats, up: Floats) -> Floats:
    y = _unit(up)
    x = left - y * (left @ y)
    if np.linalg.norm(x) < 1e-9:
        x = np.eye(3)[int(np.argmin(np.abs(y)))]
        x = x - y * (x @ y)
    x = _unit(x)
    return np.stack([x, y, np.cross(x, y)])


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-12 else np.zeros(3)


def _angle_deg(one: Floats, other: Floats) -> float:
    """Between two directions; 180 if one of them is none."""
    if np.linalg.norm(one) < 1e-12 or np.linalg.norm(other) < 1e-12:
        return 180.0
    a, b = _unit(one), _unit(other)
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))
