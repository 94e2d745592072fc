"""Named cameras, and the orbit that a viewer drags.

Every named camera is an `Orbit`, so a drag goes on from the view one is looking at. A view says how much of
the scene has to be seen, and the distance follows from the aspect: wide, square and tall pictures show the
same people, never cut off at the sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.errors import UsageError
from avatar_server.scene.snapshot import Camera
from avatar_server.scene.staging import AS_RECORDED, Place

CAMERAS = ("two-shot", "left", "right", "over-left", "over-right", "close-left", "close-right")
"""Names of all cameras; the first is the default. Left is the viewer's left."""

WIDE = 16 / 9
"""Width over height of the default picture."""

NEAREST_M, FURTHEST_M = 0.5, 8.0
STEEPEST_RAD = math.radians(85)
LOWEST_EYE_M = 0.06
"""The eye stays this much above the floor."""

BEHIND_SHOULDER_M = 0.7
"""From the near person to the eye that looks over his shoulder, at least."""


@dataclass(frozen=True, slots=True)
class Orbit:
    """A camera on a sphere round the point it looks at; angles in radians, lengths in metres, world frame.

    azimuth_rad: 0 looks from +z; grows as the camera moves to the left round the target, clockwise seen from
    above. elevation_rad: grows as the camera rises. Whatever is given is brought within bounds: the
    distance to 0.5-8 m, the eye above the floor and not straight overhead, the target above the floor.
    follows: as in `Camera`.
    """

    target: tuple[float, float, float]
    azimuth_rad: float
    elevation_rad: float
    distance_m: float
    vertical_fov_rad: float = math.radians(30)
    follows: str = ""

    def __post_init__(self) -> None:
        x, y, z = self.target
        height = max(y, LOWEST_EYE_M)
        distance = min(max(self.distance_m, NEAREST_M), FURTHEST_M)
        lowest = math.asin(max((LOWEST_EYE_M - height) / distance, -1.0))
        elevation = min(max(self.elevation_rad, lowest, -STEEPEST_RAD), STEEPEST_RAD)
        object.__setattr__(self, "target", (x, height, z))
        object.__setattr__(self, "azimuth_rad", math.remainder(self.azimuth_rad, math.tau))
        object.__setattr__(self, "elevation_rad", elevation)
        object.__setattr__(self, "distance_m", distance)

    def camera(self) -> Camera:
        """What is seen from here."""
        back = self._back()
        x, y, z = self.target
        eye = (x + self.distance_m * back[0], y + self.distance_m * back[1], z + self.distance_m * back[2])
        return Camera(eye, self.target, self.vertical_fov_rad, follows=self.follows)

    def turned(self, azimuth_rad: float, elevation_rad: float) -> Orbit:
        """Move round the target by these angles: left and up are positive."""
        return replace(
            self,
            azimuth_rad=self.azimuth_rad + azimuth_rad,
            elevation_rad=self.elevation_rad + elevation_rad,
        )

    def zoomed(self, factor: float) -> Orbit:
        """Change the distance by `factor`: above 1 is further away."""
        return replace(self, distance_m=self.distance_m * factor)

    def panned(self, x_m: float, y_m: float) -> Orbit:
        """Move target and eye together in the plane of the picture: right and up are positive."""
        sine, cosine = math.sin(self.azimuth_rad), math.cos(self.azimuth_rad)
        tilt_sine, tilt_cosine = math.sin(self.elevation_rad), math.cos(self.elevation_rad)
        x, y, z = self.target
        return replace(
            self,
            target=(
                x + x_m * cosine + y_m * sine * tilt_sine,
                y + y_m * tilt_cosine,
                z + x_m * sine - y_m * cosine * tilt_sine,
            ),
        )

    def _back(self) -> tuple[float, float, float]:
        """Unit vector from the target to the eye."""
        level = math.cos(self.elevation_rad)
        return (
            -math.sin(self.azimuth_rad) * level,
            math.sin(self.elevation_rad),
            math.cos(self.azimuth_rad) * level,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a camera has to know of a person.

    place: where, or the middle of the way. height_m: from the soles to the top of the head. roam_m: how far
    the person goes to either side of the place, along x and along z.
    """

    place: Place
    height_m: float
    roam_m: tuple[float, float] = (0.0, 0.0)

    def at(self, share: float) -> NDArray[np.float64]:
        """The point of the body's axis at `share` of its height."""
        return np.array([self.place.x_m, share * self.height_m, self.place.z_m])

    def across_m(self, azimuth_rad: float) -> float:
        """How far the way reaches to either side, as it is seen from `azimuth_rad`."""
        aside, deep = self.roam_m
        return aside * abs(math.cos(azimuth_rad)) + deep * abs(math.sin(azimuth_rad))


def height_m(body: ShapedBody) -> float:
    """From the soles to the top of the head."""
    return float(np.ptp(body.rest_vertices[:, 1]))


def named_orbit(name: str, staging: str, people: Sequence[Standing], aspect: float = WIDE) -> Orbit:
    """The view called `name` of one or two people, the viewer's left first, in a picture of this aspect.

    A person alone is both the left and the right one; raises `UsageError` for an unknown name.
    """
    if name not in CAMERAS:
        raise UsageError(f"unknown camera {name!r}: expected one of {', '.join(CAMERAS)}")
    if name == "two-shot":
        return _everybody(people, aspect)
    kind, _, side = name.rpartition("-")
    sign = 1.0 if side == "left" else -1.0
    if len(people) == 1:
        return _alone(kind, sign, people[0], aspect)
    near, far = (people[0], people[1]) if side == "left" else (people[1], people[0])
    if kind == "over":
        return _over_shoulder(staging, sign, near, far, aspect)
    return _portrait(kind, _side_view_rad(staging, sign, near), near, aspect)


def _side_view_rad(staging: str, sign: float, person: Standing) -> float:
    """Azimuth of a portrait: off the face by 49 degrees, towards the side on which the viewer is."""
    if staging != AS_RECORDED:
        return -sign * math.radians(41 if staging == "face-to-face" else 24)
    yaw = person.place.yaw_rad
    return -math.copysign(max(0.0, abs(yaw) - math.radians(49)), yaw)


def _portrait(kind: str, azimuth_rad: float, person: Standing, aspect: float) -> Orbit:
    """One person, or his head, shoulders and lifted hands; more room before him than behind."""
    ahead = np.array([math.sin(person.place.yaw_rad), 0.0, math.cos(person.place.yaw_rad)])
    more, near = 2 * person.across_m(azimuth_rad), person.across_m(azimuth_rad + math.pi / 2)
    if kind == "close":
        target = person.at(0.85) + 0.06 * ahead
        return _view(
            target, azimuth_rad, math.radians(2), (0.64 + more, 0.66), aspect, math.radians(24), near
        )
    target = person.at(0.73) + 0.07 * ahead
    return _view(target, azimuth_rad, math.radians(3), (1.0 + more, 1.14), aspect, math.radians(26), near)


def _everybody(people: Sequence[Standing], aspect: float) -> Orbit:
    """All people in full, with air above the heads and floor before the feet."""
    tallest = max(person.height_m for person in people)
    left = min(person.place.x_m - person.roam_m[0] for person in people)
    right = max(person.place.x_m + person.roam_m[0] for person in people)
    back = min(person.place.z_m - person.roam_m[1] for person in people)
    front = max(person.place.z_m + person.roam_m[1] for person in people)
    # Somebody who faces the viewer spreads his arms across the picture.
    arms = 0.95 + 0.25 * max(math.cos(person.place.yaw_rad) for person in people)
    field = (right - left + arms, 1.2 * tallest)
    target = np.array([(left + right) / 2, 0.5 * tallest, (back + front) / 2])
    return _view(target, 0.0, math.radians(5), field, aspect, math.radians(30), (front - back) / 2)


def _over_shoulder(staging: str, sign: float, near: Standing, far: Standing, aspect: float) -> Orbit:
    """Past the near person's shoulder at the far one's face."""
    if staging != "side-by-side":
        azimuth, share, seen = math.radians(66), 0.2, (1.3, 1.1)
    else:
        azimuth, share, seen = math.radians(66), 0.32, (1.5, 1.2)
    target = far.at(0.8) + share * (near.at(0.8) - far.at(0.8))
    # However far apart they are, the eye is behind the near shoulder.
    gap = float(np.linalg.norm(near.at(0.8) - far.at(0.8)))
    view = _view(target, sign * azimuth, math.radians(6), seen, aspect, math.radians(30))
    return replace(view, distance_m=max(view.distance_m, (1 - share) * gap + BEHIND_SHOULDER_M))


def _alone(kind: str, sign: float, person: Standing, aspect: float) -> Orbit:
    """A person who has no partner, from the left or right of where he faces: near, nearer, or from afar."""
    if kind == "over":
        azimuth = sign * math.radians(38) - person.place.yaw_rad
        return _view(person.at(0.5), azimuth, math.radians(12), (1.2, 2.1), aspect, math.radians(30))
    return _portrait(kind, sign * math.radians(24) - person.place.yaw_rad, person, aspect)


def _view(
    target: NDArray[np.float64],
    azimuth_rad: float,
    elevation_rad: float,
    seen_m: tuple[float, float],
    aspect: float,
    vertical_fov_rad: float,
    nearer_m: float = 0.0,
) -> Orbit:
    """The nearest view in which a field of `seen_m` (width, height) round the target is in the picture.

    nearer_m: what has to be seen comes towards the eye by as much.
    """
    width, height = seen_m
    distance = max(height, width / aspect) / 2 / math.tan(vertical_fov_rad / 2) + nearer_m
    x, y, z = (float(value) for value in target)
    return Orbit((x, y, z), azimuth_rad, elevation_rad, distance, vertical_fov_rad)
