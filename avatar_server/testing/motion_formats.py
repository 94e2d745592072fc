"""Writes people of a measured world as files of other data sets have them: their keys, shapes and axes."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.world_pair import WorldPerson

Array = NDArray[np.float64]

SMPLH_REST_M = np.array([0.0, -0.223, 0.028])
SMPLX_REST_M = np.array([0.003, -0.351, 0.012])
"""Pelvis of the two body models at rest."""

FROM_Y_UP = {
    "y": Rotation.identity(),
    "z": Rotation.from_euler("x", 90, degrees=True),
    "x": Rotation.from_euler("z", -90, degrees=True),
    "-y": Rotation.from_euler("x", 180, degrees=True),
}
"""Into a world with another axis up."""


def in_axes(person: WorldPerson, up: str, unit_m: float, rest_m: Array) -> tuple[Array, Array]:
    """(N, 52, 3) joints and (N, 3) translation of the body model, in a world of this axis and unit."""
    turn = FROM_Y_UP[up]
    joints = person.joints.copy()
    joints[:, 0] = (turn * Rotation.from_rotvec(joints[:, 0])).as_rotvec()
    return joints, (turn.apply(person.pelvis) - rest_m) / unit_m


def amass(person: WorldPerson, rate_hz: float, *, up: str = "z", unit_m: float = 1.0) -> dict[str, Any]:
    """AMASS with SMPL-H."""
    joints, trans = in_axes(person, up, unit_m, SMPLH_REST_M)
    return {
        "poses": joints.reshape(len(joints), 156),
        "trans": trans,
        "betas": np.linspace(-1.0, 1.0, 16),
        "dmpls": np.zeros((len(joints), 8)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(rate_hz),
    }


def smplx_poses(person: WorldPerson, *, up: str, jaw_rad: float = 0.2) -> tuple[Array, Array]:
    """(N, 165) with a jaw that is open, and the translation in metres."""
    joints, trans = in_axes(person, up, 1.0, SMPLX_REST_M)
    face = np.tile([[jaw_rad, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.1, 0.0]], (len(joints), 1, 1))
    whole = np.concatenate([joints[:, :22], face, joints[:, 22:]], axis=1)
    return whole.reshape(len(joints), 165), trans


def amass_smplx(person: WorldPerson, rate_hz: float) -> dict[str, Any]:
    """AMASS with SMPL-X, with the split keys and the object array that its files have."""
    poses, trans = smplx_poses(person, up="z")
    return {
        "poses": poses,
        "trans": trans,
        "betas": np.ones(16),
        "root_orient": poses[:, :3],
        "pose_body": poses[:, 3:66],
        "pose_jaw": poses[:, 66:69],
        "pose_eye": poses[:, 69:75],
        "pose_hand": poses[:, 75:],
        "gender": np.array("neutral"),
        "surface_model_type": np.array("smplx"),
        "mocap_frame_rate": np.array(rate_hz),
        "markers_latent_vids": np.array({"C7": 3470}, dtype=object),
    }


def beat2(person: WorldPerson) -> dict[str, Any]:
    """BEAT2, as EMAGE reads it."""
    poses, trans = smplx_poses(person, up="y")
    return {
        "poses": poses,
        "expressions": np.zeros((len(poses), 100)),
        "trans": trans - trans[0],
        "betas": np.ones(300),
        "model": np.array("smplx2020"),
        "gender": np.array("neutral"),
        "mocap_frame_rate": np.array(30),
    }


def inter_x(person: WorldPerson) -> dict[str, Any]:
    """One of the two files of an Inter-X pair; bodies as (N, 21, 3), no rate."""
    joints, trans = in_axes(person, "y", 1.0, SMPLX_REST_M)
    return {
        "root_orient": joints[:, 0],
        "pose_body": joints[:, 1:22],
        "pose_lhand": joints[:, 22:37],
        "pose_rhand": joints[:, 37:],
        "trans": trans,
        "betas": np.ones((1, 10)),
        "gender": np.array("male"),
    }


def interhuman(people: Sequence[WorldPerson]) -> dict[str, Any]:
    """The dict of an InterHuman pickle."""
    content: dict[str, Any] = {"frames": len(people[0].joints)}
    for number, person in enumerate(people, start=1):
        joints, trans = in_axes(person, "z", 1.0, SMPLH_REST_M)
        content[f"person{number}"] = {
            "trans": trans,
            "root_orient": joints[:, 0],
            "pose_body": joints[:, 1:22].reshape(len(joints), 63),
            "betas": np.ones(10),
            "gender": "male",
        }
    return content


def smpl(person: WorldPerson, *, up: str = "y", unit_m: float = 1.0) -> dict[str, Any]:
    """SMPL: 24 joints, the last two of them whole hands."""
    joints, trans = in_axes(person, up, unit_m, SMPLH_REST_M)
    hands = np.full((len(joints), 2, 3), 0.05)
    poses = np.concatenate([joints[:, :22], hands], axis=1)
    return {"poses": poses.reshape(len(joints), 72), "trans": trans}


def model_output(person: WorldPerson, *, flattened: bool) -> dict[str, Any]:
    """The Seamless keys without their group, before a camera."""
    joints, _ = in_axes(person, "-y", 1.0, SMPLH_REST_M)
    count = len(joints)
    content = {
        "global_orient": joints[:, 0],
        "body_pose": joints[:, 1:22],
        "left_hand_pose": joints[:, 22:37],
        "right_hand_pose": joints[:, 37:],
        "translation": np.tile([0.03, 0.19, 39.0], (count, 1)),
    }
    return {key: array.reshape(count, -1) if flattened else array for key, array in content.items()}


def write(path: Path, content: dict[str, Any] | Array) -> Path:
    """As NPZ, NPY or pickle, by the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        assert isinstance(content, np.ndarray)
        np.save(path, content)
    elif path.suffix == ".npz":
        assert isinstance(content, dict)
        np.savez(path, **content)
    else:
        path.write_bytes(pickle.dumps(content))
    return path
