"""The people of BVH files that share one world: one unit, one up axis and one world for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.reading_choices import AXES, UNITS_M, ReadingChoices
from avatar_server.motion.bvh.alignment import correspond
from avatar_server.motion.bvh.joint_names import SIDES
from avatar_server.motion.bvh.joint_roles import JointRoles, find_roles
from avatar_server.motion.bvh.poses import SkeletonMotion, skeleton_motion
from avatar_server.motion.bvh.rate import find_bvh_rate
from avatar_server.motion.bvh.reading import BvhFile
from avatar_server.motion.bvh.rest_choice import choose_rest
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.motion.retargeting import retarget, shortest_arc
from avatar_server.motion.rotations import continuous, matrix_from_quaternion
from avatar_server.motion.world_motion import WorldMotion

Floats = NDArray[np.float64]

LEG_M = 0.85
"""Thigh and shin together: 0.491 of a height of 1.73 m (Winter, Biomechanics and Motor Control)."""

USUAL_UNITS_M = UNITS_M | {"0.45 inches, as CMU's": 0.0564}
"""Units that BVH files come in, in metres."""

UNIT_LIMIT = 1.6
"""A leg that is so many times longer or shorter than `LEG_M` in every unit is of none of them."""

_FRAMES_LOOKED_AT = 200
_BLOCK_FRAMES = 2048
"""Retargeted at once: some tens of megabytes."""


def motions_from_bvh(
    files: Sequence[BvhFile],
    sound_durations_s: Sequence[float | None],
    choices: ReadingChoices | None = None,
) -> tuple[WorldMotion, ...]:
    """One `WorldMotion` a file, in their order, all in one world. sound_durations_s: None without sound.

    Raises InputError for a skeleton that is no person's, UsageError for a rest frame that is not there.
    """
    choices = choices or ReadingChoices()
    people = [_Person.of(file) for file in files]
    up, up_decision = _find_up(people, choices.up)
    unit_m, unit_decision, unit_notices = _find_unit(people, choices.units)
    world = np.round(matrix_from_quaternion(shortest_arc(up, np.array([0.0, 1.0, 0.0]))), 12)
    return tuple(
        _motion(person, world, up, unit_m, (unit_decision, up_decision), unit_notices, sound_s, choices)
        for person, sound_s in zip(people, sound_durations_s, strict=True)
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Person:
    file: BvhFile
    motion: SkeletonMotion
    roles: JointRoles
    notices: tuple[str, ...]

    @classmethod
    def of(cls, file: BvhFile) -> _Person:
        motion, notices = skeleton_motion(file)
        roles = find_roles(motion.names, motion.parents, motion.rest_places(), file.where)
        return cls(file, motion, roles, (*file.frames.notices, *notices))

    def spine(self) -> Floats:
        """(M, 3) unit vectors from between the hips to between the shoulders, of frames all over the file."""
        places = self.motion.posed(self.motion.spread_frames(_FRAMES_LOOKED_AT))[1]
        left, right = self.roles.left, self.roles.right
        arms = places[:, [left.shoulder, right.shoulder]].sum(axis=1)
        ways: Floats = arms - places[:, [left.hip, right.hip]].sum(axis=1)
        ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12)
        return ways

    def leg(self) -> float:
        """Thigh and shin, in file units, the mean of both."""
        places = self.motion.rest_places()
        lengths = [
            np.linalg.norm(places[limbs.knee] - places[limbs.hip])
            + np.linalg.norm(places[limbs.ankle] - places[limbs.knee])
            for limbs in (self.roles.side(side) for side in SIDES)
        ]
        return float(np.mean(lengths))


def _find_up(people: Sequence[_Person], wanted: str | None) -> tuple[Floats, Decision]:
    if wanted is not None:
        return _axis(wanted), Decision("up axis", wanted, "as was said with --up")
    spines = np.concatenate([person.spine() for person in people])
    name = max(AXES, key=lambda axis: float(np.median(spines @ _axis(axis))))
    share = float(((spines @ _axis(name)) > np.cos(np.radians(45))).mean())
    why = f"spines point along it in {100 * share:.0f} % of the frames looked at"
    return _axis(name), Decision("up axis", name, why)


def _axis(name: str) -> Floats:
    axis: Floats = np.eye(3)["xyz".index(name[-1])]
    return -axis if name.startswith("-") else axis


def _find_unit(people: Sequence[_Person], wanted: str | None) -> tuple[float, Decision, tuple[str, ...]]:
    if wanted is not None:
        return UNITS_M[wanted], Decision("units", wanted, "as was said with --units"), ()
    leg = float(np.mean([person.leg() for person in people]))
    if leg < 1e-9:
        why = "legs have no length: assumed"
        return 0.01, Decision("units", "centimetres", why), (why,)
    measured_m = LEG_M / leg

    def off(name: str) -> float:
        ratio = USUAL_UNITS_M[name] / measured_m
        return max(ratio, 1 / ratio)

    name = min(USUAL_UNITS_M, key=off)
    if off(name) > UNIT_LIMIT:
        why = f"thigh and shin are {leg:.4g} long, which fits no usual unit: taken as {LEG_M} m"
        return measured_m, Decision("units", f"{measured_m:.4g} m", why), (why,)
    why = f"thigh and shin are {leg:.4g} long, which is {leg * USUAL_UNITS_M[name]:.2f} m then"
    return USUAL_UNITS_M[name], Decision("units", name, why), ()


def _motion(
    person: _Person,
    world: Floats,
    up: Floats,
    unit_m: float,
    shared: tuple[Decision, ...],
    notices: tuple[str, ...],
    sound_s: float | None,
    choices: ReadingChoices,
) -> WorldMotion:
    motion, roles = person.motion, person.roles
    rest = choose_rest(motion, roles, up, choices.rest_frame)
    by = correspond(motion, roles, rest, world)
    if rest.leaves_first:
        motion = motion.without_first()
    count = motion.frame_count
    rate, rate_decision = find_bvh_rate(person.file.frames.frame_time, count, sound_s, choices.rate_hz)
    rotations = np.empty((count, JOINT_COUNT, 4), np.float32)
    pelvis = np.empty((count, 3))
    for begin in range(0, count, _BLOCK_FRAMES):
        end = min(begin + _BLOCK_FRAMES, count)
        turns, places = motion.posed(slice(begin, end))
        rotations[begin:end] = retarget(turns, by)
        pelvis[begin:end] = unit_m * places[:, roles.hips] @ world.T
    for joint in range(JOINT_COUNT):  # Blocks agree within themselves only.
        rotations[:, joint] = continuous(rotations[:, joint].astype(np.float64))
    fingers = {side: len(roles.side(side).fingers) for side in SIDES}
    lacking = [f"{5 - number} of the {side} hand" for side, number in fingers.items() if number < 5]
    if lacking:
        notices = (*notices, f"fingers that are not in the skeleton are at rest: {' and '.join(lacking)}")
    leg_m = unit_m * person.leg()
    size = Decision("size", f"legs of {leg_m:.2f} m", "as the skeleton has them; the body is made as large")
    joints = Decision("joints", f"{len(motion.names)}, {roles.how}", _told(motion, roles))
    return WorldMotion(
        frame_rate=rate,
        rotations=rotations,
        pelvis=pelvis,
        format="BVH",
        decisions=(*shared, rate_decision, rest.decision, joints, size),
        notices=(*person.notices, *rate.notices, *rest.notices, *notices),
        leg_m=leg_m if leg_m > 0 else None,
    )


def _told(motion: SkeletonMotion, roles: JointRoles) -> str:
    spine = " ".join(motion.names[joint] for joint in (roles.hips, *roles.spine, *roles.neck, roles.head))
    arm = " ".join(motion.names[joint] for joint in (roles.left.shoulder, roles.left.elbow, roles.left.wrist))
    return f"{spine}; left arm {arm}"
