"""Which joint is which, in the skeletons that programs write."""
# ruff: noqa: E501

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.errors import InputError
from avatar_server.motion.bvh.joint_names import read_names
from avatar_server.motion.bvh.joint_roles import NOBODY, JointRoles, find_roles
from avatar_server.testing.bvh_writer import Bone
from avatar_server.testing.interact_skeleton import interact_skeleton


def roles_of(chains: str) -> tuple[JointRoles, list[str]]:
    """Of a skeleton written as `parent > child > child`, a line each, with ever new places."""
    names: list[str] = []
    parents: list[int] = []
    for line in chains.strip().splitlines():
        chain = [name.strip() for name in line.split(">")]
        for place, name in enumerate(chain):
            if name not in names:
                names.append(name)
                parents.append(names.index(chain[place - 1]) if place else -1)
    places = np.random.default_rng(3).normal(size=(len(names), 3))
    return find_roles(names, np.array(parents), places, "made.bvh"), names


MIXAMO = """
mixamorig:Hips > mixamorig:Spine > mixamorig:Spine1 > mixamorig:Spine2 > mixamorig:Neck > mixamorig:Head > mixamorig:HeadTop_End
mixamorig:Spine2 > mixamorig:LeftShoulder > mixamorig:LeftArm > mixamorig:LeftForeArm > mixamorig:LeftHand
mixamorig:LeftHand > mixamorig:LeftHandIndex1 > mixamorig:LeftHandIndex2 > mixamorig:LeftHandIndex3 > mixamorig:LeftHandIndex4
mixamorig:LeftHand > mixamorig:LeftHandThumb1 > mixamorig:LeftHandThumb2 > mixamorig:LeftHandThumb3 > mixamorig:LeftHandThumb4
mixamorig:Spine2 > mixamorig:RightShoulder > mixamorig:RightArm > mixamorig:RightForeArm > mixamorig:RightHand
mixamorig:Hips > mixamorig:LeftUpLeg > mixamorig:LeftLeg > mixamorig:LeftFoot > mixamorig:LeftToeBase > mixamorig:LeftToe_End
mixamorig:Hips > mixamorig:RightUpLeg > mixamorig:RightLeg > mixamorig:RightFoot > mixamorig:RightToeBase
"""
CMU = """
Hips > LowerBack > Spine > Spine1 > Neck > Neck1 > Head
Spine1 > LeftShoulder > LeftArm > LeftForeArm > LeftHand > LeftFingerBase > LeftHandIndex1
LeftHand > LThumb
Spine1 > RightShoulder > RightArm > RightForeArm > RightHand
Hips > LHipJoint > LeftUpLeg > LeftLeg > LeftFoot > LeftToeBase
Hips > RHipJoint > RightUpLeg > RightLeg > RightFoot > RightToeBase
"""
XSENS = """
Hips > Chest > Chest2 > Chest3 > Chest4 > Neck > Head
Chest4 > RightCollar > RightShoulder > RightElbow > RightWrist
Chest4 > LeftCollar > LeftShoulder > LeftElbow > LeftWrist > LeftCarpus > LeftSecondMC > LeftSecondPP > LeftSecondMP > LeftSecondDP
LeftCarpus > LeftFirstMC > LeftFirstPP > LeftFirstDP
Hips > RightHip > RightKnee > RightAnkle > RightToe
Hips > LeftHip > LeftKnee > LeftAnkle > LeftToe
"""
BIPED = """
Bip01 > Bip01 Pelvis > Bip01 Spine > Bip01 Spine1 > Bip01 Neck > Bip01 Head > Bip01 HeadNub
Bip01 Neck > Bip01 L Clavicle > Bip01 L UpperArm > Bip01 L Forearm > Bip01 L Hand > Bip01 L Finger0
Bip01 Neck > Bip01 R Clavicle > Bip01 R UpperArm > Bip01 R Forearm > Bip01 R Hand
Bip01 Spine > Bip01 L Thigh > Bip01 L Calf > Bip01 L Foot > Bip01 L Toe0
Bip01 Spine > Bip01 R Thigh > Bip01 R Calf > Bip01 R Foot > Bip01 R Toe0
"""
SMPL = """
Pelvis > L_Hip > L_Knee > L_Ankle > L_Foot
Pelvis > R_Hip > R_Knee > R_Ankle > R_Foot
Pelvis > Spine1 > Spine2 > Spine3 > Neck > Head
Spine3 > L_Collar > L_Shoulder > L_Elbow > L_Wrist > L_Hand
Spine3 > R_Collar > R_Shoulder > R_Elbow > R_Wrist > R_Hand
"""
UNREAL = """
root > pelvis > spine_01 > spine_02 > spine_03 > neck_01 > head
spine_03 > clavicle_l > upperarm_l > lowerarm_l > hand_l > index_metacarpal_l > index_01_l > index_02_l > index_03_l
upperarm_l > upperarm_twist_01_l
spine_03 > clavicle_r > upperarm_r > lowerarm_r > hand_r
pelvis > thigh_l > calf_l > foot_l > ball_l
pelvis > thigh_r > calf_r > foot_r > ball_r
"""
BEAT = """
Hips > Spine > Spine1 > Spine2 > Spine3 > Neck > Neck1 > Head > HeadEnd
Spine3 > RightShoulder > RightArm > RightForeArm > RightHand
Spine3 > LeftShoulder > LeftArm > LeftForeArm > LeftHand > LeftHandIndex > LeftHandIndex1 > LeftHandIndex2 > LeftHandIndex3 > LeftHandIndex4
LeftHand > LeftHandRing > LeftHandRing1 > LeftHandRing2 > LeftHandRing3 > LeftHandRing4
LeftHandRing > LeftHandPinky > LeftHandPinky1 > LeftHandPinky2 > LeftHandPinky3 > LeftHandPinky4
Hips > RightUpLeg > RightLeg > RightFoot > RightForeFoot > RightToeBase > RightToeBaseEnd
Hips > LeftUpLeg > LeftLeg > LeftFoot > LeftForeFoot > LeftToeBase
"""
DAZ = """
hip > abdomen > chest > neck > head
chest > lCollar > lShldr > lForeArm > lHand > lIndex1 > lIndex2 > lIndex3
chest > rCollar > rShldr > rForeArm > rHand
hip > lButtock > lThigh > lShin > lFoot
hip > rButtock > rThigh > rShin > rFoot
"""
VICON = """
Actor1_Hips > Actor1_Spine > Actor1_Spine1 > Actor1_Neck > Actor1_Head
Actor1_Spine1 > Actor1_LeftShoulder > Actor1_LeftArm > Actor1_LeftArmRoll > Actor1_LeftForeArm > Actor1_LeftForeArmRoll > Actor1_LeftHand
Actor1_Spine1 > Actor1_RightShoulder > Actor1_RightArm > Actor1_RightForeArm > Actor1_RightHand
Actor1_Hips > Actor1_LeftUpLeg > Actor1_LeftLeg > Actor1_LeftFoot
Actor1_Hips > Actor1_RightUpLeg > Actor1_RightLeg > Actor1_RightFoot
"""


