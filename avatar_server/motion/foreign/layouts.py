"""Which format arrays are, by their names and shapes, and the 52 joints of SMPL-H out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.motion_file import BARE, MotionArrays
from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.errors import InputError
from avatar_server.motion.foreign.hands import rested_hands
from avatar_server.motion.foreign.joint_places import are_places
from avatar_server.motion.foreign.person_arrays import (
    SMPLH_PELVIS_M,
    SMPLX_PELVIS_M,
    Floats,
    PersonArrays,
)

BODY, HANDS = 22, 30
"""Joints of the body with the root, and of both hands, in SMPL-H."""

_SMPLX_FACE = slice(22, 25)
"""Jaw and eyes, which SMPL-X has between body and hands."""

_JOINTS_OF_A_ROW = {63: 21, 66: 22, 69: 23, 72: 24, 153: 51, 156: 52, 162: 54, 165: 55}
"""Numbers in a row of axis-angles, and how many joints they are."""

_WITHOUT_ROOT = (21, 23, 51, 54)
"""Joints of SMPL-H's body, SMPL, SMPL-H and SMPL-X when the root is stored elsewhere, or not at all."""

_KNOWN = (
    "poses of AMASS (156), SMPL-X or BEAT2 (165) or SMPL (72); root_orient and pose_body of Inter-X, "
    "InterHuman or AMASS; global_orient and body_pose of a model's output; or person1 and person2"
)

_RATE_KEYS = ("mocap_framerate", "mocap_frame_rate", "framerate", "frame_rate", "fps")
_TRANS_KEYS = ("trans", "transl", "translation")

ROOT_KEYS = ("root_orient", "global_orient")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What goes with a format's name."""

    name: str
    rest_pelvis: Floats
    usual_up: str
    usual_rate_hz: Fraction | None = None
    usual_rate_why: str = ""


_AMASS = _Kind("AMASS SMPL-H", SMPLH_PELVIS_M, "z")
_AMASS_X = _Kind("AMASS SMPL-X", SMPLX_PELVIS_M, "z")
_BEAT2 = _Kind("BEAT2", SMPLX_PELVIS_M, "y", Fraction(30), "BEAT2 has 30 frames a second")
_INTER_X = _Kind("Inter-X", SMPLX_PELVIS_M, "y", Fraction(120), "Inter-X is captured at 120 frames a second")
_INTERHUMAN = _Kind(
    "InterHuman",
    SMPLH_PELVIS_M,
    "z",
    Fraction(30),
    "the usual release of InterHuman has 30 frames a second (the raw one 59.94: say --rate 59.94)",
)
_SMPL = _Kind("SMPL", SMPLH_PELVIS_M, "y")
_OUTPUT = _Kind("Seamless keys without a group", SMPLH_PELVIS_M, "-y")
_BARE = _Kind("bare array of axis-angles", SMPLH_PELVIS_M, "y")


def lay_out(arrays: MotionArrays, *, of_a_pair: bool = False) -> PersonArrays:
    """One person's arrays as 52 joints; of_a_pair: found under a person's name in one file for both.

    Raises InputError for what is no known format, or has shapes that do not belong together.
    """
    keys = set(arrays.keys)
    if "poses" in keys:
        return _whole_rows(arrays, "poses")
    if BARE in keys:
        return _whole_rows(arrays, BARE)
    if {"root_orient", "pose_body"} <= keys:
        fingers = {"pose_lhand", "pose_rhand"} <= keys
        kind = _INTER_X if fingers else _AMASS_X if "pose_hand" in keys else _INTERHUMAN
        if kind is _INTERHUMAN and not of_a_pair:
            kind = replace(_SMPL, name="SMPL root_orient and pose_body")
        return _split(arrays, kind, "root_orient", "pose_body", "pose_lhand", "pose_rhand")
    if {"global_orient", "body_pose"} <= keys:
        return _split(arrays, _OUTPUT, "global_orient", "body_pose", "left_hand_pose", "right_hand_pose")
    came = ", ".join(arrays.keys[:8]) or "nothing"
    raise InputError(expected=f"{_KNOWN}", came=came, where=arrays.where)


