r"""From the pose of one skeleton to the pose of another: what a joint does in the world is what counts.

    source                    target                      A: turns the target's rest bone (in T) onto the
                                                          source's rest bone (in A), by the shortest arc
         o--__                     o-----o----o
         |    o_                   |                      target = W x source x F^-1 x A
         o      o                  o
        / \                        / \

where `source` is how the source's joint is turned in its world, counted from its own rest pose, F carries the
source's rest frame (which way its rest pose looks) into the target's, and W carries the source's world into
the target's. For a source whose rest pose looks the way its world is turned, W is F. A bone that lies along b
at rest lies along `source x b` when posed, and the target's bone along W of that, exactly.

Torso, head and feet have no A: the bones of two spines differ by anatomy, not by posture. Copying rotations
relative to the parents instead is wrong by as much as the rest poses differ, 33 degrees in real files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.rotations import (
    IDENTITY,
    continuous,
    inverse,
    multiply,
    normalised,
    quaternion_from_matrix,
    slerp,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Follows:
    """How a joint of the target follows the source: joint `one`, or `share` of the way from it to `other`."""

    one: int
    other: int
    share: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Correspondence:
    """What of the source the T joints of the target follow, and how the two rest poses differ.

    follows: T entries; None for a joint that the source lacks: it stays as at rest relative to its parent, or
    as `otherwise` says. alignments: (T, 4) unit quaternions, A of the formula; the identity for torso, head
    and feet. rest_turns: (S, 4), how the source's joints are turned in its rest pose. rest_frame: (3, 3), F;
    world: (3, 3), W. otherwise: target joint to its (4,) rotation relative to the parent.
    """

    parents: NDArray[np.int64]
    follows: tuple[Follows | None, ...]
    alignments: Floats
    rest_turns: Floats
    rest_frame: Floats
    world: Floats
    otherwise: dict[int, Floats]


def retarget(turns: Floats, by: Correspondence) -> Floats:
    """(M, T, 4) unit quaternions relative to the parents, from the source's (M, S, 4) ones in its world.

    Joint 0 is relative to the target's world.
    """
    world = quaternion_from_matrix(by.world)
    unframed = inverse(quaternion_from_matrix(by.rest_frame))
    in_world = np.empty((len(turns), len(by.parents), 4))
    local = np.empty_like(in_world)

    def since_rest(joint: int) -> Floats:
        return multiply(turns[:, joint], inverse(by.rest_turns[joint]))

    for joint, (parent, follows) in enumerate(zip(by.parents.tolist(), by.follows, strict=True)):
        carrier = IDENTITY if parent < 0 else in_world[:, parent]
        if follows is None:
            local[:, joint] = by.otherwise.get(joint, IDENTITY)
            in_world[:, joint] = multiply(carrier, local[:, joint])
            continue
        source = since_rest(follows.one)
        if follows.share > 0:
            source = slerp(source, since_rest(follows.other), np.float64(follows.share))
        own = multiply(multiply(world, source), multiply(unframed, by.alignments[joint]))
        in_world[:, joint] = own
        local[:, joint] = multiply(inverse(carrier), own)
    return continuous(normalised(local))


def shortest_arc(start: Floats, end: Floats) -> Floats:
    """The (4,) quaternion that turns the direction `start` (3,) onto `end` (3,), neither of them zero.

    Opposite directions leave the axis open: the one across them nearest to the z axis is taken, about which
    arms and legs turn in a T pose's plane.
    """
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    cosine = float(a @ b)
    if cosine < -1 + 1e-12:
        across = np.eye(3)[2] if abs(a[2]) < 0.9 else np.eye(3)[0]
        axis = across - a * (a @ across)
        return np.concatenate([[0.0], axis / np.linalg.norm(axis)])
    # Half the way between the two makes the half angle, well conditioned at all angles.
    half = a + b
    half /= np.linalg.norm(half)
    return np.concatenate([[a @ half], np.cross(a, half)])


def arc_with_second_axis(start: Floats, start_across: Floats, end: Floats, end_across: Floats) -> Floats:
    """The (4,) quaternion that turns `start` onto `end` and a second axis as near as can be to the other."""
    return quaternion_from_matrix(_frame(end, end_across) @ _frame(start, start_across).T)


def spread(chain: Sequence[int], place: float) -> Follows:
    """Somewhere along a chain of joints: at 0 the first, at len - 1 the last, in between both neighbours."""
    at = min(max(place, 0.0), len(chain) - 1.0)
    below = min(int(at), len(chain) - 1)
    above = min(below + 1, len(chain) - 1)
    return Follows(chain[below], chain[above], at - below)


def _frame(along: Floats, across: Floats) -> Floats:
    """(3, 3) columns: `along`, what of `across` is square to it, and their cross product."""
    x = along / np.linalg.norm(along)
    y = across - x * (x @ across)
    y = y / np.linalg.norm(y)
    return np.column_stack([x, y, np.cross(x, y)])
