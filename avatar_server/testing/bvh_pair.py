"""Two people in BVH files who share a world, and how far somebody else's bones are from theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.motion.bvh.poses import skeleton_motion
from avatar_server.motion.bvh.reading import BvhFile, parse_bvh
from avatar_server.motion.rotations import matrix_from_quaternion
from avatar_server.motion.smplh_rest import JOINT, PARENTS, REST_JOINTS
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.testing.body_motion import BodyMotion, move
from avatar_server.testing.bvh_writer import Bone, bvh_text
from avatar_server.testing.dialogue import plan_dialogue
from avatar_server.testing.interact_skeleton import interact_rows

Floats = NDArray[np.float64]

FRAMES = 90
"""Three seconds at 30 frames a second."""

PLACES_M = ((-0.55, np.radians(80)), (0.6, np.radians(-100)))
"""Where the two stand, and which way they look."""

BONES = tuple(
    (f"{side}_{one}", f"{side}_{other}", f"{side.capitalize()}{ours}", f"{side.capitalize()}{theirs}")
    for side in ("left", "right")
    for one, other, ours, theirs in (
        ("shoulder", "elbow", "Arm", "ForeArm"),
        ("elbow", "wrist", "ForeArm", "Hand"),
        ("wrist", "middle1", "Hand", "HandMiddle1"),
        ("hip", "knee", "UpLeg", "Leg"),
        ("knee", "ankle", "Leg", "Foot"),
        *(
            (f"{finger}{bone}", f"{finger}{bone + 1}", f"Hand{name}{bone}", f"Hand{name}{bone + 1}")
            for finger in ("index", "middle", "pinky", "ring", "thumb")
            for name in (finger.capitalize(),)
            for bone in (1, 2)
        ),
    )
)
"""Bones of the limbs, as SMPL-H and as InterAct call them."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two people of a synthetic conversation who share a world.

    rows: what stands in each one's file. pelvises_m: (N, 3), where they are, y up. motions: how they move.
    """

    skeleton: tuple[Bone, ...]
    rows: tuple[Floats, Floats]
    pelvises_m: tuple[Floats, Floats]
    motions: tuple[BodyMotion, BodyMotion]

    def text(self, person: int, frame_time: str = "0.033333") -> str:
        """The file of one of them."""
        return bvh_text(self.skeleton, self.rows[person], frame_time)


def make_pair() -> Pair:
    """Two people who talk, sway and walk a little."""
    dialogue = plan_dialogue(4.0, 0)
    times_s = np.arange(FRAMES) / 30
    written, pelvises, moved = [], [], []
    for person, (x, heading_rad) in enumerate(PLACES_M):
        motion = move(dialogue, person, times_s, 0)
        pelvis = np.column_stack(
            [x + 0.2 * np.sin(times_s), 1.0 + motion.sway_m[:, 1], motion.sway_m[:, 0] + 0.3 * times_s]
        )
        skeleton, numbers = interact_rows(motion, pelvis, heading_rad)
        written.append(numbers)
        pelvises.append(pelvis)
        moved.append(motion)
    return Pair(skeleton, (written[0], written[1]), (pelvises[0], pelvises[1]), (moved[0], moved[1]))


def parsed(text: str) -> BvhFile:
    """A file that says this."""
    return parse_bvh(text.encode(), "take.bvh")


def posed(motion: WorldMotion) -> Floats:
    """(N, 52, 3) places of the joints of a body at rest as `REST_JOINTS`, by plain matrices."""
    turns = matrix_from_quaternion(motion.rotations)
    places = np.empty((motion.frame_count, 52, 3))
    places[:, 0] = motion.pelvis
    for joint in range(1, 52):
        parent = PARENTS[joint]
        places[:, joint] = places[:, parent] + turns[:, parent] @ (REST_JOINTS[joint] - REST_JOINTS[parent])
        turns[:, joint] = turns[:, parent] @ turns[:, joint]
    return places


def worst_deg(motion: WorldMotion, places: dict[str, Floats]) -> float:
    """The largest angle between a posed bone and its source's, given the places of the source's joints."""
    ours = posed(motion)
    worst = 0.0
    for one, other, upper, lower in BONES:
        if upper not in places or lower not in places:
            continue
        a, b = ours[:, JOINT[other]] - ours[:, JOINT[one]], places[lower] - places[upper]
        angle = np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.einsum("nx,nx->n", a, b))
        worst = max(worst, float(np.degrees(angle).max()))
    return worst


def source_places(file: BvhFile) -> dict[str, Floats]:
    """(N, 3) places of all joints, in the file's units."""
    motion, _ = skeleton_motion(file)
    places = motion.posed(slice(None))[1]
    return {name: places[:, joint] for joint, name in enumerate(motion.names)}


def decided(motion: WorldMotion, what: str) -> str:
    """The value of one of its decisions."""
    return next(decision.value for decision in motion.decisions if decision.what == what)
