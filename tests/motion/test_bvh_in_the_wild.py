"""What BVH files hold in the wild: orders, position channels, bad rows, odd rest poses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.motion.bvh.motion import motions_from_bvh
from avatar_server.motion.bvh.poses import skeleton_motion
from avatar_server.motion.bvh.reading import read_bvh
from avatar_server.motion.rotations import matrix_from_quaternion
from avatar_server.motion.smplh_rest import JOINT
from avatar_server.testing.bvh_pair import (
    FRAMES,
    Pair,
    decided,
    make_pair,
    parsed,
    posed,
    source_places,
    worst_deg,
)
from avatar_server.testing.bvh_writer import Bone, bvh_text, local_turns, rows
from avatar_server.testing.pymotion_oracle import by_pymotion

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make_pair()


ORDERS = tuple(
    f"{a}rotation {b}rotation {c}rotation" for a, b, c in ("ZYX", "XYZ", "YZX", "ZXY", "XZY", "YXZ")
)


def _with_channels(pair: Pair, channels: Callable[[int, Bone], str]) -> tuple[str, dict[str, Floats]]:
    """The first person written with other channels, and the places of the joints as they were."""
    source, _ = skeleton_motion(parsed(pair.text(0)))
    turns, places = source.posed(slice(None))
    skeleton = tuple(
        replace(bone, channels=channels(place, bone)) for place, bone in enumerate(pair.skeleton)
    )
    in_world = {
        bone.name: Rotation.from_quat(turns[:, joint][:, [1, 2, 3, 0]]) for joint, bone in enumerate(skeleton)
    }
    numbers = rows(skeleton, local_turns(skeleton, in_world), {"Hips": places[:, 0]})
    return bvh_text(skeleton, numbers), {bone.name: places[:, joint] for joint, bone in enumerate(skeleton)}


def test_every_joint_has_an_order_of_its_own(pair: Pair, tmp_path: Path) -> None:
    text, wanted = _with_channels(
        pair,
        lambda place, bone: ("Yposition Zposition Xposition " if not bone.parent else "") + ORDERS[place % 6],
    )
    path = tmp_path / "orders.bvh"
    path.write_text(text)
    found = source_places(read_bvh(path))
    oracle = by_pymotion(path)
    for name, places in wanted.items():
        np.testing.assert_allclose(found[name], places, atol=1e-3, err_msg=name)
        np.testing.assert_allclose(found[name], oracle[name], atol=1e-3, err_msg=name)
    assert worst_deg(motions_from_bvh([read_bvh(path)], [None])[0], oracle) < 0.01


@pytest.mark.parametrize("added", [False, True])
def test_position_channels_of_other_joints_replace_offsets_or_come_on_top(pair: Pair, added: bool) -> None:
    text, wanted = _with_channels(pair, lambda place, bone: f"Xposition Yposition Zposition {ORDERS[0]}")
    if added:
        file = parsed(text)
        numbers = file.frames.values.copy()
        for joint in range(1, len(pair.skeleton)):
            numbers[:, 6 * joint : 6 * joint + 3] -= pair.skeleton[joint].offset
        skeleton = tuple(
            replace(bone, channels=f"Xposition Yposition Zposition {ORDERS[0]}") for bone in pair.skeleton
        )
        text = bvh_text(skeleton, numbers)
    motion = motions_from_bvh([parsed(text)], [None])[0]
    assert worst_deg(motion, wanted) < 0.01
    assert any("position channels" in notice and ("added" in notice) == added for notice in motion.notices)


def _drawn(arm_turns: str, fore_arm: str = "CHANNELS 1 Yrotation") -> str:
    """A person of few joints in metres, facing +z: only the left arm moves."""

    def side(name: str, sign: int, arm: str, fore: str) -> str:
        return f"""JOINT {name}Arm {{ OFFSET {sign * 0.2} 0.5 0
 {arm}
 JOINT {name}ForeArm {{ OFFSET {sign * 0.3} 0 0
 {fore}
 JOINT {name}Hand {{ OFFSET {sign * 0.25} 0 0
 End Site {{ OFFSET {sign * 0.1} 0 0 }} }} }} }}
