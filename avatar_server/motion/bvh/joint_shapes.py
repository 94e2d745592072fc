"""The limbs of a skeleton whose joints have no telling names, by how it branches and where its feet point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALIKE = 0.1
"""Lengths of left and right differ by no more than this share."""


def limbs_by_shape(parents: NDArray[np.int64], places: Floats) -> dict[str, int] | None:
    """`left shoulder`, `left elbow` ... and `head` to joints; None if this is not the shape of a person.

    A person: at the hips two limbs of one length and something with more joints, in which at the chest two
    more limbs of one length and a third branch. Forward is where the feet point, and that tells left from
    right.
    """
    return _Shape(parents, places).limbs()


class _Shape:
    def __init__(self, parents: NDArray[np.int64], places: Floats) -> None:
        self._places = places
        self._children: list[list[int]] = [[] for _ in parents]
        for joint, parent in enumerate(parents.tolist()):
            if parent >= 0:
                self._children[parent].append(joint)
        self._size = [1] * len(parents)
        # How far it is to the furthest end below, and by which child.
        self._reach = [0.0] * len(parents)
        self._towards = [-1] * len(parents)
        for joint in range(len(parents) - 1, 0, -1):
            parent = int(parents[joint])
            self._size[parent] += self._size[joint]
            reach = self._reach[joint] + float(np.linalg.norm(places[joint] - places[parent]))
            if self._towards[parent] < 0 or reach > self._reach[parent]:
                self._reach[parent], self._towards[parent] = reach, joint

    def limbs(self) -> dict[str, int] | None:
        hips = self._branching(0)
        if hips is None:
            return None
        trunk, legs = hips
        chest = self._branching(trunk)
        if chest is None:
            return None
        neck, arms = chest
        thighs, _, ankles = zip(*(self._longest_pair(leg) for leg in legs), strict=True)
        up = self._places[neck] - np.mean([self._places[joint] for joint in thighs], axis=0)
        toes = [self._chain(ankle)[-1] for ankle in ankles]
        forward = sum(
            self._places[toe] - self._places[ankle] for toe, ankle in zip(toes, ankles, strict=True)
        )
        left = np.cross(up, forward)
        if np.linalg.norm(left) < 1e-6 * np.linalg.norm(up) ** 2:
            return None
        found = {"head": self._chain(neck)[-1]}
        for names, pair in ((("hip", "knee", "ankle"), legs), (("shoulder", "elbow", "wrist"), arms)):
            one, other = (self._longest_pair(limb) for limb in pair)
            if (self._places[one[0]] - self._places[other[0]]) @ left < 0:
                one, other = other, one
            for name, of_left, of_right in zip(names, one, other, strict=True):
                found[f"left {name}"], found[f"right {name}"] = of_left, of_right
        return found

    def _branching(self, joint: int) -> tuple[int, tuple[int, int]] | None:
        """Below `joint`, the first place with two alike limbs and a third branch: that one, and the two."""
        while True:
            branches = sorted(self._children[joint], key=lambda child: -self._size[child])
            limbs = [branch for branch in branches if len(self._chain(branch)) >= 3]
            for one in limbs:
                for other in limbs:
                    rest = [branch for branch in branches if branch not in (one, other)]
                    if one < other and rest and self._are_alike(one, other):
                        # At the hips the trunk has more joints than a leg; at the chest only the neck is
                        # left.
                        return rest[0], (one, other)
            if not branches:
                return None
            joint = branches[0]

    def _are_alike(self, one: int, other: int) -> bool:
        first, second = self._reach[one], self._reach[other]
        same_size = self._size[one] == self._size[other]
        return same_size and first > 0 and abs(first - second) <= ALIKE * max(first, second)

    def _chain(self, joint: int) -> list[int]:
        """From `joint` down to its furthest end, by length."""
        chain = [joint]
        while self._towards[chain[-1]] >= 0:
            chain.append(self._towards[chain[-1]])
        return chain

    def _longest_pair(self, limb: int) -> tuple[int, int, int]:
        """The three joints at the ends of a limb's two long bones."""
        chain = self._chain(limb)
        lengths = np.linalg.norm(np.diff(self._places[chain], axis=0), axis=1).tolist()
        at = max(range(len(lengths) - 1), key=lambda place: min(lengths[place], lengths[place + 1]))
        return chain[at], chain[at + 1], chain[at + 2]
