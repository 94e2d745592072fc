"""Where the people stand in the room, and how they are turned.

World frame: y up, floor at y = 0, the viewer at +z looking towards -z, the viewer's left at -x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.errors import UsageError
from avatar_server.scene.grounding import Stand

STAGINGS = ("face-to-face", "side-by-side")
"""Names of the stagings that put anybody anywhere; the first is the default."""

AS_RECORDED = "as-recorded"
"""People who share a measured world stay where they were in it; their motion brings its places along."""

CONVERSATION_DISTANCE_M = 1.4
"""Between the two people face to face: the middle of 1.2-1.6 m, the near half of Hall's social distance."""

SIDE_BY_SIDE_X_M = 0.8
"""Half the distance of two people side by side, as in the renders of the GENEA Challenge 2026."""

LONE_YAW_RAD = math.radians(25)
"""A person alone in the staging `face-to-face` stands in three-quarter view."""


def usual_staging(convention: Literal["natural", "genea"]) -> str:
    """How people stand where nobody says it: talking, or as in the renders of the GENEA Challenge 2026."""
    return "side-by-side" if convention == "genea" else STAGINGS[0]


@dataclass(frozen=True, slots=True)
class Place:
    """A spot on the floor and the direction a person standing there faces.

    x_m, z_m: where the person's own origin goes. yaw_rad: about y, counter-clockwise seen from above;
    0 faces the viewer (+z), +90 degrees faces +x.
    """

    x_m: float
    z_m: float
    yaw_rad: float

    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) from the person's own frame to the world."""
        cosine, sine = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])

    def put(self, body: ShapedBody, stand: Stand) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Move a person who stands on his own floor to this place.

        Returns (52, 3, 3) rotations whose root holds the yaw, and the (3,) translation of the SMPL formula.
        That translation is added after the body was turned about its pelvis joint, which itself stays
        where it is in the rest pose; so it is the pelvis' place in the world less its place at rest.
        """
        turn = self.rotation()
        rotations = stand.rotations.copy()
        rotations[0] = turn @ rotations[0]
        pelvis = turn @ stand.pelvis
        pelvis[0] += self.x_m
        pelvis[2] += self.z_m
        return rotations, pelvis - body.rest_joints[0]


def places(staging: str, person_count: int) -> tuple[Place, ...]:
    """Places of one or two people, the viewer's left first; `UsageError` for an unknown staging."""
    if staging not in (AS_RECORDED, *STAGINGS):
        raise UsageError(f"unknown staging {staging!r}: expected one of {', '.join(STAGINGS)}")
    if person_count not in (1, 2):
        raise UsageError(f"expected one or two people to put on stage, got {person_count}")
    if staging == AS_RECORDED:
        return (Place(0.0, 0.0, 0.0),) * person_count
    if person_count == 1:
        return (Place(0.0, 0.0, LONE_YAW_RAD if staging == "face-to-face" else 0.0),)
    if staging == "face-to-face":
        half = CONVERSATION_DISTANCE_M / 2
        return (Place(-half, 0.0, math.pi / 2), Place(half, 0.0, -math.pi / 2))
    return (Place(-SIDE_BY_SIDE_X_M, 0.0, 0.0), Place(SIDE_BY_SIDE_X_M, 0.0, 0.0))