@pytest.mark.parametrize(
    ("chains", "trunk", "neck", "arm", "leg"),
    [
        (MIXAMO, "Hips Spine Spine1 Spine2", "Neck", "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot ToeBase"),
        (CMU, "Hips LowerBack Spine Spine1", "Neck Neck1", "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot ToeBase"),
        (XSENS, "Hips Chest Chest2 Chest3 Chest4", "Neck", "Collar Shoulder Elbow Wrist", "Hip Knee Ankle Toe"),
        (BIPED, "Spine Spine1 Neck", "", "Clavicle UpperArm Forearm Hand", "Thigh Calf Foot Toe0"),
        (SMPL, "Pelvis Spine1 Spine2 Spine3", "Neck", "Collar Shoulder Elbow Wrist", "Hip Knee Ankle Foot"),
        (UNREAL, "pelvis spine_01 spine_02 spine_03", "neck_01", "clavicle upperarm lowerarm hand", "thigh calf foot ball"),
        (BEAT, "Hips Spine Spine1 Spine2 Spine3", "Neck Neck1", "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot ToeBase"),
        (DAZ, "hip abdomen chest", "neck", "Collar Shldr ForeArm Hand", "Thigh Shin Foot -"),
        (VICON, "Hips Spine Spine1", "Neck", "Shoulder Arm ForeArm Hand", "UpLeg Leg Foot -"),
    ],
    ids=["mixamo", "cmu", "xsens", "biped", "smpl", "unreal", "beat", "daz", "vicon"],
)  # fmt: skip
def test_joints_by_name(chains: str, trunk: str, neck: str, arm: str, leg: str) -> None:
    roles, names = roles_of(chains)

    def bare(joint: int) -> str:
        if joint == NOBODY:
            return "-"
        name = names[joint].removeprefix("mixamorig:").removeprefix("Actor1_").removeprefix("Bip01 ")
        for side in ("Left", "L ", "L_", "l"):
            if name.startswith(side) and name not in ("lowerarm_l", "LowerBack"):
                return name.removeprefix(side)
        return name.removesuffix("_l")

    assert " ".join(bare(joint) for joint in (roles.hips, *roles.spine)) == trunk
    assert " ".join(bare(joint) for joint in roles.neck) == neck
    assert bare(roles.head).casefold() == "head"
    left = roles.left
    assert " ".join(bare(joint) for joint in (left.collar, left.shoulder, left.elbow, left.wrist)) == arm
    assert " ".join(bare(joint) for joint in (left.hip, left.knee, left.ankle, left.toe)) == leg
    for one, other in ((left.wrist, roles.right.wrist), (left.ankle, roles.right.ankle)):
        assert names[one] != names[other]
    assert roles.how == "by name"


