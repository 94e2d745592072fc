"""A face is moved by its 52 weights as one would expect, on the mannequin and on a body from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import KDTree

from avatar_server.body.face_finding import find_landmarks, fitted
from avatar_server.body.face_pieces import PAINTS
from avatar_server.body.face_rig import GAZE_RAD, MOVEMENTS, FaceRig, movements_of
from avatar_server.body.kept_faces import load_faced
from avatar_server.body.mannequin_head import FACE
from avatar_server.body.model import BodyModel, shape_body
from avatar_server.body.skinning import skin
from avatar_server.body.smplh_file import read_smplh
from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES, WEIGHT_COUNT
from avatar_server.testing.face_views import face_weights
from avatar_server.testing.smplh_body import random_smplh_arrays

FLIP = np.array([-1.0, 1.0, 1.0])
SHARE = {name: index for index, name in enumerate(MOVEMENTS)}


def painted(model: BodyModel, *names: str) -> NDArray[np.int64]:
    assert model.face is not None
    return np.flatnonzero(np.isin(model.face.paints, [PAINTS.index(name) for name in names]))


def moved(model: BodyModel, **weights: float) -> NDArray[np.float64]:
    """The rest vertices with that face."""
    rig = model.face
    assert rig is not None
    vertices = model.v_template.copy()
    vertices[rig.vertices] += rig.offsets_at(face_weights(**weights))
    return vertices


def test_a_resting_face_moves_nothing(model: BodyModel, rig: FaceRig) -> None:
    assert (rig.offsets_at(np.zeros(WEIGHT_COUNT, dtype=np.float32)) == 0).all()
    shaped = shape_body(model)
    rest, none = np.tile(np.eye(3), (52, 1, 1)), np.zeros(3)
    still = skin(shaped, rest, none, np.zeros(WEIGHT_COUNT, dtype=np.float32))
    np.testing.assert_array_equal(still, skin(shaped, rest, none))


@pytest.mark.parametrize("name", ARKIT_NAMES)
def test_each_weight_moves_some_millimetres_of_one_face(model: BodyModel, rig: FaceRig, name: str) -> None:
    """And nothing that is no face: hair, clothes, ears and the crown stay."""
    way = np.linalg.norm(moved(model, **{name: 1.0}) - model.v_template, axis=1)
    assert 0.0015 < way.max() < 0.045
    worn = model.garments.max(axis=1) > 0
    assert way[worn].max() == 0
    # Hardly anything at a twentieth of the weight: no weight is a switch.
    little = np.linalg.norm(moved(model, **{name: 0.05}) - model.v_template, axis=1)
    assert little.max() < 0.2 * way.max()


def test_left_and_right_mirror_each_other(model: BodyModel, rig: FaceRig) -> None:
    """On the face's own vertices, but for pairs of them that lie on each other."""
    own = np.flatnonzero(rig.vertices >= rig.skin_count)
    places = model.v_template[rig.vertices[own]]
    paints = rig.paints[rig.vertices[own]].astype(float)[:, None]
    distance, partner = KDTree(np.hstack([places, paints])).query(np.hstack([places * FLIP, paints]))
    assert distance.max() < 2e-6
    for name in ARKIT_NAMES:
        other = name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        here = rig.offsets_at(face_weights(**{name: 1.0}))[own]
        there = rig.offsets_at(face_weights(**{other: 1.0}))[own]
        assert np.quantile(np.linalg.norm(here * FLIP - there[partner], axis=1), 0.98) < 2e-4, name


def test_a_blink_shuts_whatever_else_the_eye_does(model: BodyModel) -> None:
    """No part of the white and the iris is further ahead than the lids then."""
    for others in ({}, {"eyeWide": 1.0}, {"eyeLookUp": 1.0}, {"eyeSquint": 1.0}):
        moves = movements_of(face_weights(eyeBlink=1.0, **others))
        assert moves[SHARE["upperLidCloseLeft"]] == pytest.approx(1.0)
        assert moves[SHARE["upperLidWideLeft"]] == 0
        assert moves[SHARE["lowerLidRaiseLeft"]] >= 0.29


def test_lids_follow_the_gaze(model: BodyModel) -> None:
    down = movements_of(face_weights(eyeLookDown=1.0))
    up = movements_of(face_weights(eyeLookUp=1.0))
    assert down[SHARE["upperLidCloseLeft"]] > 0.3
    assert down[SHARE["lowerLidDropLeft"]] > 0.3
    assert up[SHARE["upperLidWideLeft"]] > 0.1


