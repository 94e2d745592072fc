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

from avatar_server.errors import UsageError
from avatar_server.scene.snapshot import Camera
from avatar_server.scene.staging import Place

CAMERAS = ("two-shot", "left", "right", "over-left", "over-right", "close-left", "close-right")
"""Names of all cameras; the first is the default. Left is the viewer's left."""

WIDE = 16 / 9
"""Width over height of the default picture."""

NEAREST_M, FURTHEST_M = 0.5, 8.0
STEEPEST_RAD = math.radians(85)
LOWEST_EYE_M = 0.06
"""The eye stays this much above the floor."""


@dataclass(frozen=True, slots=True)
class Orbit:
    """A camera on a sphere round the point it looks at; angles in radians, lengths in metres, world frame.

    azimuth_rad: 0 looks from +z; grows as the camera moves to the left round the target, clockwise seen from
    above. elevation_rad: grows as the camera rises. Whatever is given is brought within bounds: the
    distance to 0.5-8 m, the eye above the floor and not straight overhead, the target above the floor.
    """

    target: tuple[float, float, float]
    azimuth_rad: float
    elevation_rad: float
    distance_m: float
    vertical_fov_rad: float = math.radians(30)

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
        return Camera(eye, self.target, self.vertical_fov_rad)

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
    """What a camera has to know of a person. height_m: from the soles to the top of the head."""

    place: Place
    height_m: float

    def at(self, share: float) -> NDArray[np.float64]:
        """The point of the body's axis at `share` of its height."""
        return np.array([self.place.x_m, share * self.height_m, self.place.z_m])


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
    return _portrait(kind, -sign * math.radians(41 if staging == "face-to-face" else 24), near, aspect)


def _portrait(kind: str, azimuth_rad: float, person: Standing, aspect: float) -> Orbit:
    """One person, or his head, shoulders and lifted hands; more room before him than behind."""
    ahead = np.array([math.sin(person.place.yaw_rad), 0.0, math.cos(person.place.yaw_rad)])
    if kind == "close":
        target = person.at(0.85) + 0.06 * ahead
        return _view(target, azimuth_rad, math.radians(2), (0.64, 0.66), aspect, math.radians(24))
    target = person.at(0.73) + 0.07 * ahead
    return _view(target, azimuth_rad, math.radians(3), (1.0, 1.14), aspect, math.radians(26))


def _everybody(people: Sequence[Standing], aspect: float) -> Orbit:
    """All people in full, with air above the heads and floor before the feet."""
    tallest = max(person.height_m for person in people)
    middle = sum(person.place.x_m for person in people) / len(people)
    # Somebody who faces the viewer spreads his arms across the picture.
    arms = 0.95 + 0.25 * max(math.cos(person.place.yaw_rad) for person in people)
    width = max(person.place.x_m for person in people) - min(person.place.x_m for person in people) + arms
    target = np.array([middle, 0.5 * tallest, 0.0])
    return _view(target, 0.0, math.radians(5), (width, 1.2 * tallest), aspect, math.radians(30))


def _over_shoulder(staging: str, sign: float, near: Standing, far: Standing, aspect: float) -> Orbit:
    """Past the near person's shoulder at the far one's face."""
    if staging == "face-to-face":
        azimuth, share, seen = math.radians(66), 0.2, (1.3, 1.1)
    else:
        azimuth, share, seen = math.radians(66), 0.32, (1.5, 1.2)
    target = far.at(0.8) + share * (near.at(0.8) - far.at(0.8))
    return _view(target, sign * azimuth, math.radians(6), seen, aspect, math.radians(30))


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
) -> Orbit:
    """The nearest view in which a field of `seen_m` (width, height) round the target is in the picture."""
    width, height = seen_m
    distance = max(height, width / aspect) / 2 / math.tan(vertical_fov_rad / 2)
    x, y, z = (float(value) for value in target)
    return Orbit((x, y, z), azimuth_rad, elevation_rad, distance, vertical_fov_rad)
