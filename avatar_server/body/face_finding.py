"""Finds the features of a face on the head of an SMPL-H body, from its profile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_attachment import fit_face
from avatar_server.body.face_fit import FittedFace
from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_surface import HeadFront
from avatar_server.body.model import JOINT_NAMES, BodyModel
from avatar_server.body.surface_normals import vertex_normals

Array = NDArray[np.float64]

_SMPL_VERTEX_COUNT = 6890
_LEFT_EYE, _RIGHT_EYE = 2800, 6260
"""Vertices in the middle of the eyes, as `smplx.vertex_ids` names them for SMPL-H."""

_NECK, _HEAD = JOINT_NAMES.index("neck"), JOINT_NAMES.index("head")
_NECK_TO_HEAD_M = 0.083
_FEWEST_FACES = 150
_STEP_M = 0.0005
_TURNS_BACK = 0.9
"""Slope of the profile below the chin: half a right angle, nearly."""

# Of a face whose eyes are 62 mm apart.
_EYE_ASIDE_M, _EYE_OVER_NOSE_M = 0.031, 0.035
_NOSE_TO_CHIN_M = 0.072
_MOUTH_HALF_M = 0.0245
_MOUTH_AT = 0.38
"""Where the mouth is on the way from the tip of the nose to below the chin (Farkas 1994)."""


def fitted(model: BodyModel) -> FittedFace | None:
    """A face for `model`; None if nothing on it looks like the front of a head."""
    landmarks = find_landmarks(model)
    return None if landmarks is None else fit_face(model, landmarks)


def find_landmarks(model: BodyModel) -> FaceLandmarks | None:
    """Where the features are, in the neutral shape; None if this is no head with a nose and a chin."""
    vertices = model.v_template
    joints = model.joint_regressor.joints(vertices)
    size = float(np.linalg.norm(joints[_HEAD] - joints[_NECK])) / _NECK_TO_HEAD_M
    on_head = model.weights[:, _HEAD] > 0.5
    faces = model.faces[on_head[model.faces].all(axis=1)]
    if len(faces) < _FEWEST_FACES or not 0.4 < size < 2.5:
        return None
    front = HeadFront(vertices, vertex_normals(vertices, model.faces), faces)
    y = joints[_HEAD, 1] + size * np.arange(-0.040, 0.115, _STEP_M)
    z = front.meet(np.column_stack([np.zeros_like(y), y])).heights
    upper = y > joints[_HEAD, 1] + 0.020 * size
    tip = int(np.flatnonzero(upper)[z[upper].argmax()])
    # Going down from the nose, the profile stays ahead until it turns back under the chin.
    slope = np.convolve(np.gradient(z, _STEP_M), np.full(7, 1 / 7), mode="same")
    turned = np.flatnonzero(slope[: max(tip - round(0.046 * size / _STEP_M), 0)] > _TURNS_BACK)
    if not len(turned):
        return None
    under = int(turned[-1])
    length = float(y[tip] - y[under])
    if not 0.045 * size < length < 0.105 * size:
        return None
    scale = length / _NOSE_TO_CHIN_M
    eye = _eye_vertices(model, scale)
    if eye is not None:
        scale = 0.5 * (scale + eye[0] / _EYE_ASIDE_M)
    else:
        eye = (_EYE_ASIDE_M * scale, float(y[tip]) + _EYE_OVER_NOSE_M * scale)
    mouth = _mouth(y, z, tip, length)
    chin = under + int(z[under : under + int(0.02 * scale / _STEP_M)].argmax())
    return FaceLandmarks(
        eye=eye,
        nose=(float(y[tip]), float(z[tip])),
        mouth=(float(y[mouth]), float(z[mouth])),
        chin=(float(y[chin]), float(z[chin])),
        mouth_half=_MOUTH_HALF_M * scale,
        scale=scale,
    )


def _eye_vertices(model: BodyModel, scale: float) -> tuple[float, float] | None:
    """X and y of the left eye, where a body has SMPL's vertices and they are where eyes can be."""
    if model.vertex_count != _SMPL_VERTEX_COUNT:
        return None
    left, right = model.v_template[_LEFT_EYE], model.v_template[_RIGHT_EYE]
    x, y = float(left[0] - right[0]) / 2, float(left[1] + right[1]) / 2
    alike = abs(left[0] + right[0]) < 0.006 and abs(left[1] - right[1]) < 0.006
    if not alike or not 0.7 < x / (_EYE_ASIDE_M * scale) < 1.4:
        return None
    return x, y


def _mouth(y: Array, z: Array, tip: int, length: float) -> int:
    """The place of the line between the lips: the deepest notch about where a mouth is expected."""
    expected = tip - round(_MOUTH_AT * length / _STEP_M)
    reach = round(0.11 * length / _STEP_M)
    around = round(0.05 * length / _STEP_M)
    depths = [
        min(z[place - around : place].max(), z[place + 1 : place + around + 1].max()) - z[place]
        for place in range(expected - reach, expected + reach + 1)
    ]
    best = int(np.argmax(depths))
    return expected - reach + best if depths[best] > 0.0002 else expected
