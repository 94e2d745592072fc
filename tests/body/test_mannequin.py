"""What has to be true of the mannequin as a body and as a surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.distance_field import DistanceField
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.mannequin import build_mannequin
from avatar_server.body.mannequin_pieces import Piece, mannequin_pieces
from avatar_server.body.mannequin_skeleton import REST_JOINTS
from avatar_server.body.model import GARMENTS, JOINT_NAMES, BodyModel, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.body.skinning import skin

JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
FLIP = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def mannequin() -> BodyModel:
    return build_mannequin()


Meshed = tuple[Piece, NDArray[np.float64], NDArray[np.int32]]


@pytest.fixture(scope="module")
def meshed() -> list[Meshed]:
    """Every piece with its surface, the left one where there are two."""
    return [(piece, *piece.surface()) for piece in mannequin_pieces()]


def turned(**joints: tuple[float, float, float]) -> NDArray[np.float64]:
    """(52, 3, 3) with the named joints turned by rotation vectors in degrees."""
    rotations = np.tile(np.eye(3), (52, 1, 1))
    for name, vector in joints.items():
        rotations[JOINT[name]] = Rotation.from_rotvec(vector, degrees=True).as_matrix()
    return rotations


def connected(faces: NDArray[np.int32], count: int) -> tuple[int, NDArray[np.int32]]:
    """Number of connected surfaces and the one of each vertex."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    number, labels = connected_components(graph, directed=False)
    return int(number), labels


