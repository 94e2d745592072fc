"""Where the partner's face is for each on stage: eyes stay on it while heads turn and people move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, ShapedBody
from avatar_server.face.clip import PartnerDegrees
from avatar_server.scene.staging import AS_RECORDED, places

Array = NDArray[np.float64]

_TO_HEAD = (3, 6, 9, 12, 15)
"""Joints of SMPL-H from the one after the root to the head."""


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """Somebody on stage: (52, 3, 3) rotations and (3,) translation as in a `Figure`."""

    body: ShapedBody
    rotations: Array
    translation: Array

    def head(self) -> tuple[Array, Array]:
        """Where the head joint is in the world, (3,) metres, and how it is turned, (3, 3)."""
        rest = self.body.rest_joints
        place, turn = rest[0] + self.translation, self.rotations[0]
        for joint in _TO_HEAD:
            place = place + turn @ (rest[joint] - rest[PARENTS[joint]])
            turn = turn @ self.rotations[joint]
        return place, turn


def partners_degrees(people: Sequence[Placed], staging: str) -> tuple[PartnerDegrees, ...]:
    """For one or two people: where whom each talks to is, seen from his head.

    Side by side both talk to the viewer, as does who is alone: he is straight ahead of where they stand.
    """
    heads = [one.head() for one in people]
    meet = len(people) == 2 and (staging == AS_RECORDED or _face_each_other(staging))
    found: list[PartnerDegrees] = []
    for index, ((place, turn), spot) in enumerate(zip(heads, places(staging, len(people)), strict=True)):
        towards = heads[1 - index][0] - place if meet else spot.rotation()[:, 2]
        to_left, up, ahead = (float(part) for part in towards @ turn)
        across = math.hypot(to_left, ahead)
        found.append((math.degrees(math.atan2(to_left, ahead)), math.degrees(math.atan2(up, across))))
    return tuple(found)


def _face_each_other(staging: str) -> bool:
    one, other = places(staging, 2)
    return one.yaw_rad != other.yaw_rad
