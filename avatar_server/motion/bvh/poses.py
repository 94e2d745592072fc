"""What the columns of a BVH file say: how every joint is turned and where it is, frame by frame.

A joint's rotation is the product of its rotation channels in the order of its own CHANNELS line, the first
one outermost (Meredith and Maddock, Motion Capture File Formats Explained, 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.bvh.reading import BvhFile
from avatar_server.motion.rotations import multiply, rotate, slerp

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class SkeletonMotion:
    """J joints over N frames, in the axes and units of the file; parents come before children.

    parents: (J,), -1 for the root. rest_offsets: (J, 3), from the parent while nothing is turned; of the
    root, where it is then. tips: (J, 3) the offset of an End Site, NaN without one. turns: (N, J, 4) float32
    unit quaternions relative to the parent. moves: joint to its (N, 3) offsets where they change; the root's
    are its places.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    rest_offsets: Floats
    tips: Floats
    turns: NDArray[np.float32]
    moves: dict[int, Floats]

    @property
    def frame_count(self) -> int:
        """N."""
        return len(self.turns)

    def spread_frames(self, count: int) -> NDArray[np.intp]:
        """At most `count` frames, evenly over all of them."""
        return np.unique(np.linspace(0, self.frame_count - 1, count).astype(np.intp))

    def without_first(self) -> SkeletonMotion:
        """All frames but the first."""
        moves = {joint: places[1:] for joint, places in self.moves.items()}
        return SkeletonMotion(self.names, self.parents, self.rest_offsets, self.tips, self.turns[1:], moves)

    def rest_places(self) -> Floats:
        """(J, 3): where the joints are while nothing is turned."""
        places = self.rest_offsets.copy()
        for joint, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                places[joint] += places[parent]
        return places

    def posed(self, frames: slice | NDArray[np.intp]) -> tuple[Floats, Floats]:
        """(M, J, 4) rotations in the world and (M, J, 3) places of these frames."""
        turns = self.turns[frames].astype(np.float64)
        turns /= np.linalg.norm(turns, axis=-1, keepdims=True)
        places = np.empty((*turns.shape[:2], 3))
        for joint, parent in enumerate(self.parents.tolist()):
            moves = self.moves.get(joint)
            offset = self.rest_offsets[joint] if moves is None else moves[frames]
            if parent < 0:
                places[:, joint] = offset
                continue
            places[:, joint] = places[:, parent] + rotate(turns[:, parent], offset)
            turns[:, joint] = multiply(turns[:, parent], turns[:, joint])
        return turns, places


def skeleton_motion(file: BvhFile) -> tuple[SkeletonMotion, tuple[str, ...]]:
    """The file's columns as rotations and places, rows without numbers bridged; and notices for people."""
    values, lost = file.frames.values, file.frames.lost
    joints = file.skeleton.joints
    turns = np.empty((len(values), len(joints), 4), np.float32)
    moves: dict[int, Floats] = {}
    rest = file.skeleton.offsets
    added = _added_to_offset(file)
    column = 0
    for place, joint in enumerate(joints):
        spanned = values[:, column : column + len(joint.channels)]
        column += len(joint.channels)
        turns[:, place] = _turns(spanned, joint.channels)
        positions = [(at, channel) for at, channel in enumerate(joint.channels) if channel < 3]
        if not positions:
            continue
        places = np.tile(rest[place], (len(values), 1))
        for at, channel in positions:
            places[:, channel] = spanned[:, at] + (rest[place, channel] if place and added else 0.0)
        moves[place] = places
    if lost.any():
        _bridge(turns, moves, lost)
    notices = []
    moving = [place for place in moves if place]
    for place in moving:
        # A bone has one length at rest: the usual one, whatever OFFSET says.
        rest[place] = np.median(moves[place], axis=0)
    if moving:
        how = "added to their OFFSET" if added else "used instead of their OFFSET"
        notices.append(f"{len(moving)} joints besides the root have position channels, which are {how}")
    # Float32 cannot hold a place of kilometres to the millimetre, but turns to 1e-7.
    tips = np.array([(np.nan,) * 3 if joint.end_site is None else joint.end_site for joint in joints])
    names = tuple(joint.name for joint in joints)
    return SkeletonMotion(names, file.skeleton.parents, rest, tips, turns, moves), tuple(notices)


def _turns(values: Floats, channels: tuple[int, ...]) -> Floats:
    """(N, 4) the product of the rotation channels, in their order."""
    turned: Floats | None = None
    for at, channel in enumerate(channels):
        if channel < 3:
            continue
        with np.errstate(invalid="ignore"):
            half = np.radians(values[:, at]) / 2
            one = np.zeros((len(values), 4))
            one[:, 0], one[:, channel - 2] = np.cos(half), np.sin(half)
        turned = one if turned is None else multiply(turned, one)
    if turned is None:
        turned = np.zeros((len(values), 4))
        turned[:, 0] = 1.0
    return turned


def _added_to_offset(file: BvhFile) -> bool:
    """Whether positions of joints that are no root come on top of OFFSET: programs write both.

    Whichever leaves bones nearer to their rest length is meant.
    """
    instead = added = 0.0
    column = 0
    good = ~file.frames.lost
    for place, joint in enumerate(file.skeleton.joints):
        for at, channel in enumerate(joint.channels):
            if place and channel < 3:
                usual = float(np.median(file.frames.values[good, column + at]))
                instead += abs(usual - joint.offset[channel])
                added += abs(usual)
        column += len(joint.channels)
    return added < instead


def _bridge(turns: NDArray[np.float32], moves: dict[int, Floats], lost: NDArray[np.bool_]) -> None:
    """Fill lost rows in between their neighbours; at the ends the nearest row is held."""
    good = np.flatnonzero(~lost)
    gaps = np.flatnonzero(lost)
    following = np.searchsorted(good, gaps)
    before = good[np.maximum(following - 1, 0)]
    after = good[np.minimum(following, len(good) - 1)]
    before = np.where(following == 0, after, before)
    share = (gaps - before) / np.maximum(after - before, 1)
    share = np.where(after > before, share, 0.0)
    turns[gaps] = slerp(turns[before], turns[after], share[:, None])
    for places in moves.values():
        places[gaps] = (1 - share[:, None]) * places[before] + share[:, None] * places[after]