@pytest.mark.parametrize(
    ("weights", "axis", "sign"),
    [
        ({"eyeLookOutLeft": 1.0}, 0, 1),
        ({"eyeLookInLeft": 1.0}, 0, -1),
        ({"eyeLookUpLeft": 1.0}, 1, 1),
        ({"eyeLookDownLeft": 1.0}, 1, -1),
    ],
)
def test_eyes_turn_by_33_degrees(model: BodyModel, weights: dict[str, float], axis: int, sign: int) -> None:
    """The pupil goes as far as the ball is wide there; the other eye stays."""
    pupil = painted(model, "pupil")
    left, right = (pupil[side * model.v_template[pupil, 0] > 0] for side in (1, -1))
    way = moved(model, **weights) - model.v_template
    assert np.abs(way[right]).max() == 0
    radius = 0.0158 if axis == 0 else 0.0132
    went = sign * way[left].mean(axis=0)[axis]
    assert went == pytest.approx(radius * np.sin(GAZE_RAD), rel=0.08)


def test_a_jaw_opens_and_lips_can_stay_closed_over_it(model: BodyModel) -> None:
    line = painted(model, "lip")
    middle = line[np.abs(model.v_template[line, 0]) < 0.006]
    near = middle[np.abs(model.v_template[middle, 1] - FACE.mouth[0]) < 0.0012]

    def gap(**weights: float) -> float:
        y = moved(model, **weights)[near, 1]
        return float(np.ptp(y))

    shut = gap()
    assert gap(jawOpen=1.0) > shut + 0.018
    assert gap(jawOpen=1.0, mouthClose=1.0) < shut + 0.002
    assert gap(jawOpen=0.5, mouthClose=0.5) < shut + 0.002
    chin = np.argmin(np.abs(model.v_template - [0.0, FACE.chin[0], FACE.chin[1]]).sum(axis=1))
    dropped = model.v_template[chin, 1] - moved(model, jawOpen=1.0, mouthClose=1.0)[chin, 1]
    assert dropped > 0.018


def test_weights_are_cut_and_must_be_52() -> None:
    too_much = face_weights(jawOpen=7.0)
    too_much[ARKIT_INDEX["mouthPucker"]] = np.nan
    np.testing.assert_array_equal(movements_of(too_much), movements_of(face_weights(jawOpen=1.0)))
    with pytest.raises(ValueError, match="expected 52 weights"):
        movements_of(np.zeros(51, dtype=np.float32))


def test_features_are_found_on_a_blank_head(blank: BodyModel) -> None:
    found = find_landmarks(blank)
    assert found is not None
    assert found.nose == pytest.approx(FACE.nose, abs=0.004)
    assert found.mouth[0] == pytest.approx(FACE.mouth[0], abs=0.004)
    assert found.eye == pytest.approx(FACE.eye, abs=0.005)
    assert found.scale == pytest.approx(1.0, abs=0.08)


def test_a_body_gets_a_face_and_keeps_its_vertices(blank: BodyModel) -> None:
    face = fitted(blank)
    assert face is not None
    alive, rig = face.on(blank), face.rig
    count = blank.vertex_count
    assert rig.skin_count == count
    np.testing.assert_array_equal(alive.v_template[:count], blank.v_template)
    np.testing.assert_array_equal(alive.weights[:count], blank.weights)
    rng = np.random.default_rng(3)
    betas = rng.normal(0, 1, 10)
    vectors = np.linalg.qr(rng.normal(0, 1, (52, 3, 3)))[0]
    turns = vectors * np.sign(np.linalg.det(vectors))[:, None, None]
    before = skin(shape_body(blank, betas), turns, np.ones(3))
    after = skin(shape_body(alive, betas), turns, np.ones(3))
    np.testing.assert_allclose(after[:count], before, atol=1e-12)
    assert (alive.joint_regressor.dense()[:, count:] == 0).all()
    # All of it looks forward out of the head, and eyes and mouth are where they should be.
    for paint, (x, y) in (("pupil", FACE.eye), ("lip", (0.0, FACE.mouth[0]))):
        here = alive.v_template[rig.paints == PAINTS.index(paint)]
        assert np.abs(here[:, 0]).mean() == pytest.approx(x if x else 0.014, abs=0.006)
        assert here[:, 1].mean() == pytest.approx(y, abs=0.006)


def test_what_is_no_head_gets_no_face(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, **random_smplh_arrays(5))  # type: ignore[arg-type]
    body = read_smplh(path)
    assert fitted(body) is None
    assert load_faced(body) is body
