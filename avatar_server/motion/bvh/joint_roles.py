"""Which joint of a skeleton is the left elbow: by name and by how joints hang together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError
from avatar_server.motion.bvh import joint_names as called
from avatar_server.motion.bvh.joint_names import FINGERS, SIDES, Finger, JointName, Side, read_names
from avatar_server.motion.bvh.joint_shapes import limbs_by_shape

NOBODY = -1

METACARPAL_SHARE = 0.45
"""A chain begins in the palm if its first joint is nearer to the wrist than this share of the second's."""


@dataclass(frozen=True, slots=True)
class Limbs:
    """The joints of one side, places in the skeleton; `NOBODY` for one that is not there.

    fingers: the three joints of each finger that has three.
    """

    collar: int
    shoulder: int
    elbow: int
    wrist: int
    hip: int
    knee: int
    ankle: int
    toe: int
    fingers: dict[Finger, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class JointRoles:
    """A human skeleton.

    spine: from above the hips to what carries the arms. neck: from above that to below the head. how: for
    people, what the joints were recognised by.
    """

    hips: int
    spine: tuple[int, ...]
    neck: tuple[int, ...]
    head: int
    left: Limbs
    right: Limbs
    how: str

    def side(self, side: Side) -> Limbs:
        """Of the person."""
        return self.left if side == "left" else self.right


def find_roles(
    names: Sequence[str], parents: NDArray[np.int64], rest_places: NDArray[np.float64], where: str
) -> JointRoles:
    """Recognise the joints; raises InputError, with all that is missing, for a skeleton that is no person's.

    names, parents: see `SkeletonMotion`. rest_places: (J, 3), or where the joints are in any pose.
    """
    tree = _Tree(parents)
    read = read_names(names)
    found, missing = _limbs_by_name(read, tree)
    how = "by name"
    if missing:
        by_shape = limbs_by_shape(parents, rest_places)
        if by_shape is None:
            some = ", ".join(dict.fromkeys(names[:8]))
            raise InputError(
                expected="a human skeleton",
                came=f"one without {', '.join(missing)} (its joints: {ascii(some)[1:-1]} ...)",
                where=where,
            )
        found, how = by_shape, "by shape, for their names say nothing"
    head = found["head"]
    hips = tree.meeting(found["left hip"], found["right hip"])
    chest = tree.meeting(found["left shoulder"], found["right shoulder"])
    base = tree.meeting(hips, chest)
    spine = tree.path(base, chest)
    if not spine or tree.meeting(chest, head) != chest:
        raise InputError(
            expected="a spine with legs at its lower end, and arms and a head at its upper one",
            came=f"arms at {names[chest]!a}, legs at {names[hips]!a} and a head at {names[head]!a}",
            where=where,
        )
    sides = {side: _limbs(side, found, chest, tree, read, rest_places) for side in SIDES}
    return JointRoles(hips, spine, tree.path(chest, head)[:-1], head, sides["left"], sides["right"], how)


class _Tree:
    def __init__(self, parents: NDArray[np.int64]) -> None:
        self.parents = parents.tolist()

    def up(self, joint: int) -> Iterable[int]:
        """The joint, its parent, and on to the root."""
        while joint != NOBODY:
            yield joint
            joint = self.parents[joint]

    def meeting(self, one: int, other: int) -> int:
        """The lowest joint that carries both."""
        carriers = set(self.up(one))
        return next(joint for joint in self.up(other) if joint in carriers)

    def path(self, top: int, joint: int) -> tuple[int, ...]:
        """From below `top` to `joint`; empty if they are the same."""
        way = []
        for one in self.up(joint):
            if one == top:
                break
            way.append(one)
        return tuple(reversed(way))


def _limbs_by_name(read: list[JointName], tree: _Tree) -> tuple[dict[str, int], list[str]]:
    """The joints that a person cannot do without, and the names of those that were not found."""
    found: dict[str, int] = {}
    head = _best(read, called.HEAD, None, range(len(read)))
    if head is not None:
        found["head"] = head
    for side in SIDES:
        for lower, lower_names, upper, upper_names, end, end_names in (
            ("elbow", called.ELBOW, "shoulder", called.SHOULDER, "wrist", called.WRIST),
            ("knee", called.KNEE, "hip", called.HIP, "ankle", called.ANKLE),
        ):
            middle = _best(read, lower_names, side, range(len(read)))
            if middle is None:
                continue
            found[f"{side} {lower}"] = middle
            above = [joint for joint in tree.up(middle) if joint != middle]
            # The nearest one above counts: a `Shoulder` may be a collar, and a `Hip` the pelvis.
            for joint in above:
                if (
                    read[joint].core in upper_names
                    and read[joint].side == side
                    and not read[joint].is_ignored
                ):
                    found[f"{side} {upper}"] = joint
                    break
            below = [joint for joint in range(len(read)) if joint != middle and middle in tree.up(joint)]
            last = _best(read, end_names, side, below)
            if last is not None:
                found[f"{side} {end}"] = last
    wanted = ["head", *(f"{side} {joint}" for side in SIDES for joint in _NEEDED)]
    return found, [name for name in wanted if name not in found]


_NEEDED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def _best(read: list[JointName], names: Sequence[str], side: Side | None, among: Iterable[int]) -> int | None:
    """The first joint with the first of `names` that any has."""
    among = list(among)
    for name in names:
        for joint in among:
            one = read[joint]
            if one.core == name and one.side == side and not one.is_ignored and one.finger is None:
                return joint
    return None


def _limbs(
    side: Side,
    found: dict[str, int],
    chest: int,
    tree: _Tree,
    read: list[JointName],
    places: NDArray[np.float64],
) -> Limbs:
    shoulder, ankle, wrist = (found[f"{side} {name}"] for name in ("shoulder", "ankle", "wrist"))
    carriers = tree.path(chest, shoulder)[:-1]
    below_ankle = [joint for joint in range(len(read)) if joint != ankle and ankle in tree.up(joint)]
    toe = _best(read, called.TOE, side, below_ankle)
    return Limbs(
        collar=carriers[-1] if carriers else NOBODY,
        shoulder=shoulder,
        elbow=found[f"{side} elbow"],
        wrist=wrist,
        hip=found[f"{side} hip"],
        knee=found[f"{side} knee"],
        ankle=ankle,
        toe=NOBODY if toe is None else toe,
        fingers=_fingers(wrist, tree, read, places),
    )


def _fingers(
    wrist: int, tree: _Tree, read: list[JointName], places: NDArray[np.float64]
) -> dict[Finger, tuple[int, int, int]]:
    """Without bones in the palm and tips."""
    below = [joint for joint in range(len(read)) if joint != wrist and wrist in tree.up(joint)]
    fingers: dict[Finger, tuple[int, int, int]] = {}
    for finger in FINGERS:
        chain = [joint for joint in below if read[joint].finger == finger and not read[joint].is_ignored]
        numbers = [read[joint].bone for joint in chain]
        if len(chain) > 3 or 0 in numbers:
            chain = [joint for joint, bone in zip(chain, numbers, strict=True) if bone != 0]
            # A chain of four without numbers, or with one that only its first joint lacks, begins in the
            # palm.
            if len(chain) > 3 and read[chain[0]].bone is None:
                is_numbered = read[chain[1]].bone is not None
                if is_numbered or _begins_in_palm(chain, wrist, places):
                    chain = chain[1:]
        if len(chain) >= 3:
            fingers[finger] = (chain[0], chain[1], chain[2])
    return fingers


def _begins_in_palm(chain: list[int], wrist: int, places: NDArray[np.float64]) -> bool:
    first, second = (float(np.linalg.norm(places[joint] - places[wrist])) for joint in chain[:2])
    return first < METACARPAL_SHARE * second
