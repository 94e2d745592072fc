"""The pose in which a skeleton is compared: its own rest pose, a frame that stands as a T, or one named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.decision import Decision
from avatar_server.errors import UsageError
from avatar_server.motion.bvh.joint_names import SIDES
from avatar_server.motion.bvh.joint_roles import JointRoles, Limbs
from avatar_server.motion.bvh.poses import SkeletonMotion
from avatar_server.motion.bvh.rest_pose import RestFrame, rest_frame, stance
from avatar_server.motion.rotations import IDENTITY

Floats = NDArray[np.float64]

FRAMES_LOOKED_AT = 400
"""Spread over the file, to find one that stands as a T or an A."""

JUMP_DEG = 15.0
JUMP_FACTOR = 4.0
"""A first frame that the second leaves so far, and so much faster than others follow, is no motion."""


@dataclass(frozen=True, eq=False, slots=True)
class Rest:
    """How all joints are at rest, in the file's axes.

    turns: (J, 4). places: (J, 3). frame: which way the person looks. is_known: whether it is a T or an A, so
    that bones alone tell how limbs are turned. leaves_first: whether the first frame is no part of the
    motion.
    """

    turns: Floats
    places: Floats
    frame: RestFrame
    is_known: bool
    leaves_first: bool
    decision: Decision
    notices: tuple[str, ...]


def choose_rest(motion: SkeletonMotion, roles: JointRoles, upright: Floats, wanted: int | None) -> Rest:
    """The rest pose of one person. upright: (3,), which way is up in the file. wanted: a frame, from 0.

    Raises UsageError for a frame that is not there.
    """
    first = _leading_pose(motion, roles, upright)
    notices: tuple[str, ...] = ()
    if first is not None:
        notices = (f"frame 0 is a {first} pose, not part of the motion, and was left out",)
    if wanted is not None:
        if not 0 <= wanted < motion.frame_count:
            raise UsageError(f"--rest-frame: expected one from 0 to {motion.frame_count - 1}, got {wanted}")
        return _of_frame(
            motion, roles, upright, wanted, "as was said with --rest-frame", first is not None, notices
        )
    places = motion.rest_places()
    frame = rest_frame(roles, places)
    own, off_deg = stance(roles, places, frame.axes)
    turns = np.tile(IDENTITY, (len(places), 1))
    if own != "other":
        why = f"the skeleton's offsets stand so, facing {frame.facing}"
        found = Decision("rest pose", own, why)
        return Rest(turns, places, frame, True, first is not None, found, notices)
    why = f"the skeleton's offsets make neither a T nor an A pose ({min(off_deg, 180):.0f} degrees off)"
    at = 0 if first is not None else _standing_frame(motion, roles, upright)
    if at is not None:
        return _of_frame(motion, roles, upright, at, f"{why}; this frame does", first is not None, notices)
    found = Decision("rest pose", "second axis", f"{why}, and no frame does: by how elbows and knees bend")
    notice = f"{why}: limbs may be twisted; --rest-frame names a frame in which the person stands as a T"
    return Rest(turns, places, frame, False, False, found, (*notices, notice))


def _of_frame(
    motion: SkeletonMotion,
    roles: JointRoles,
    upright: Floats,
    at: int,
    why: str,
    leaves_first: bool,
    notices: tuple[str, ...],
) -> Rest:
    turns, places = (of_all[0] for of_all in motion.posed(slice(at, at + 1)))
    frame = rest_frame(roles, places, upright=upright)
    kind, _ = stance(roles, places, frame.axes)
    found = Decision("rest pose", f"frame {at} ({kind})", why)
    if kind == "other":
        notices = (*notices, f"frame {at} is neither a T nor an A pose: limbs may be twisted")
    return Rest(turns, places, frame, True, leaves_first, found, notices)


def _standing_frame(motion: SkeletonMotion, roles: JointRoles, upright: Floats) -> int | None:
    """The frame that is nearest to a T or an A, of those looked at."""
    best: tuple[float, int] | None = None
    frames = motion.spread_frames(FRAMES_LOOKED_AT)
    for at, places in zip(frames.tolist(), motion.posed(frames)[1], strict=True):
        kind, off_deg = stance(roles, places, rest_frame(roles, places, upright=upright).axes)
        if kind in ("T", "A") and (best is None or off_deg < best[0]):
            best = (off_deg, at)
    return None if best is None else best[1]


def _leading_pose(motion: SkeletonMotion, roles: JointRoles, upright: Floats) -> str | None:
    """`T` or `A` if the first frame is such a pose that the rest of the motion does not begin with."""
    if motion.frame_count < 4:
        return None
    places = motion.posed(slice(4))[1]
    kind, _ = stance(roles, places[0], rest_frame(roles, places[0], upright=upright).axes)
    if kind not in ("T", "A"):
        return None
    bones = np.concatenate([_bones(roles.side(side), places) for side in SIDES], axis=1)
    steps_deg = np.degrees(np.arccos(np.clip(np.einsum("mbx,mbx->mb", bones[1:], bones[:-1]), -1, 1))).max(1)
    leap = steps_deg[0] > JUMP_DEG and steps_deg[0] > JUMP_FACTOR * steps_deg[1:].max()
    return kind if leap else None


def _bones(limbs: Limbs, places: Floats) -> Floats:
    """(M, 4, 3) unit vectors along arm and leg."""
    pairs = (
        (limbs.shoulder, limbs.elbow),
        (limbs.elbow, limbs.wrist),
        (limbs.hip, limbs.knee),
        (limbs.knee, limbs.ankle),
    )
    bones = np.stack([places[:, lower] - places[:, upper] for upper, lower in pairs], axis=1)
    directions: Floats = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-12)
    return directions