"""

    def leg(name: str, sign: int) -> str:
        return f"""JOINT {name}UpLeg {{ OFFSET {sign * 0.1} -0.05 0
 JOINT {name}Leg {{ OFFSET 0 -0.42 0
 JOINT {name}Foot {{ OFFSET 0 -0.43 0
 End Site {{ OFFSET 0 -0.05 0.2 }} }} }} }}
"""

    return (
        "HIERARCHY\nROOT Hips { OFFSET 0 0.9 0\n"
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation\n"
        "JOINT Spine { OFFSET 0 0.1 0\n"
        + side("Left", 1, arm_turns, fore_arm)
        + side("Right", -1, "", "")
        + "JOINT Head { OFFSET 0 0.6 0\n End Site { OFFSET 0 0.2 0 } } }\n"
        + leg("Left", 1)
        + leg("Right", -1)
        + "}\nMOTION\n"
    )


def test_a_drawn_person_turns_the_left_arm_forward_and_bends_its_elbow_up() -> None:
    r"""Seen from above, then from the front:

      rest            Yrotation -90          and Zrotation 90 of the fore arm
    O---a---f          O                            O
                       |                            a, with f above it
                       a
                       f  (towards the viewer)
    """
    text = _drawn("CHANNELS 3 Xrotation Yrotation Zrotation", "CHANNELS 1 Zrotation")
    text += "Frames: 3\nFrame Time: 0.04\n"
    text += "0 .9 0 0 0 0  0 0 0  0\n0 .9 0 0 0 0  0 -90 0  0\n0.5 .9 2 0 0 0  0 -90 0  90\n"
    motion = motions_from_bvh([parsed(text)], [None])[0]
    places = posed(motion)
    arm = places[:, JOINT["left_elbow"]] - places[:, JOINT["left_shoulder"]]
    fore = places[:, JOINT["left_wrist"]] - places[:, JOINT["left_elbow"]]
    for bone in (arm, fore):
        bone /= np.linalg.norm(bone, axis=1, keepdims=True)
    np.testing.assert_allclose(arm, [[1, 0, 0], [0, 0, 1], [0, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(fore, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], atol=1e-6)
    np.testing.assert_allclose(motion.pelvis, [[0, 0.9, 0], [0, 0.9, 0], [0.5, 0.9, 2]], atol=1e-12)
    assert (float(motion.rate_hz), decided(motion, "units")) == (25, "metres")
    assert "fingers that are not in the skeleton" in " ".join(motion.notices)


def test_zero_length_joints_are_taken(pair: Pair) -> None:
    skeleton = tuple(
        replace(bone, offset=(0.0, 0.0, 0.0)) if "InHand" in bone.name or bone.name == "Neck1" else bone
        for bone in pair.skeleton
    )
    file = parsed(bvh_text(skeleton, pair.rows[0]))
    assert worst_deg(motions_from_bvh([file], [None])[0], source_places(file)) < 0.01


def test_rows_of_nan_are_bridged(pair: Pair) -> None:
    lines = pair.text(0).splitlines()
    lines[-30] = re.sub(r"\S+", "nan", lines[-30])
    motion = motions_from_bvh([parsed("\n".join(lines))], [None])[0]
    whole = motions_from_bvh([parsed(pair.text(0))], [None])[0]
    assert motion.frame_count == FRAMES
    between = (whole.pelvis[-31] + whole.pelvis[-29]) / 2
    np.testing.assert_allclose(motion.pelvis[-30], between, atol=1e-9)
    assert np.isfinite(motion.rotations).all()
    assert "bridged" in motion.notices[0]


def test_a_t_pose_as_frame_0_is_said_and_left_out(pair: Pair) -> None:
    numbers = np.concatenate([np.zeros((1, pair.rows[0].shape[1])), pair.rows[0]])
    motion = motions_from_bvh([parsed(bvh_text(pair.skeleton, numbers))], [None])[0]
    assert motion.frame_count == FRAMES
    assert "frame 0 is a T pose, not part of the motion, and was left out" in motion.notices
    np.testing.assert_allclose(motion.pelvis, pair.pelvises_m[0], atol=1e-4)
    still = np.zeros((20, pair.rows[0].shape[1]))
    assert motions_from_bvh([parsed(bvh_text(pair.skeleton, still))], [None])[0].frame_count == 20


def _twisted_rest(pair: Pair, first: Floats | None = None) -> tuple[str, dict[str, Floats]]:
    """The first person on a skeleton whose own rest pose has every bone along +x, as some studios write."""
    source, _ = skeleton_motion(parsed(pair.text(0)))
    turns, places = source.posed(slice(None))
    lay = {}
    skeleton = []
    lie = Rotation.from_euler("z", -90, degrees=True)
    for bone in pair.skeleton:
        # Trunk and legs lie down together; arms and fingers of each side along them.
        name, offset = bone.name, np.array(bone.offset)
        lay[name] = lie
        if re.match(r"(Left|Right)(Arm|ForeArm|Hand|InHand)", name):
            flip = -90 if name.startswith("Left") else 90
            lay[name] = lie * Rotation.from_euler("x", flip, degrees=True)
        if re.match(r"(Left|Right)(UpLeg|Leg|Foot|ToeBase)", name):
            lay[name] = lie * Rotation.from_euler("z", 180, degrees=True)
        carrier = lay[bone.parent] if bone.parent else Rotation.identity()
        skeleton.append(replace(bone, offset=tuple(carrier.apply(offset))))
    in_world = {
        bone.name: Rotation.from_quat(turns[:, joint][:, [1, 2, 3, 0]]) * lay[bone.name].inv()
        for joint, bone in enumerate(pair.skeleton)
    }
    if first is not None:
        for name in in_world:
            in_world[name] = Rotation.concatenate([lay[name].inv(), in_world[name]])
        places = np.concatenate([places[:1], places])
    numbers = rows(skeleton, local_turns(skeleton, in_world), {"Hips": places[:, 0]})
    return bvh_text(skeleton, numbers), {bone.name: places[:, joint] for joint, bone in enumerate(skeleton)}


def test_a_rest_pose_that_is_none_is_seen_and_a_t_pose_in_the_file_is_used_instead(pair: Pair) -> None:
    text, wanted = _twisted_rest(pair, first=np.zeros(3))
    motion = motions_from_bvh([parsed(text)], [None])[0]
    assert decided(motion, "rest pose") == "frame 0 (T)"
    assert motion.frame_count == FRAMES
    assert worst_deg(motion, {name: places[1:] for name, places in wanted.items()}) < 0.01
    straight = motions_from_bvh([parsed(pair.text(0))], [None])[0]
    cosines = np.abs(np.einsum("njq,njq->nj", motion.rotations, straight.rotations))
    assert np.degrees(2 * np.arccos(np.clip(cosines.min(axis=0), 0, 1))).max() < 0.2
    named = motions_from_bvh([parsed(text)], [None], ReadingChoices(rest_frame=0))[0]
    np.testing.assert_allclose(named.rotations, motion.rotations, atol=1e-6)
    assert "as was said" in next(one.why for one in named.decisions if one.what == "rest pose")


def test_without_any_a_second_axis_is_used_and_said(pair: Pair) -> None:
    text, wanted = _twisted_rest(pair)
    motion = motions_from_bvh([parsed(text)], [None])[0]
    assert decided(motion, "rest pose") == "second axis"
    assert any("--rest-frame names a frame" in notice for notice in motion.notices)
    assert worst_deg(motion, wanted) < 0.01
    straight = motions_from_bvh([parsed(pair.text(0))], [None])[0]
    ours, theirs = (matrix_from_quaternion(one.rotations) for one in (motion, straight))
    # Elbows and knees bend the right way round: their own turns agree to a few degrees.
    for name in ("left_elbow", "right_elbow"):
        off = Rotation.from_matrix(np.swapaxes(ours[:, JOINT[name]], 1, 2) @ theirs[:, JOINT[name]])
        assert np.degrees(off.magnitude()).mean() < 40, name