@pytest.mark.parametrize(
    ("chains", "fingers"),
    [
        (MIXAMO, {"index": "Index1 Index2 Index3", "thumb": "Thumb1 Thumb2 Thumb3"}),
        (XSENS, {"index": "SecondPP SecondMP SecondDP", "thumb": "FirstMC FirstPP FirstDP"}),
        (
            BEAT,
            {"index": "Index1 Index2 Index3", "ring": "Ring1 Ring2 Ring3", "pinky": "Pinky1 Pinky2 Pinky3"},
        ),
        (UNREAL, {"index": "index_01_l index_02_l index_03_l"}),
        (DAZ, {"index": "Index1 Index2 Index3"}),
        (CMU, {}),
    ],
    ids=["mixamo", "xsens", "beat", "unreal", "daz", "cmu"],
)
def test_fingers_without_bones_in_the_palm_and_tips(chains: str, fingers: dict[str, str]) -> None:
    roles, names = roles_of(chains)
    found = {
        finger: " ".join(names[joint].split(":")[-1].removeprefix("LeftHand").removeprefix("Left").removeprefix("l") for joint in joints)
        for finger, joints in roles.left.fingers.items()
    }  # fmt: skip
    assert found == fingers
    assert roles.right.fingers == {}


def _of_bones(bones: tuple[Bone, ...], rename: dict[str, str] | None = None) -> JointRoles:
    names = [bone.name for bone in bones]
    parents = np.array([names.index(bone.parent) if bone.parent else -1 for bone in bones])
    places = np.zeros((len(bones), 3))
    for joint, bone in enumerate(bones):
        places[joint] = np.array(bone.offset) + (places[parents[joint]] if joint else 0.0)
    return find_roles([(rename or {}).get(name, name) for name in names], parents, places, "made.bvh")


def test_a_skeleton_without_telling_names_is_recognised_by_its_shape() -> None:
    bones, _ = interact_skeleton()
    named = _of_bones(bones)
    nameless = _of_bones(bones, {bone.name: f"joint{number}" for number, bone in enumerate(bones)})
    assert nameless.how.startswith("by shape")
    for side in ("left", "right"):
        one, other = named.side(side), nameless.side(side)
        assert (one.shoulder, one.elbow, one.wrist) == (other.shoulder, other.elbow, other.wrist)
        assert (one.hip, one.knee, one.ankle) == (other.hip, other.knee, other.ankle)
    assert (named.hips, named.spine, named.head) == (nameless.hips, nameless.spine, nameless.head)


def test_all_hands_of_interact_have_five_fingers_of_three_joints() -> None:
    bones, _ = interact_skeleton()
    roles = _of_bones(bones)
    for side, limbs in (("Left", roles.left), ("Right", roles.right)):
        for finger, joints in limbs.fingers.items():
            expected = [f"{side}Hand{finger.capitalize()}{number}" for number in (1, 2, 3)]
            assert [bones[joint].name for joint in joints] == expected
        assert len(limbs.fingers) == 5


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError) as caught:
        roles_of(CMU.replace("LeftForeArm", "Thing").replace("RightLeg > RightFoot", "Stump"))
    for name in ("left elbow", "right knee", "right ankle"):
        assert name in str(caught.value)
    assert "right elbow" not in str(caught.value)
    assert "Hips" in str(caught.value)


def test_one_chain_is_no_person() -> None:
    with pytest.raises(InputError, match="a human skeleton"):
        roles_of("a > b > c > d > e")


@pytest.mark.parametrize(
    ("name", "side", "core"),
    [
        ("LeftUpLeg", "left", "upleg"),
        ("lThigh", "left", "thigh"),
        ("RFemur", "right", "femur"),
        ("upperarm_r", "right", "upperarm"),
        ("UpperArm.L", "left", "upperarm"),
        ("Bip01 R Calf", "right", "calf"),
        ("mixamorig12:RightHand", "right", "hand"),
        ("left_elbow", "left", "elbow"),
        ("rshin", "right", "shin"),
        ("Root", None, "root"),
        ("LowerBack", None, "lowerback"),
    ],
)
def test_what_a_name_says(name: str, side: str | None, core: str) -> None:
    said = read_names([name])[0]
    assert (said.side, said.core) == (side, core)