def _whole_rows(arrays: MotionArrays, key: str) -> PersonArrays:
    """All joints in one array: how many tells whose they are."""
    rows = _rows(arrays, key)
    joints = rows.reshape(len(rows), -1, 3)
    if are_places(joints):
        raise InputError(
            expected="axis-angles",
            came="places of joints, which do not say how bones are turned",
            where=f"{arrays.where} ({key})",
        )
    notes: list[Decision] = []
    if key == BARE and joints.shape[1] in _WITHOUT_ROOT:
        notes.append(Decision("root", "upright", f"{joints.shape[1]} joints are a body without its root"))
        joints = np.concatenate([np.zeros((len(joints), 1, 3)), joints], axis=1)
    count = joints.shape[1]
    kind, drop = _kind_of_rows(arrays, key, count)
    body = joints[:, :BODY]
    if count == 55:
        notes.append(_drop("jaw and eyes left out", "SMPL-H has no joints for them"))
        hands: Floats | None = joints[:, _SMPLX_FACE.stop :]
    elif count == 52:
        hands = joints[:, BODY:]
    else:
        hands = None
    return _person(arrays, kind, body, hands, [*drop, *notes])


def _kind_of_rows(arrays: MotionArrays, key: str, count: int) -> tuple[_Kind, list[Decision]]:
    if key == BARE:
        return _BARE, []
    if count == 55:
        if "expressions" in arrays.keys:
            why = "BEAT2's are FLAME's, which are no ARKit weights and need SMPL-X's own head"
            return _BEAT2, [Decision("face", "not taken from the expressions", why)]
        return _AMASS_X, []
    if count == 52:
        return _AMASS, []
    if count in (22, 24):
        return _SMPL, []
    raise InputError(
        expected="rows of 52 (AMASS), 55 (SMPL-X) or 24 (SMPL) joints",
        came=f"rows of {count}",
        where=f"{arrays.where} ({key})",
    )


def _split(
    arrays: MotionArrays, kind: _Kind, root_key: str, body_key: str, left_key: str, right_key: str
) -> PersonArrays:
    """Root, body and hands each in an array of their own."""
    root = _rows(arrays, root_key, 3)
    body = _rows(arrays, body_key)
    if body.shape[1] not in (63, 69):
        raise InputError(
            expected="21 joints, flattened or not",
            came=f"rows of {body.shape[1]} numbers",
            where=f"{arrays.where} ({body_key})",
        )
    hands: Floats | None = None
    if "pose_hand" in arrays.keys and left_key not in arrays.keys:
        hands = _rows(arrays, "pose_hand", 90)
    elif left_key in arrays.keys and right_key in arrays.keys:
        hands = np.concatenate([_rows(arrays, left_key, 45), _rows(arrays, right_key, 45)], axis=1)
    _same_length(arrays, {root_key: root, body_key: body, "hands": hands})
    joints = np.concatenate([root, body[:, :63]], axis=1).reshape(len(body), BODY, 3)
    return _person(arrays, kind, joints, None if hands is None else hands.reshape(len(hands), HANDS, 3), [])


