"""How the bones of a file's rest pose differ from those of SMPL-H's, limb by limb."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.bvh.joint_names import FINGERS, SIDES, Side
from avatar_server.motion.bvh.joint_roles import NOBODY, JointRoles, Limbs
from avatar_server.motion.bvh.poses import SkeletonMotion
from avatar_server.motion.bvh.rest_choice import Rest
from avatar_server.motion.rest_poses import RELAXED_LEFT_HAND, RELAXED_RIGHT_HAND
from avatar_server.motion.retargeting import (
    Correspondence,
    Follows,
    arc_with_second_axis,
    shortest_arc,
    spread,
)
from avatar_server.motion.rotations import IDENTITY, axis_angle_from_quaternion, rotate
from avatar_server.motion.smplh_rest import JOINT, JOINT_NAMES, PARENTS, REST_JOINTS

Floats = NDArray[np.float64]

ROLL_LIMIT_DEG = 30.0
"""Palms that are turned further about the hand's bone than this are turned with a second axis."""

LEAST_BEND_RAD = np.radians(4.0)
"""An elbow or a knee that bends less than this on average does not tell its axis."""

_FRAMES_LOOKED_AT = 2000

_HINGES: dict[str, Floats] = {
    "left_elbow": np.array([0.0, -1.0, 0.0]),
    "right_elbow": np.array([0.0, 1.0, 0.0]),
    "left_knee": np.array([1.0, 0.0, 0.0]),
    "right_knee": np.array([1.0, 0.0, 0.0]),
}
"""The axes that SMPL-H's elbows and knees bend about, in its rest pose."""


