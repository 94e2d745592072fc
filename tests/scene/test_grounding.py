"""Feet stay where they are and on the floor, whatever the body above does."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.body.cache import load_mannequin
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import BodyModel, ShapedBody, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.body.skinning import skin
from avatar_server.errors import InputError
from avatar_server.motion.pose import Pose
from avatar_server.scene.grounding import Footing, Stand
from avatar_server.scene.soles import LEGS

FOOT_JOINTS = [7, 8, 10, 11]


@pytest.fixture(scope="module")
def body() -> ShapedBody:
    return shape_body(load_mannequin())


def feet_of(body: ShapedBody) -> ShapedBody:
    """The same body with only the vertices that hang on its feet, so that skinning is quick."""
    model = body.model
    kept = model.weights[:, FOOT_JOINTS].sum(axis=1) > 0.99
    feet = BodyModel(
        model.name,
        model.v_template[kept],
        np.zeros((0, 3), dtype=np.int32),
        model.shapedirs[kept],
        PoseDirections.of(model.posedirs.dense()[kept]),
        JointRegressor.of(model.joint_regressor.dense()[:, kept]),
        model.weights[kept],
        model.garments[kept],
    )
    return ShapedBody(feet, body.betas, body.rest_vertices[kept], body.rest_joints)


def posed_feet(body: ShapedBody, stand: Stand) -> NDArray[np.float64]:
    return skin(body, stand.rotations, stand.pelvis - body.rest_joints[0])


def neutral() -> NDArray[np.float64]:
    return np.repeat(np.eye(3)[None], 52, axis=0)


def moved(yaw_rad: float, lean_rad: float, roll_rad: float, sway: tuple[float, float, float]) -> Pose:
    rotations = neutral()
    rotations[0] = Rotation.from_euler("yxz", [yaw_rad, lean_rad, roll_rad]).as_matrix()
    return Pose(rotations, np.array(sway))


def random_pose(random: np.random.Generator) -> Pose:
    yaw, lean, roll = random.normal(0, [0.35, 0.2, 0.12])
    return moved(yaw, lean, roll, tuple(random.normal(0, [0.07, 0.02, 0.07])))


def knee_points_m(body: ShapedBody, stand: Stand) -> list[tuple[NDArray[np.float64], ...]]:
    transforms = joint_transforms(body, stand.rotations, stand.pelvis - body.rest_joints[0])
    placed = np.einsum("jab,jb->ja", transforms[:, :3, :3], body.rest_joints) + transforms[:, :3, 3]
    return [(placed[hip], placed[knee], placed[ankle]) for hip, knee, ankle, _ in LEGS]


def bend_rad(hip: NDArray[np.float64], knee: NDArray[np.float64], ankle: NDArray[np.float64]) -> float:
    thigh, shin = knee - hip, ankle - knee
    return float(math.acos(thigh @ shin / np.linalg.norm(thigh) / np.linalg.norm(shin)))


def test_planted_feet_do_not_move_and_stand_on_the_floor(body: ShapedBody) -> None:
    feet, footing = feet_of(body), Footing.of(body)
    random = np.random.default_rng(20)
    first = posed_feet(feet, footing.plant(moved(0, 0, 0, (0, 0, 0))))
    assert len(first) > 200
    for _ in range(100):
        vertices = posed_feet(feet, footing.plant(random_pose(random)))
        assert np.abs(vertices - first).max() < 1e-3
        assert abs(vertices[:, 1].min()) < 5e-3


def test_knees_bend_as_knees_do(body: ShapedBody) -> None:
    footing = Footing.of(body)
    random = np.random.default_rng(21)
    for _ in range(100):
        stand = footing.plant(random_pose(random))
        for (_, knee, ankle, _), points in zip(LEGS, knee_points_m(body, stand), strict=True):
            turn = Rotation.from_matrix(stand.rotations[knee]).as_rotvec()
            # A hinge about x: nothing sideways, nothing twisted.
            assert np.abs(turn[1:]).max() < 1e-9
            # From fully stretched, which is not exactly the rest pose, a knee only ever bends to the back:
            # seen in the thigh's frame the ankle lies behind the line from hip to knee.
            assert bend_rad(*points) > math.radians(1)
            thigh = body.rest_joints[knee] - body.rest_joints[{4: 1, 5: 2}[knee]]
            shin = stand.rotations[knee] @ (body.rest_joints[ankle] - body.rest_joints[knee])
            assert np.cross(thigh, shin)[0] > 0


def test_whoever_stands_at_ease_has_slightly_bent_knees(body: ShapedBody) -> None:
    stand = Footing.of(body).plant(moved(0, 0, 0, (0, 0, 0)))
    bends = [math.degrees(bend_rad(*points)) for points in knee_points_m(body, stand)]
    assert 4 < min(bends) <= max(bends) < 20


def test_toes_point_a_little_outward_and_one_foot_leads(body: ShapedBody) -> None:
    feet = feet_of(body)
    left_side = feet.rest_vertices[:, 0] > 0
    for lead in ("left", "right"):
        vertices = posed_feet(feet, Footing.of(body, lead).plant(moved(0, 0, 0, (0, 0, 0))))
        ahead = {}
        for name, side, outward in (("left", left_side, 1), ("right", ~left_side, -1)):
            ground = vertices[side][:, [0, 2]]
            heel, toe = ground[ground[:, 1].argmin()], ground[ground[:, 1].argmax()]
            toe_out = math.degrees(math.atan2(outward * (toe - heel)[0], (toe - heel)[1]))
            assert 3 < toe_out < 20
            ahead[name] = ground[:, 1].mean()
        assert max(ahead, key=lambda name: ahead[name]) == lead
        assert 0.03 < abs(ahead["left"] - ahead["right"]) < 0.08


@pytest.mark.parametrize("sway", [(0.9, 0, 0), (-0.9, 0.5, 0.9), (0, 3.0, 0), (0, -3.0, 0), (0, 0, -4.0)])
@pytest.mark.parametrize("yaw_rad", [0.0, 1.5, math.pi])
def test_nothing_is_out_of_reach(body: ShapedBody, sway: tuple[float, float, float], yaw_rad: float) -> None:
    feet, footing = feet_of(body), Footing.of(body)
    first = posed_feet(feet, footing.plant(moved(0, 0, 0, (0, 0, 0))))
    stand = footing.plant(moved(yaw_rad, 1.2, 0.4, sway))
    assert np.isfinite(stand.rotations).all()
    assert np.abs(stand.rotations @ stand.rotations.transpose(0, 2, 1) - np.eye(3)).max() < 1e-9
    assert np.abs(posed_feet(feet, stand) - first).max() < 1e-3


def test_the_pelvis_has_no_jolts_on_its_way(body: ShapedBody) -> None:
    footing = Footing.of(body)
    sways_m = np.linspace(-0.3, 0.3, 601)
    heights = np.array([footing.plant(moved(0, 0, 0, (s, 0, 0))).pelvis[1] for s in sways_m])
    # 1 mm aside each step: the height follows by less, and its slope changes smoothly.
    assert np.abs(np.diff(heights)).max() < 1e-3
    assert np.abs(np.diff(heights, 2)).max() < 5e-5


def test_above_the_hips_nothing_is_touched(body: ShapedBody) -> None:
    pose = random_pose(np.random.default_rng(22))
    pose.rotations[9] = Rotation.from_euler("x", 0.3).as_matrix()
    before = pose.rotations.copy()
    stand = Footing.of(body).plant(pose)
    legs = [joint for chain in LEGS for joint in chain]
    others = [joint for joint in range(52) if joint not in legs]
    assert np.array_equal(stand.rotations[others], before[others])
    assert np.array_equal(pose.rotations, before)


def test_other_shapes_stand_as_firmly() -> None:
    model = load_mannequin()
    betas = np.random.default_rng(23).normal(0, 1.5, min(4, model.shapedirs.shape[2]))
    body = shape_body(model, betas)
    feet, footing = feet_of(body), Footing.of(body)
    for seed in range(10):
        vertices = posed_feet(feet, footing.plant(random_pose(np.random.default_rng(seed))))
        assert abs(vertices[:, 1].min()) < 5e-3


def test_raw_legs_are_kept_and_the_lower_foot_touches_the_floor(body: ShapedBody) -> None:
    footing = Footing.of(body)
    random = np.random.default_rng(24)
    for _ in range(5):
        pose = random_pose(random)
        pose.rotations[[1, 2, 4, 5, 7, 8]] = Rotation.from_rotvec(random.normal(0, 0.3, (6, 3))).as_matrix()
        stand = footing.rest_on_floor(pose)
        assert np.array_equal(stand.rotations, pose.rotations)
        vertices = skin(feet_of(body), stand.rotations, stand.pelvis - body.rest_joints[0])
        assert abs(vertices[:, 1].min()) < 5e-3


def test_the_rest_pose_stands_on_its_soles(body: ShapedBody) -> None:
    stand = Footing.of(body).rest_on_floor(Pose(neutral(), np.zeros(3)))
    soles = body.rest_vertices[body.model.weights[:, FOOT_JOINTS].sum(axis=1) > 0.9]
    assert stand.pelvis[1] == pytest.approx(body.rest_joints[0, 1] - soles[:, 1].min(), abs=1e-6)


def test_a_body_without_feet_is_refused(body: ShapedBody) -> None:
    model = body.model
    weights = model.weights.copy()
    weights[:, 4] += weights[:, 7] + weights[:, 10]
    weights[:, [7, 10]] = 0
    amputated = dataclasses.replace(model, weights=weights, name="amputated.npz")
    with pytest.raises(InputError, match=r"amputated.npz: expected a foot .* 7 and 10"):
        Footing.of(dataclasses.replace(body, model=amputated))
