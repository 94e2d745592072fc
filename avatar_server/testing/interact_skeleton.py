"""A skeleton like InterAct's, and the synthetic people's motion on it.

Centimetres, y up, in a T facing +x with the person's right at +z; Hips, Spine to Spine3, Neck, Neck1, Head;
hands with bones in the palm and tips. Names and nesting follow the data set (arXiv 2509.05747); lengths are
those of the synthetic people, a tenth larger.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.body_motion import BodyMotion
from avatar_server.testing.bvh_writer import PLACES, ROTATIONS, Bone, local_turns, rows
from avatar_server.testing.skeleton import FINGERTIP_BEYOND_LAST_JOINT_M, REST_JOINTS, joint_frames

Array = NDArray[np.float64]

UNITS_A_METRE = 109.0
"""Centimetres, of a body 1.09 times as large as the neutral SMPL-H."""

PALM_SHARE = 0.3
"""Where a bone in the palm begins, on the way from the wrist to the knuckle."""

TO_FILE: Array = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""From SMPL-H's rest axes (left, up, forward) to the file's: forward is +x, the left is -z."""

_FINGERS = ("Index", "Middle", "Pinky", "Ring", "Thumb")
_BODY: tuple[tuple[str, str, int], ...] = (
    ("Spine", "Hips", 3),
    ("Spine1", "Spine", -1),
    ("Spine2", "Spine1", 6),
    ("Spine3", "Spine2", 9),
    ("Neck", "Spine3", 12),
    ("Neck1", "Neck", -1),
    ("Head", "Neck1", 15),
)
_SIDE: tuple[tuple[str, str, int], ...] = (
    ("Shoulder", "Spine3", 13),
    ("Arm", "Shoulder", 16),
    ("ForeArm", "Arm", 18),
    ("Hand", "ForeArm", 20),
    ("UpLeg", "Hips", 1),
    ("Leg", "UpLeg", 4),
    ("Foot", "Leg", 7),
    ("ToeBase", "Foot", 10),
)
"""Name, parent, and the left SMPL-H joint at the same place; -1 lies half way to the next one."""


def interact_skeleton() -> tuple[tuple[Bone, ...], dict[str, int]]:
    """The bones, nested, and which SMPL-H joint each of them turns with."""
    places: dict[str, Array] = {"Hips": REST_JOINTS[0]}
    turns_with: dict[str, int] = {"Hips": 0}
    bones = [Bone("Hips", "", (0.0, 0.0, 0.0), f"{PLACES} {ROTATIONS}")]

    def add(name: str, parent: str, place: Array, joint: int) -> None:
        offset = UNITS_A_METRE * TO_FILE @ (place - places[parent])
        places[name], turns_with[name] = place, joint
        bones.append(Bone(name, parent, (float(offset[0]), float(offset[1]), float(offset[2]))))

    for index, (name, parent, joint) in enumerate(_BODY):
        following = _BODY[min(index + 1, len(_BODY) - 1)][2]
        place = REST_JOINTS[joint] if joint >= 0 else (places[parent] + REST_JOINTS[following]) / 2
        add(name, parent, place, joint if joint >= 0 else turns_with[parent])
    for left, side in ((True, "Left"), (False, "Right")):
        for name, parent, joint in _SIDE:
            carrier = parent if parent in places else side + parent
            own = joint if left else joint + 1
            add(side + name, carrier, REST_JOINTS[own], own)
        wrist, first = (20, 22) if left else (21, 37)
        for number, finger in enumerate(_FINGERS):
            carrier = f"{side}Hand"
            knuckle = first + 3 * number
            if finger != "Thumb":
                way = REST_JOINTS[knuckle] - REST_JOINTS[wrist]
                palm = REST_JOINTS[wrist] + PALM_SHARE * way
                add(f"{side}InHand{finger}", carrier, palm, wrist)
                carrier = f"{side}InHand{finger}"
            for bone in range(3):
                name = f"{side}Hand{finger}{bone + 1}"
                add(name, carrier, REST_JOINTS[knuckle + bone], knuckle + bone)
                carrier = name
            last = REST_JOINTS[knuckle + 2] - REST_JOINTS[knuckle + 1]
            tip = places[carrier] + FINGERTIP_BEYOND_LAST_JOINT_M * last / np.linalg.norm(last)
            add(f"{side}Hand{finger}4", carrier, tip, knuckle + 2)
    return _nested(bones), turns_with


def interact_rows(motion: BodyMotion, pelvis_m: Array, heading_rad: float) -> tuple[tuple[Bone, ...], Array]:
    """The skeleton, and (N, C) numbers of a person whose pelvis is at `pelvis_m` (N, 3), metres, y up.

    heading_rad: about y, from facing +z. Metres become the file's hundredths; sizes do not change that.
    """
    skeleton, turns_with = interact_skeleton()
    _, turned = joint_frames(motion.joints)
    turn = Rotation.from_rotvec([0.0, heading_rad, 0.0]).as_matrix()
    in_file = turn @ turned @ TO_FILE.T
    in_world = {name: Rotation.from_matrix(in_file[:, joint]) for name, joint in turns_with.items()}
    local = local_turns(skeleton, in_world)
    return skeleton, rows(skeleton, local, {"Hips": 100 * pelvis_m})


def _nested(bones: list[Bone]) -> tuple[Bone, ...]:
    """In the order in which a file has them, ends with a tip."""
    parents = {bone.parent for bone in bones}

    def below(name: str) -> list[Bone]:
        return [one for bone in bones if bone.parent == name for one in (bone, *below(bone.name))]

    return tuple(bone if bone.name in parents else replace(bone, tip=(0.0, 0.0, 0.0)) for bone in below(""))
