"""A body as large as the person who was recorded, so that feet reach the floor under measured hips."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from avatar_server.body.model import ShapedBody
from avatar_server.motion.smplh_rest import JOINT

LIMITS = (0.6, 1.5)
"""A body is made so much smaller or larger at most: from a child to a giant."""

_LEGS = tuple(
    tuple(JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle")) for side in ("left", "right")
)


def leg_length_m(body: ShapedBody) -> float:
    """Thigh and shin, the mean of both legs."""
    joints = body.rest_joints
    lengths = [
        np.linalg.norm(joints[knee] - joints[hip]) + np.linalg.norm(joints[ankle] - joints[knee])
        for hip, knee, ankle in _LEGS
    ]
    return float(np.mean(lengths))


def with_legs(body: ShapedBody, leg_m: float) -> ShapedBody:
    """The same body with legs of this length, and the rest in proportion; one object for the same wish."""
    low, high = LIMITS
    factor = round(min(high, max(low, leg_m / leg_length_m(body))), 3)
    return body if factor == 1.0 else _scaled(body, factor)


@lru_cache(maxsize=32)
def _scaled(body: ShapedBody, factor: float) -> ShapedBody:
    return replace(body, rest_vertices=factor * body.rest_vertices, rest_joints=factor * body.rest_joints)
