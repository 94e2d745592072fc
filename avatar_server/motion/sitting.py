"""Does a person sit or stand? Read from the fitted legs, which are the least reliable part of a fit.

Two measures in the pelvis's own frame, so that neither camera nor a picture stored sideways matters:

- the *hip angle* between trunk and thigh (180 degrees with straight legs, about 90 seated);
- the *knee's place* between hips and ankles along the trunk (0.54 in the rest pose, lower when seated).

Which of them tells, and where the line is, differs by vendor, because cameras and fits do. The figures are
those of a public measurement of the whole corpus on hand-labelled files (lwang29/seamless_processing): V00 by
the knee, 19 seated and 47 standing files; V03 by the hip, 164 files, none standing below 136 degrees and none
seated above 152; in V01 and V02 nobody was seen to sit, and standing minima were 137 and 125 degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import body_missing
from avatar_server.motion.rotations import IDENTITY, multiply, quaternion_from_axis_angle, rotate
from avatar_server.motion.uprighting import SPINE_JOINTS, spine_directions

Posture = Literal["standing", "seated", "unclear"]

V00_SEATED_KNEE, V00_STANDING_KNEE = 0.30, 0.48
V03_SEATED_HIP_DEG, V03_STANDING_HIP_DEG = 136.0, 152.0
OTHER_SEATED_HIP_DEG, OTHER_STANDING_HIP_DEG = 120.0, 135.0
OTHER_SEATED_KNEE, OTHER_STANDING_KNEE = 0.40, 0.48

_LEGS = ((1, 4), (2, 5))
"""Hip and knee joints of the left and the right leg."""

_HIP = np.array([0.069, -0.091, -0.005])
_THIGH = np.array([0.036, -0.379, -0.007])
_SHIN = np.array([-0.015, -0.398, -0.043])
"""Pelvis to left hip, hip to knee, knee to ankle, metres, in the neutral SMPL-H rest pose."""

_FRAMES_LOOKED_AT = 2000
"""Evenly spread; a median needs no more."""


@dataclass(frozen=True, slots=True)
class LegMeasures:
    """Medians over a recording. hip_deg: between trunk and thigh. knee_share: the knee's place, see above."""

    hip_deg: float
    knee_share: float


def measure_legs(arrays: RecordingArrays) -> LegMeasures | None:
    """The measures of both legs together; None if no frame has a body."""
    seen = np.flatnonzero(~body_missing(arrays))
    if not len(seen):
        return None
    seen = seen[:: max(1, len(seen) // _FRAMES_LOOKED_AT)]
    joints = quaternion_from_axis_angle(arrays.body_pose[seen])
    spine = np.stack(
        [np.broadcast_to(IDENTITY, (len(seen), 4)), *(joints[:, joint - 1] for joint in SPINE_JOINTS[1:])],
        axis=1,
    )
    up = spine_directions(spine)[0]
    hip_deg, knee_share = [], []
    for side, (hip, knee) in zip((1.0, -1.0), _LEGS, strict=True):
        mirror = np.array([side, 1.0, 1.0])
        thigh = rotate(joints[:, hip - 1], mirror * _THIGH)
        shin = rotate(multiply(joints[:, hip - 1], joints[:, knee - 1]), mirror * _SHIN)
        cosine = (up * thigh).sum(axis=1) / np.linalg.norm(_THIGH)
        hip_deg.append(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
        knee_drop = -(up * (mirror * _HIP + thigh)).sum(axis=1)
        ankle_drop = knee_drop - (up * shin).sum(axis=1)
        # An ankle that is not below the pelvis has no place between: as far from standing as can be.
        knee_share.append(np.where(ankle_drop > 1e-3, knee_drop / np.maximum(ankle_drop, 1e-3), 0.0))
    return LegMeasures(float(np.median(hip_deg)), float(np.median(knee_share)))


def judge_posture(vendor: int, legs: LegMeasures) -> Posture:
    """By the rule of this vendor; `unclear` between the two lines."""
    hip, knee = legs.hip_deg, legs.knee_share
    if math.isnan(hip) or math.isnan(knee):
        return "unclear"
    if vendor == 0:
        seated, standing = knee < V00_SEATED_KNEE, knee >= V00_STANDING_KNEE
    elif vendor == 3:
        seated, standing = hip < V03_SEATED_HIP_DEG, hip > V03_STANDING_HIP_DEG
    else:
        seated = hip < OTHER_SEATED_HIP_DEG and knee < OTHER_SEATED_KNEE
        standing = hip >= OTHER_STANDING_HIP_DEG and knee >= OTHER_STANDING_KNEE
    return "seated" if seated else "standing" if standing else "unclear"
