"""From BVH to 52 joints: what is promised, with pymotion as the oracle."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.body.mannequin_skeleton import REST_JOINTS as MANNEQUIN_JOINTS
from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.errors import UsageError
from avatar_server.motion.bvh.motion import motions_from_bvh
from avatar_server.motion.bvh.poses import skeleton_motion
from avatar_server.motion.bvh.reading import BvhFile, read_bvh
from avatar_server.motion.rotations import matrix_from_quaternion
from avatar_server.motion.smplh_rest import JOINT, REST_JOINTS
from avatar_server.testing.bvh_pair import (
    FRAMES,
    PLACES_M,
    Pair,
    decided,
    make_pair,
    parsed,
    source_places,
    worst_deg,
)
from avatar_server.testing.bvh_writer import Bone, bvh_text, local_turns, rows
from avatar_server.testing.interact_skeleton import interact_skeleton
from avatar_server.testing.pymotion_oracle import by_pymotion

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make_pair()


def test_the_rest_joints_are_the_mannequins() -> None:
    np.testing.assert_allclose(REST_JOINTS, MANNEQUIN_JOINTS, atol=1e-4)


def test_bones_lie_as_in_the_source_and_the_root_goes_its_way(pair: Pair, tmp_path: Path) -> None:
    paths = [tmp_path / "one.bvh", tmp_path / "other.bvh"]
    for person, path in enumerate(paths):
        path.write_text(pair.text(person))
    motions = motions_from_bvh([read_bvh(path) for path in paths], [None, None])
    for motion, path, pelvis in zip(motions, paths, pair.pelvises_m, strict=True):
        oracle = by_pymotion(path)
        assert worst_deg(motion, oracle) < 0.01
        np.testing.assert_allclose(motion.pelvis, 0.01 * oracle["Hips"], atol=1e-6)
        np.testing.assert_allclose(motion.pelvis, pelvis, atol=1e-4)
        ours = source_places(read_bvh(path))
        for name, places in oracle.items():
            np.testing.assert_allclose(ours[name], places, atol=1e-3)  # Of a hundredth of a millimetre.
        assert motion.notices == ()
        assert motion.format == "BVH"
    apart = np.linalg.norm(motions[0].pelvis - motions[1].pelvis, axis=1)
    wanted = np.linalg.norm(pair.pelvises_m[0] - pair.pelvises_m[1], axis=1)
    np.testing.assert_allclose(apart, wanted, atol=1e-3)


def test_joints_that_are_alike_turn_alike(pair: Pair) -> None:
    """Torso, head and feet are copied; arms and legs whose rest bones are the same come out as made."""
    motion = motions_from_bvh([parsed(pair.text(0))], [None])[0]
    made = Rotation.from_rotvec(pair.motions[0].joints.reshape(-1, 3)).as_matrix().reshape(FRAMES, 52, 3, 3)
    ours = matrix_from_quaternion(motion.rotations)
    heading = Rotation.from_rotvec([0, PLACES_M[0][1], 0]).as_matrix()
    made[:, 0] = heading @ made[:, 0]
    alike = "pelvis spine1 neck head left_hip right_knee left_ankle left_collar left_elbow"
    for name in alike.split():
        np.testing.assert_allclose(ours[:, JOINT[name]], made[:, JOINT[name]], atol=1e-4, err_msg=name)


def test_what_was_decided_is_told(pair: Pair) -> None:
    motion = motions_from_bvh([parsed(pair.text(0)), parsed(pair.text(1))], [3.0, 3.0])[0]
    assert decided(motion, "units") == "centimetres"
    assert decided(motion, "up axis") == "y"
    assert decided(motion, "rate") == "30 frames/s"
    assert decided(motion, "rest pose") == "T"
    assert "facing +x" in next(one.why for one in motion.decisions if one.what == "rest pose")
    assert all(decision.why for decision in motion.decisions)


def _scaled(pair: Pair, factor: float) -> list[BvhFile]:
    def scaled(bone: Bone) -> Bone:
        x, y, z = (factor * length for length in bone.offset)
        return replace(bone, offset=(x, y, z))

    skeleton = tuple(scaled(bone) for bone in pair.skeleton)
    files = []
    for numbers in pair.rows:
        numbers = numbers.copy()
        numbers[:, :3] *= factor
        files.append(parsed(bvh_text(skeleton, numbers)))
    return files


@pytest.mark.parametrize(
    ("factor", "unit"),
    [(0.01, "metres"), (10.0, "millimetres"), (1 / 2.54, "inches"), (1 / 5.64, "0.45 inches, as CMU's")],
)
def test_units_are_found_by_the_legs_and_the_distance_stays(pair: Pair, factor: float, unit: str) -> None:
    motions = motions_from_bvh(_scaled(pair, factor), [None, None])
    assert decided(motions[0], "units") == decided(motions[1], "units") == unit
    for motion, pelvis in zip(motions, pair.pelvises_m, strict=True):
        np.testing.assert_allclose(motion.pelvis, pelvis, atol=1e-3)


def test_a_giant_and_a_child_share_one_unit(pair: Pair) -> None:
    motions = motions_from_bvh([_scaled(pair, 1.3)[0], _scaled(pair, 0.6)[1]], [None, None])
    assert decided(motions[0], "units") == decided(motions[1], "units") == "centimetres"


def test_a_z_up_file_stands_upright_and_apart_by_the_same(pair: Pair) -> None:
    """Turned as exporters do: the rest pose lies in a z-up world, too."""
    lie = Rotation.from_euler("x", 90, degrees=True)
    skeleton = tuple(replace(bone, offset=tuple(lie.apply(bone.offset))) for bone in pair.skeleton)
    names = [bone.name for bone in skeleton]
    files = []
    for person in (0, 1):
        source, _ = skeleton_motion(parsed(pair.text(person)))
        turns, places = source.posed(slice(None))
        in_world = {
            name: lie * Rotation.from_quat(turns[:, joint][:, [1, 2, 3, 0]]) * lie.inv()
            for joint, name in enumerate(names)
        }
        numbers = rows(skeleton, local_turns(skeleton, in_world), {"Hips": lie.apply(places[:, 0])})
        files.append(parsed(bvh_text(skeleton, numbers)))
    motions = motions_from_bvh(files, [None, None])
    assert decided(motions[0], "up axis") == "z"
    straight = motions_from_bvh([parsed(pair.text(0)), parsed(pair.text(1))], [None, None])
    for motion, expected in zip(motions, straight, strict=True):
        np.testing.assert_allclose(motion.pelvis, expected.pelvis, atol=1e-4)
        ours, theirs = (matrix_from_quaternion(one.rotations) for one in (motion, expected))
        np.testing.assert_allclose(ours, theirs, atol=np.radians(0.01))


def test_a_rest_frame_that_is_not_there_is_refused(pair: Pair) -> None:
    with pytest.raises(UsageError, match="--rest-frame: expected one from 0 to 89, got 90"):
        motions_from_bvh([parsed(pair.text(0))], [None], ReadingChoices(rest_frame=90))


def test_what_somebody_says_counts(pair: Pair) -> None:
    said = ReadingChoices(units="millimetres", up="y", rate_hz=Fraction(120))
    motion = motions_from_bvh([parsed(pair.text(0))], [None], said)[0]
    np.testing.assert_allclose(motion.pelvis, 0.1 * pair.pelvises_m[0], atol=1e-4)
    assert motion.rate_hz == 120
    assert decided(motion, "units") == "millimetres"


def test_a_120_fps_file_that_says_30_follows_the_sound(pair: Pair) -> None:
    motion = motions_from_bvh([parsed(pair.text(0))], [FRAMES / 120])[0]
    assert motion.rate_hz == 120
    assert any("the sound has" in notice for notice in motion.notices)


def test_interacts_skeleton_is_nested_as_files_are() -> None:
    skeleton, _ = interact_skeleton()
    file = parsed(bvh_text(skeleton, np.zeros((1, 3 + 3 * len(skeleton)))))
    assert [joint.name for joint in file.skeleton.joints] == [bone.name for bone in skeleton]