def volume(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
    """Enclosed volume in cubic metres."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("fa,fa->", a, np.cross(b, c)) / 6)


def test_layout_is_that_of_smplh(mannequin: BodyModel) -> None:
    count = mannequin.vertex_count
    assert 8_000 <= count <= 20_000
    assert mannequin.v_template.dtype == np.float64
    assert mannequin.faces.dtype == np.int32
    assert mannequin.shapedirs.shape == (count, 3, 16)
    assert mannequin.posedirs.vertex_count == count
    assert mannequin.joint_regressor.vertex_count == count
    assert mannequin.weights.shape == (count, 52)
    assert mannequin.garments.shape == (count, len(GARMENTS))
    np.testing.assert_allclose(mannequin.weights.sum(axis=1), 1.0, atol=1e-12)
    assert (mannequin.weights >= 0).all()
    assert ((mannequin.weights > 0).sum(axis=1) <= 4).all()
    np.testing.assert_allclose(mannequin.joint_regressor.dense().sum(axis=1), 1.0, atol=1e-9)
    # What no face uses is skin that the eyes and the mouth cover.
    unused = np.setdiff1d(np.arange(count), mannequin.faces)
    assert mannequin.face is not None
    assert unused.max() < mannequin.face.skin_count
    assert len(unused) < 600


def test_joints_are_where_they_were_designed(mannequin: BodyModel) -> None:
    np.testing.assert_allclose(mannequin.joint_regressor.joints(mannequin.v_template), REST_JOINTS, atol=1e-9)
    assert mannequin.joint_regressor.values.min() > -0.05


def test_built_twice_it_is_the_same(mannequin: BodyModel, meshed: list[Meshed]) -> None:
    _, again, faces = meshed[0]
    np.testing.assert_array_equal(mannequin.v_template[: len(again)], again)
    assert {tuple(face) for face in faces} > {tuple(face) for face in mannequin.faces[:2000]}


def test_skin_and_clothes_are_alike_on_both_sides(mannequin: BodyModel) -> None:
    """All below the hair, which is parted, has its mirror image, with mirrored weights and correctives."""
    hair = mannequin.v_template[:, 1] > 0.39
    points = mannequin.v_template[~hair]
    distance, partner = KDTree(points).query(points * FLIP)
    assert distance.max() < 2e-4
    left, right = JOINT["left_elbow"], JOINT["right_elbow"]
    weights = mannequin.weights[~hair]
    np.testing.assert_allclose(weights[:, left], weights[partner, right], atol=5e-3)
    bent_left = skin(shape_body(mannequin), turned(left_elbow=(0, -80, 0)), np.zeros(3))[~hair]
    bent_right = skin(shape_body(mannequin), turned(right_elbow=(0, 80, 0)), np.zeros(3))[~hair]
    assert np.abs(bent_left - bent_right[partner] * FLIP).max() < 1e-3


def test_every_face_has_area_and_looks_outwards(meshed: list[Meshed]) -> None:
    for piece, vertices, faces in meshed:
        a, b, c = (vertices[faces[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        area = np.linalg.norm(cross, axis=1) / 2
        assert area.min() > 1e-9, piece.name
        middles = (a + b + c) / 3
        outward = (piece.field.normals(middles) * cross).sum(axis=1) / (2 * area)
        assert (outward > 0.2).mean() > 0.998, piece.name
        assert np.abs(piece.field.distance(vertices)).max() < 2e-3, piece.name


def test_surfaces_are_closed_or_end_inside_another(meshed: list[Meshed]) -> None:
    """Each edge has two faces, in opposite directions; where it has one, something else covers it."""
    for piece, vertices, faces in meshed:
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        codes = edges[:, 0].astype(np.int64) * len(vertices) + edges[:, 1]
        assert len(np.unique(codes)) == len(codes), piece.name
        back = edges[:, 1].astype(np.int64) * len(vertices) + edges[:, 0]
        rim = np.unique(edges[~np.isin(codes, back)])
        if not piece.under:
            assert not len(rim), piece.name
        elif len(rim):
            covered = np.min([cover.distance(vertices[rim]) for cover, _ in piece.under], axis=0)
            assert covered.max() < -0.001, piece.name


def test_a_hand_has_five_separate_fingers(mannequin: BodyModel, meshed: list[Meshed]) -> None:
    """Beyond the webs the surface falls apart into five, each carried by one finger's joints and the palm."""
    _, vertices, faces = next(part for part in meshed if part[0].name == "hand")
    place = KDTree(mannequin.v_template).query(vertices)[1]
    weights = mannequin.weights[place]
    fingers = ("index", "middle", "pinky", "ring", "thumb")
    share = np.stack([weights[:, [JOINT[f"left_{name}{n}"] for n in (2, 3)]].sum(axis=1) for name in fingers])
    tips = share.max(axis=0) > 0.5
    kept = faces[tips[faces].all(axis=1)]
    used = np.unique(kept)
    number = np.full(len(vertices), -1)
    number[used] = np.arange(len(used))
    count, labels = connected(number[kept].astype(np.int32), len(used))
    assert count == 5
    for label in range(5):
        owner = share[:, used[labels == label]]
        assert len(np.unique(owner.argmax(axis=0))) == 1
        assert np.sort(owner, axis=0)[-2].max() == 0.0


@pytest.mark.parametrize("finger", ["index", "middle", "ring", "pinky"])
def test_a_finger_bends_alone(mannequin: BodyModel, finger: str) -> None:
    shaped = shape_body(mannequin)
    bent = turned(
        **{f"left_{finger}1": (0, 0, -70), f"left_{finger}2": (0, 0, -80), f"left_{finger}3": (0, 0, -50)}
    )
    moved = np.linalg.norm(skin(shaped, bent, np.zeros(3)) - shaped.rest_vertices, axis=1)
    for other in ("index", "middle", "ring", "pinky", "thumb"):
        tip = mannequin.weights[:, JOINT[f"left_{other}3"]] > 0.9
        assert tip.any()
        if other == finger:
            assert moved[tip].min() > 0.03
        else:
            assert moved[tip].max() < 1e-9


def test_a_bent_elbow_keeps_its_volume(mannequin: BodyModel) -> None:
    """Skinning alone loses volume at 110 degrees; the correctives bring most of it back."""
    plain = replace(mannequin, posedirs=PoseDirections.none(mannequin.vertex_count))
    top = mannequin.garments[:, GARMENTS.index("top")] > 0
    faces = mannequin.faces[top[mannequin.faces].all(axis=1)]
    pose = turned(left_elbow=(0, -110, 0), right_elbow=(0, 110, 0))
    rest = volume(mannequin.v_template, faces)
    without = rest - volume(skin(shape_body(plain), pose, np.zeros(3)), faces)
    corrected = rest - volume(skin(shape_body(mannequin), pose, np.zeros(3)), faces)
    assert without > 0
    assert abs(corrected) < 0.6 * without


def test_correctives_bring_the_surface_to_the_bent_solid(mannequin: BodyModel) -> None:
    """In poses that were not fitted the sleeve is closer to the solid than by skinning alone; less folds."""
    sleeve = next(piece for piece in mannequin_pieces() if piece.name == "sweater")
    solid: DistanceField = sleeve.field
    shaped = shape_body(mannequin)
    plain = shape_body(replace(mannequin, posedirs=PoseDirections.none(mannequin.vertex_count)))
    elbow = (mannequin.weights[:, JOINT["left_elbow"]] > 0.05) & (
        mannequin.weights[:, JOINT["left_shoulder"]] > 0.05
    )
    elbow &= mannequin.garments[:, GARMENTS.index("top")] > 0
    folds = solid.distance(shaped.rest_vertices[elbow])
    for angle in (-50, -75, -105):
        pose = turned(left_elbow=(0, angle, 0))
        matrices = joint_transforms(shaped, pose, np.zeros(3))
        error = [
            np.abs(solid.distance(skin(body, pose, np.zeros(3))[elbow], matrices) - folds).mean()
            for body in (plain, shaped)
        ]
        assert error[1] < 0.6 * error[0]


def test_a_resting_body_has_no_correctives(mannequin: BodyModel) -> None:
    offsets = PoseCorrectives(mannequin).offsets(np.tile(np.eye(3), (2, 52, 1, 1)))
    assert (offsets == 0).all()


def test_betas_keep_joints_inside_and_feet_level(mannequin: BodyModel) -> None:
    """A larger body is larger by 3 per cent a unit, and longer legs move both feet down alike."""
    neutral = shape_body(mannequin)
    tall = shape_body(mannequin, np.array([2.0]))
    height = np.ptp(neutral.rest_vertices[:, 1])
    assert np.ptp(tall.rest_vertices[:, 1]) == pytest.approx(height * 1.06, rel=1e-6)
    legs = shape_body(mannequin, np.array([0, 0, 1.0]))
    left, right = JOINT["left_foot"], JOINT["right_foot"]
    drop = neutral.rest_joints[:, 1] - legs.rest_joints[:, 1]
    assert drop[left] > 0.01
    assert drop[left] == pytest.approx(drop[right], abs=1e-6)
    assert np.abs(drop[JOINT["head"]]) < 1e-9