def correspond(motion: SkeletonMotion, roles: JointRoles, rest: Rest, world: Floats) -> Correspondence:
    """What the 52 joints of SMPL-H follow in a file's skeleton. world: (3, 3), the file's axes to y up."""
    follows: list[Follows | None] = [None] * len(JOINT_NAMES)
    alignments = np.tile(IDENTITY, (len(JOINT_NAMES), 1))
    trunk = (roles.hips, *roles.spine)
    for joint, share in (("pelvis", 0.0), ("spine1", 1 / 3), ("spine2", 2 / 3), ("spine3", 1.0)):
        follows[JOINT[joint]] = spread(trunk, share * (len(trunk) - 1))
    throat = (roles.spine[-1], *roles.neck, roles.head)
    follows[JOINT["neck"]] = spread(throat, (len(throat) - 1) / 2)
    follows[JOINT["head"]] = Follows(roles.head, roles.head)
    otherwise: dict[int, Floats] = {}
    for side in SIDES:
        limbs = roles.side(side)
        for joint, source in _followed(side, limbs):
            follows[JOINT[joint]] = None if source == NOBODY else Follows(source, source)
        for joint, alignment in _Side(side, limbs, motion, rest).alignments().items():
            alignments[JOINT[joint]] = alignment
        relaxed = RELAXED_LEFT_HAND if side == "left" else RELAXED_RIGHT_HAND
        first = JOINT[f"{side}_index1"]
        for place in range(15):
            if FINGERS[place // 3] not in limbs.fingers:
                otherwise[first + place] = relaxed[place]
    return Correspondence(
        parents=PARENTS,
        follows=tuple(follows),
        alignments=alignments,
        rest_turns=rest.turns,
        rest_frame=rest.frame.axes,
        world=world,
        otherwise=otherwise,
    )


def _followed(side: Side, limbs: Limbs) -> list[tuple[str, int]]:
    pairs = [
        (f"{side}_{name}", getattr(limbs, source))
        for name, source in (
            ("collar", "collar"),
            ("shoulder", "shoulder"),
            ("elbow", "elbow"),
            ("wrist", "wrist"),
            ("hip", "hip"),
            ("knee", "knee"),
            ("ankle", "ankle"),
            ("foot", "toe"),
        )
    ]
    for finger, joints in limbs.fingers.items():
        pairs += [(f"{side}_{finger}{number}", joint) for number, joint in enumerate(joints, start=1)]
    return pairs


class _Side:
    """The limbs of one side; directions of the source are in the target's rest axes already."""

    def __init__(self, side: Side, limbs: Limbs, motion: SkeletonMotion, rest: Rest) -> None:
        self._side = side
        self._limbs = limbs
        self._motion = motion
        self._rest = rest
        self._found: dict[str, Floats] = {}

    def alignments(self) -> dict[str, Floats]:
        """Target joint to its (4,) alignment."""
        limbs = self._limbs
        arm = None if self._rest.is_known else self._hinge("elbow", limbs.elbow)
        leg = None if self._rest.is_known else self._hinge("knee", limbs.knee)
        self._align("shoulder", "elbow", limbs.shoulder, limbs.elbow, arm)
        self._align("elbow", "wrist", limbs.elbow, limbs.wrist, arm)
        self._align("hip", "knee", limbs.hip, limbs.knee, leg)
        self._align("knee", "ankle", limbs.knee, limbs.ankle, leg)
        if leg is not None and limbs.toe != NOBODY:
            self._align("ankle", "foot", limbs.ankle, limbs.toe, leg)
            self._found[f"{self._side}_foot"] = self._found.get(f"{self._side}_ankle", IDENTITY)
        self._hand(arm)
        return self._found

    def _hand(self, arm: tuple[Floats, Floats] | None) -> None:
        limbs, side = self._limbs, self._side
        across = self._palm()
        reach = next(
            (finger for finger in ("middle", "ring", "index", "pinky") if finger in limbs.fingers), None
        )
        if reach is not None:
            knuckle = limbs.fingers[reach][0]
            target, source = self._target("wrist", f"{reach}1"), self._source(limbs.wrist, knuckle)
            second = across if across is not None and self._is_rolled(target, source, across) else arm
            self._set("wrist", target, source, second)
        else:
            tip = self._tip(limbs.wrist)
            if tip is not None:
                self._set("wrist", self._target("wrist", "middle1"), tip, arm)
        self._found.setdefault(f"{side}_wrist", self._found.get(f"{side}_elbow", IDENTITY))
        for finger, (first, second_joint, third) in limbs.fingers.items():
            twist = None if self._rest.is_known else across
            self._align(f"{finger}1", f"{finger}2", first, second_joint, twist)
            self._align(f"{finger}2", f"{finger}3", second_joint, third, twist)
            end = self._tip(third)
            end = self._source(second_joint, third) if end is None else end
            self._set(f"{finger}3", self._target(f"{finger}2", f"{finger}3"), end, twist)

    def _palm(self) -> tuple[Floats, Floats] | None:
        """From the index to the last finger: the target's, and the source's."""
        fingers = self._limbs.fingers
        last = next((finger for finger in ("pinky", "ring", "middle") if finger in fingers), None)
        if "index" not in fingers or last is None:
            return None
        source = self._source(fingers["index"][0], fingers[last][0])
        return None if _is_none(source) else (self._target("index1", f"{last}1"), source)

    def _is_rolled(self, target: Floats, source: Floats, across: tuple[Floats, Floats]) -> bool:
        if _is_none(source):
            return False
        ours = rotate(shortest_arc(target, source), across[0])
        along = source / np.linalg.norm(source)
        one, other = (vector - along * (vector @ along) for vector in (ours, across[1]))
        if _is_none(one) or _is_none(other):
            return False
        angle = np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)
        return bool(np.degrees(angle) > ROLL_LIMIT_DEG)

    def _align(
        self, joint: str, end: str, one: int, other: int, second: tuple[Floats, Floats] | None = None
    ) -> None:
        self._set(joint, self._target(joint, end), self._source(one, other), second)

    def _set(self, joint: str, target: Floats, source: Floats, second: tuple[Floats, Floats] | None) -> None:
        """A bone of no length tells nothing: what carries it is followed."""
        name = f"{self._side}_{joint}"
        if _is_none(source):
            carrier = JOINT_NAMES[int(PARENTS[JOINT[name]])]
            self._found[name] = self._found.get(carrier, IDENTITY)
        elif second is None or _is_along(second[0], target) or _is_along(second[1], source):
            self._found[name] = shortest_arc(target, source)
        else:
            self._found[name] = arc_with_second_axis(target, second[0], source, second[1])

    def _target(self, joint: str, end: str) -> Floats:
        from_joint, to_joint = (REST_JOINTS[JOINT[f"{self._side}_{name}"]] for name in (joint, end))
        way: Floats = to_joint - from_joint
        return way

    def _source(self, one: int, other: int) -> Floats:
        way: Floats = self._rest.frame.axes @ (self._rest.places[other] - self._rest.places[one])
        return way

    def _tip(self, joint: int) -> Floats | None:
        """From a joint to what comes after it, a joint or an End Site."""
        for child in np.flatnonzero(self._motion.parents == joint).tolist():
            way = self._source(joint, child)
            if not _is_none(way):
                return way
        tip = self._motion.tips[joint]
        if not np.isfinite(tip).all() or _is_none(tip):
            return None
        return np.asarray(self._rest.frame.axes @ rotate(self._rest.turns[joint], tip))

    def _hinge(self, joint: str, source: int) -> tuple[Floats, Floats] | None:
        """The axis that a joint bends about: the target's at rest, and the source's by its motion."""
        frames = self._motion.spread_frames(_FRAMES_LOOKED_AT)
        turns = self._motion.turns[frames, source].astype(np.float64)
        carrier = int(self._motion.parents[source])
        along = self._rest.places[source] - self._rest.places[carrier]
        bend = axis_angle_from_quaternion(turns).mean(axis=0)
        if not _is_none(along):
            along = along / np.linalg.norm(along)
            bend = bend - along * (bend @ along)
        if np.linalg.norm(bend) < LEAST_BEND_RAD:
            return None
        return _HINGES[f"{self._side}_{joint}"], np.asarray(self._rest.frame.axes @ bend)


def _is_none(vector: Floats) -> bool:
    return float(np.linalg.norm(vector)) < 1e-9


def _is_along(one: Floats, other: Floats) -> bool:
    """Whether two directions are too near to each other to make a frame."""
    a, b = one / np.linalg.norm(one), other / np.linalg.norm(other)
    return float(np.linalg.norm(np.cross(a, b))) < 0.2
