"""Do two people share a world, or was each recorded in one of his own?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.motion.world_motion import WorldMotion

NEAREST_M = 0.12
"""Pelvises are this far apart even in an embrace; two people who were each put at the origin are not."""

FURTHEST_M = 10.0
"""Nobody has a conversation, or a fight, across more than this."""

_INSTANTS = 400


def decide_sharing(
    motions: Sequence[WorldMotion], person_count: int, one_place: bool
) -> tuple[bool, Decision | None]:
    """Whether the places of two people belong together; None to say if there is one person.

    motions: of those who have a world. one_place: their files belong together by themselves.
    """
    if person_count < 2:
        return False, None
    if len(motions) < 2:
        return False, Decision("world", "each their own", "somebody was seen by a camera of his own")
    if not all(motion.is_placed for motion in motions):
        return False, Decision("world", "each their own", "there is no translation")
    first, second = motions
    end_s = min(first.duration_s, second.duration_s)
    times_s = np.linspace(0.0, end_s, _INSTANTS)
    apart = np.linalg.norm(first.places_at(times_s) - second.places_at(times_s), axis=1)
    nearest, median = float(np.percentile(apart, 5)), float(np.median(apart))
    seen = f"their pelvises are {median:.2f} m apart, {nearest:.2f} m when close"
    if nearest < NEAREST_M:
        return False, Decision("world", "each their own", f"{seen}: they would stand in each other")
    if median > FURTHEST_M:
        return False, Decision("world", "each their own", f"{seen}: too far to have to do with each other")
    files = "their files belong together and " if one_place else ""
    return True, Decision("world", "shared", f"{files}{seen}")