def _person(
    arrays: MotionArrays, kind: _Kind, body: Floats, hands: Floats | None, decisions: list[Decision]
) -> PersonArrays:
    key = next((name for name in _TRANS_KEYS if name in arrays.keys), None)
    trans = None if key is None else _rows(arrays, key, 3)
    _same_length(arrays, {"the poses": body, key or "": trans})
    notices: list[str] = []
    fingers, how = rested_hands(hands, len(body), mean_is_added=kind is _BEAT2)
    betas = _betas(arrays, kind, decisions)
    gender = arrays.text("gender")
    if gender:
        said = "the mannequin is neither; a SMPL-H file (--body) is worn by both people as it is"
        decisions.append(Decision("gender", gender, said))
    return PersonArrays(
        where=arrays.where,
        format=kind.name,
        joints=np.concatenate([body, fingers], axis=1),
        trans=trans,
        rest_pelvis=kind.rest_pelvis,
        usual_up=kind.usual_up,
        stated_rate_hz=stated_rate(arrays),
        usual_rate_hz=kind.usual_rate_hz,
        usual_rate_why=kind.usual_rate_why,
        weak_camera=kind is _OUTPUT and key == "translation",
        betas=betas,
        decisions=(*decisions, how),
        notices=tuple(notices),
    )


def _betas(arrays: MotionArrays, kind: _Kind, decisions: list[Decision]) -> Floats | None:
    """Only AMASS's SMPL-H ones are in the space of the bodies that are played here."""
    if "betas" not in arrays.keys or 0 in arrays.shape("betas"):
        return None
    if kind is not _AMASS:
        why = f"the betas of {kind.name} are of another shape space than SMPL-H's"
        decisions.append(Decision("body shape", "neutral", why))
        return None
    betas = arrays.numbers("betas")
    betas = betas if betas.ndim < 2 else betas.reshape(-1, betas.shape[-1])[0]
    betas = betas.reshape(-1)[:16]
    if not np.isfinite(betas).all():
        raise InputError(expected="finite betas", came="nan or inf", where=f"{arrays.where} (betas)")
    decisions.append(
        Decision("body shape", f"{len(betas)} betas", "they are SMPL-H's own; --body applies them")
    )
    return betas


def stated_rate(arrays: MotionArrays) -> float | None:
    """Frames a second as the file says; None if it does not."""
    for key in _RATE_KEYS:
        if key in arrays.keys:
            value = arrays.numbers(key)
            if value.size != 1 or not 0.5 <= float(value.reshape(-1)[0]) <= 2000:
                came = f"{value.reshape(-1)[:3].tolist()}"
                where = f"{arrays.where} ({key})"
                raise InputError(expected="frames a second", came=came, where=where)
            return float(value.reshape(-1)[0])
    return None


def _rows(arrays: MotionArrays, key: str, width: int | None = None) -> Floats:
    """`key` as (N, width), each frame flattened; the known widths of poses if none is given."""
    where = f"{arrays.where} ({key})"
    array = arrays.numbers(key)
    if array.ndim < 2:
        raise InputError(expected="a row for each frame", came=f"shape {array.shape}", where=where)
    if not 0 < len(array) <= MAX_FRAME_COUNT:
        raise InputError(expected=f"1 to {MAX_FRAME_COUNT} frames", came=f"{len(array)}", where=where)
    rows = array.reshape(len(array), -1)
    if width is None and rows.shape[1] not in _JOINTS_OF_A_ROW:
        widths = ", ".join(str(known) for known in _JOINTS_OF_A_ROW)
        came = f"shape {array.shape}"
        raise InputError(expected=f"axis-angles in rows of {widths} numbers", came=came, where=where)
    if width is not None and rows.shape[1] != width:
        raise InputError(expected=f"rows of {width} numbers", came=f"shape {array.shape}", where=where)
    if not np.isfinite(rows).any():
        raise InputError(expected="numbers", came="nan or inf everywhere", where=where)
    return rows


def _same_length(arrays: MotionArrays, parts: dict[str, Floats | None]) -> None:
    lengths = {key: len(part) for key, part in parts.items() if part is not None}
    if len(set(lengths.values())) > 1:
        came = ", ".join(f"{count} in {key}" for key, count in lengths.items())
        raise InputError(expected="as many frames in every array", came=came, where=arrays.where)


def _drop(value: str, why: str) -> Decision:
    return Decision("face joints", value, why)
