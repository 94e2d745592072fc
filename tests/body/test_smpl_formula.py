"""The SMPL-H formula: against smplx over many poses, and against a case small enough to do by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.kinematics import joint_positions, joint_transforms
from avatar_server.body.model import BodyModel, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.body.skinning import skin
from avatar_server.body.smplh_file import read_smplh
from avatar_server.testing.smplh_body import random_smplh_arrays, with_hands
from avatar_server.testing.smplx_oracle import posed_by_smplx

VERTEX_COUNT = 240
BETA_COUNT = 10
POSE_COUNT = 200
STILL = np.tile(np.eye(3), (52, 1, 1))


@pytest.fixture(scope="module")
def body_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("smplh") / "SMPLH_NEUTRAL.npz"
    np.savez(path, **with_hands(random_smplh_arrays(7, vertices=VERTEX_COUNT, betas=BETA_COUNT)))  # type: ignore[arg-type]
    return path


@pytest.fixture(scope="module")
def body(body_file: Path) -> BodyModel:
    return read_smplh(body_file)


def random_rotations(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """(count, 52, 3) rotation vectors, up to about half a turn."""
    return rng.normal(0, 0.7, (count, 52, 3))


def test_skin_equals_smplx_over_many_poses(body_file: Path, body: BodyModel) -> None:
    rng = np.random.default_rng(11)
    vectors = random_rotations(rng, POSE_COUNT)
    betas = rng.normal(0, 1.5, (POSE_COUNT, BETA_COUNT))
    translation = rng.normal(0, 1, (POSE_COUNT, 3))
    vertices, joints = posed_by_smplx(body_file, vectors, betas, translation)
    matrices = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(POSE_COUNT, 52, 3, 3)
    largest = 0.0
    for index in range(POSE_COUNT):
        shaped = shape_body(body, betas[index])
        ours = skin(shaped, matrices[index], translation[index])
        largest = max(largest, float(np.abs(ours - vertices[index]).max()))
        found = joint_positions(shaped, matrices[index], translation[index])
        assert np.abs(found - joints[index]).max() < 1e-5
    # smplx guards its rotation vectors with 1e-8 inside the norm; what differs is of that order.
    assert largest < 1e-6


def test_correctives_are_those_of_the_formula(body: BodyModel) -> None:
    """Many poses at once in float32 give what posedirs times vec(R - I) gives in float64."""
    rng = np.random.default_rng(3)
    rotations = Rotation.from_rotvec(random_rotations(rng, 5).reshape(-1, 3)).as_matrix().reshape(5, 52, 3, 3)
    offsets = PoseCorrectives(body).offsets(rotations)
    features = (rotations[:, 1:] - np.eye(3)).reshape(5, 459)
    expected = np.einsum("vcf,kf->kvc", body.posedirs.dense().astype(np.float64), features)
    assert offsets.dtype == np.float32
    assert offsets.shape == (5, VERTEX_COUNT, 3)
    assert offsets.flags.c_contiguous
    assert np.abs(offsets - expected).max() < 1e-6


def test_columns_of_zeros_change_nothing(body: BodyModel) -> None:
    rng = np.random.default_rng(4)
    sparse = body.posedirs.dense()
    sparse[:, :, rng.random(459) < 0.8] = 0.0
    sparse[100:] = 0.0
    thin = replace(body, posedirs=PoseDirections.of(sparse))
    rotations = Rotation.from_rotvec(random_rotations(rng, 2).reshape(-1, 3)).as_matrix().reshape(2, 52, 3, 3)
    offsets = PoseCorrectives(thin).offsets(rotations)
    expected = np.einsum(
        "vcf,kf->kvc", sparse.astype(np.float64), (rotations[:, 1:] - np.eye(3)).reshape(2, 459)
    )
    assert np.abs(offsets - expected).max() < 1e-6
    assert (offsets[:, 100:] == 0).all()


def arm() -> BodyModel:
    """An arm of three joints, drawn below; every other joint is at the origin, where the shoulder is.

        y
        |          . (1.5, 0.2)  half elbow, half wrist
        S-----E-----W   x
        0     1     2
    Vertices 0 to 51 are the joints themselves; vertex 52 is the point above the forearm.
    """
    vertices = np.zeros((53, 3))
    vertices[18] = (1, 0, 0)
    vertices[20] = (2, 0, 0)
    for joint in range(22, 37):
        vertices[joint] = (2, 0, 0)
    vertices[52] = (1.5, 0.2, 0)
    weights = np.zeros((53, 52))
    weights[:52] = np.eye(52)
    weights[52, [18, 20]] = 0.5
    regressor = np.zeros((52, 53))
    regressor[:, :52] = np.eye(52)
    return BodyModel(
        "arm", vertices, np.zeros((1, 3), np.int32), np.zeros((53, 3, 1), np.float32),
        PoseDirections.none(53), JointRegressor.of(regressor), weights, np.zeros((53, 4), np.float32),
    )  # fmt: skip


def test_an_arm_done_by_hand() -> None:
    shaped = shape_body(arm())
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])

    # Elbow bent by a quarter: the wrist swings up over the elbow, and its upper side is now the left.
    #        W (1,1)
    #    .   |
    #        E
    bent = STILL.copy()
    bent[18] = quarter
    posed = skin(shaped, bent, np.zeros(3))
    np.testing.assert_allclose(posed[18], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(posed[20], [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose(posed[52], [0.8, 0.5, 0], atol=1e-12)

    # Shoulder bent as well: the elbow is above the shoulder, the wrist to the left of it.
    bent[16] = quarter
    posed = skin(shaped, bent, np.array([10.0, 0, 0]))
    np.testing.assert_allclose(posed[18], [10, 1, 0], atol=1e-12)
    np.testing.assert_allclose(posed[20], [9, 1, 0], atol=1e-12)

    # The wrist alone: the point goes half way with it. About (2,0) the point (1.5,.2) turns to (1.8,-.5).
    only = STILL.copy()
    only[20] = quarter
    np.testing.assert_allclose(skin(shaped, only, np.zeros(3))[52], [1.65, -0.15, 0], atol=1e-12)


def test_a_corrective_is_added_before_skinning() -> None:
    """Entry (1, 0) of the elbow's R - I is 1 for a quarter turn; its direction is turned by the wrist too."""
    posedirs = np.zeros((53, 3, 459), np.float32)
    posedirs[20, 1, 9 * 17 + 3] = 0.25
    model = replace(arm(), posedirs=PoseDirections.of(posedirs))
    bent = STILL.copy()
    bent[18] = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    posed = skin(shape_body(model), bent, np.zeros(3))
    # 0.25 up in the rest pose is 0.25 to the left once the elbow is bent.
    np.testing.assert_allclose(posed[20], [0.75, 1, 0], atol=1e-12)


def test_rest_pose_and_translation(body: BodyModel) -> None:
    shaped = shape_body(body, np.array([0.7, -1.2]))
    np.testing.assert_allclose(skin(shaped, STILL, np.zeros(3)), shaped.rest_vertices, atol=1e-12)
    matrices = joint_transforms(shaped, STILL, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(matrices[:, :3, 3], np.tile([1.0, 2.0, 3.0], (52, 1)), atol=1e-12)
