"""Where the partner's face is, seen from a head that moves: eyes stay on it while the head turns."""

from __future__ import annotations

import math
from typing import Protocol

from avatar_server.motion.pose import Pose

_TO_HEAD = (0, 3, 6, 9, 12, 15)
"""Joints of SMPL-H from the root to the head."""


class Moving(Protocol):
    """One person's movement; `MotionClip` is one."""

    def pose_at(self, time_s: float) -> Pose:
        """The pose at any time."""


class PartnerAhead:
    """The direction of somebody who is straight ahead of where a person stands, at eye level.

    So everybody is placed: face to face with the partner, or side by side before the viewer.
    """

    def __init__(self, motion: Moving) -> None:
        self._motion = motion

    def __call__(self, time_s: float) -> tuple[float, float]:
        """Degrees from straight ahead of the face to its own left, and up."""
        pose = self._motion.pose_at(time_s)
        head = pose.rotations[0]
        for joint in _TO_HEAD[1:]:
            head = head @ pose.rotations[joint]
        # The last row of the head's matrix is the world's forward direction in the head's own axes.
        to_left, up, ahead = (float(part) for part in head[2])
        yaw = math.degrees(math.atan2(to_left, ahead))
        return yaw, math.degrees(math.asin(min(1.0, max(-1.0, up))))
