"""Each format is known by what is in it, and ends where its people really were."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.dataset.find_take import find_take
from avatar_server.dataset.reading_choices import ReadingWords
from avatar_server.errors import InputError
from avatar_server.motion.foreign.hands import RELAXED_HANDS
from avatar_server.motion.foreign.reading import CameraMotion, TakeMotions, read_take
from avatar_server.motion.smplh_rest import PARENTS, REST_JOINTS
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.testing import motion_formats as formats
from avatar_server.testing.world_pair import WorldPerson, two_in_a_world

RATE_HZ = 30
PEOPLE = two_in_a_world(2.0, RATE_HZ)


def read(path: Path, *more: Path, **words: str) -> TakeMotions:
    take = find_take(",".join(str(one) for one in (path, *more)), ReadingWords(**words))
    return read_take(take, [None] * len(take.recordings))


def decided(motion: WorldMotion | CameraMotion, what: str) -> tuple[str, str]:
    (found,) = (decision for decision in motion.decisions if decision.what == what)
    return found.value, found.why


def turns(motion: WorldMotion) -> Rotation:
    return Rotation.from_quat(np.asarray(motion.rotations).reshape(-1, 4), scalar_first=True)


def assert_is(motion: WorldMotion | CameraMotion, person: WorldPerson, joints: int = 52) -> None:
    """The same rotations within float32, the same place of the pelvis within a tenth of a millimetre."""
    assert isinstance(motion, WorldMotion)
    truth = Rotation.from_rotvec(person.joints.reshape(-1, 3))
    off = (turns(motion).inv() * truth).magnitude().reshape(-1, 52)[:, :joints]
    assert np.degrees(off.max()) < 1e-3
    assert np.abs(motion.pelvis - person.pelvis).max() < 1e-4


def amass_y_up(person: WorldPerson) -> dict[str, Any]:
    return formats.amass(person, RATE_HZ, up="y")


def amass_in_millimetres(person: WorldPerson) -> dict[str, Any]:
    return formats.amass(person, RATE_HZ, up="x", unit_m=0.001)


CASES: dict[str, tuple[Callable[[WorldPerson], dict[str, Any]], str, dict[str, str], int]] = {
    "amass": (
        lambda person: formats.amass(person, RATE_HZ),
        "AMASS SMPL-H",
        {"up axis": "z", "units": "metres", "rate": "30", "gender": "female", "body shape": "16 betas"},
        52,
    ),
    "amass-y-up": (amass_y_up, "AMASS SMPL-H", {"up axis": "y"}, 52),
    "amass-x-up-mm": (amass_in_millimetres, "AMASS SMPL-H", {"up axis": "x", "units": "millimetres"}, 52),
    "amass-smplx": (
        lambda person: formats.amass_smplx(person, 59.94),
        "AMASS SMPL-X",
        {"up axis": "z", "rate": "60000/1001 (59.940)", "body shape": "neutral"},
        52,
    ),
    "amass-smplx-split": (
        lambda person: {
            key: array
            for key, array in formats.amass_smplx(person, 120).items()
            if key not in ("poses", "betas", "gender")
        },
        "AMASS SMPL-X",
        {"up axis": "z", "rate": "120"},
        52,
    ),
    "inter-x": (formats.inter_x, "Inter-X", {"up axis": "y", "rate": "120"}, 52),
    "smpl-cm": (
        lambda person: formats.smpl(person, unit_m=0.01),
        "SMPL",
        {"up axis": "y", "units": "centimetres", "rate": "30", "hands": "at rest"},
        22,
    ),
    "smpl-z-up": (lambda person: formats.smpl(person, up="z"), "SMPL", {"up axis": "z"}, 22),
}


@pytest.mark.parametrize("case", CASES)
def test_a_format_is_known_by_its_contents(tmp_path: Path, case: str) -> None:
    make, name, wanted, joints = CASES[case]
    files = [formats.write(tmp_path / f"no_name_{i}.npz", make(one)) for i, one in enumerate(PEOPLE)]
    found = read(*files)
    assert found.shares_world
    for motion, person in zip(found.people, PEOPLE, strict=True):
        assert motion.format == name
        assert {what: decided(motion, what)[0] for what in wanted} == wanted
        assert_is(motion, person, joints)


def test_interhuman_is_a_pair_in_one_pickle(tmp_path: Path) -> None:
    found = read(formats.write(tmp_path / "7.pkl", formats.interhuman(PEOPLE)))
    assert found.shares_world
    for motion, person in zip(found.people, PEOPLE, strict=True):
        assert motion.format == "InterHuman"
        assert decided(motion, "up axis")[0] == "z"
        assert "59.94" in decided(motion, "rate")[1]
        assert_is(motion, person, 22)
        assert isinstance(motion, WorldMotion)
        hands = turns(motion).as_rotvec().reshape(-1, 52, 3)[:, 22:]
        assert np.allclose(hands, RELAXED_HANDS, atol=1e-5)


def test_interhuman_may_state_its_rate_once_for_both(tmp_path: Path) -> None:
    content = formats.interhuman(PEOPLE) | {"mocap_framerate": 59.94005994}
    found = read(formats.write(tmp_path / "7.pkl", content))
    assert [motion.frame_rate.rate_hz for motion in found.people] == [Fraction(60000, 1001)] * 2
    assert decided(found.people[0], "rate")[1] == "as the file states it"


def test_beat2_has_nobody_else_in_its_world_and_a_face_that_is_not_arkit(tmp_path: Path) -> None:
    files = [formats.write(tmp_path / f"{i}.npz", formats.beat2(one)) for i, one in enumerate(PEOPLE)]
    found = read(*files)
    assert not found.shares_world
    first = found.people[0]
    assert first.format == "BEAT2"
    assert first.frame_rate.rate_hz == 30
    assert "would stand in each other" in decided(first, "world")[1]
    assert "no ARKit weights" in decided(first, "face")[1]
    assert "mean hand" in decided(first, "hands")[1]
    assert isinstance(first, WorldMotion)
    hands = turns(first).as_rotvec().reshape(-1, 52, 3)[:, 22:]
    assert np.allclose(hands, PEOPLE[0].joints[:, 22:] + RELAXED_HANDS, atol=1e-5)


def test_betas_of_smplx_are_never_taken(tmp_path: Path) -> None:
    cases = {"a": formats.amass(PEOPLE[0], 30), "x": formats.amass_smplx(PEOPLE[0], 30)}
    cases |= {"b": formats.beat2(PEOPLE[0]), "i": formats.inter_x(PEOPLE[0])}
    taken = {}
    for name, content in cases.items():
        (motion,) = read(formats.write(tmp_path / f"{name}.npz", content)).people
        assert isinstance(motion, WorldMotion)
        taken[name] = None if motion.betas is None else motion.betas.tolist()
    assert taken == {"a": np.linspace(-1, 1, 16).tolist(), "x": None, "b": None, "i": None}


@pytest.mark.parametrize("flattened", [True, False])
def test_a_models_output_before_a_camera_has_no_world(tmp_path: Path, flattened: bool) -> None:
    content = formats.model_output(PEOPLE[0], flattened=flattened)
    (motion,) = read(formats.write(tmp_path / "out.npz", content)).people
    assert isinstance(motion, CameraMotion)
    assert motion.arrays.body_pose.shape == (60, 21, 3)
    assert np.allclose(motion.arrays.body_pose, PEOPLE[0].joints[:, 1:22], atol=1e-6)
    assert decided(motion, "up axis")[0] == "-y"


def test_a_key_with_a_colon_means_seamless_whatever_the_file_is_called(tmp_path: Path) -> None:
    content = {f"smplh:{key}": v for key, v in formats.model_output(PEOPLE[0], flattened=True).items()}
    content["movement:FAUValue"] = np.zeros((60, 24))
    (motion,) = read(formats.write(tmp_path / "take1.npz", content)).people
    assert isinstance(motion, CameraMotion)
    assert motion.format == "Seamless Interaction"


@pytest.mark.parametrize("count", [21, 22, 23, 24, 51, 52, 54, 55])
@pytest.mark.parametrize("flat", [True, False])
def test_bare_arrays_are_known_by_their_width(tmp_path: Path, count: int, flat: bool) -> None:
    person = PEOPLE[1]
    rows = {
        21: person.joints[:, 1:22],
        22: person.joints[:, :22],
        23: formats.smpl(person)["poses"].reshape(-1, 24, 3)[:, 1:],
        24: formats.smpl(person)["poses"].reshape(-1, 24, 3),
        51: person.joints[:, 1:],
        52: person.joints,
        54: formats.smplx_poses(person, up="y")[0].reshape(-1, 55, 3)[:, 1:],
        55: formats.smplx_poses(person, up="y")[0].reshape(-1, 55, 3),
    }[count]
    (motion,) = read(formats.write(tmp_path / "a.npy", rows.reshape(len(rows), -1) if flat else rows)).people
    assert isinstance(motion, WorldMotion)
    assert not motion.is_placed
    found = turns(motion).as_rotvec().reshape(-1, 52, 3)
    assert np.allclose(found[:, 1:22], person.joints[:, 1:22], atol=1e-5)
    if count > 24:
        assert np.allclose(found[:, 22:], person.joints[:, 22:], atol=1e-5)
    if count not in (21, 23, 51, 54):
        assert np.allclose(found[:, 0], person.joints[:, 0], atol=1e-5)


def test_what_is_said_wins_over_what_is_found(tmp_path: Path) -> None:
    path = formats.write(tmp_path / "a.npz", formats.amass(PEOPLE[0], 30))
    (motion,) = read(path, units="cm", up="y", rate="59.94").people
    assert isinstance(motion, WorldMotion)
    assert motion.rate_hz == Fraction(60000, 1001)
    said = {what: decided(motion, what) for what in ("units", "up axis", "rate")}
    assert {value for value, _ in said.values()} == {"centimetres", "y", "60000/1001 (59.940)"}
    assert all(f"--{what.split()[0]}" in why for what, (_, why) in said.items())
    assert np.ptp(motion.pelvis, axis=0).max() < 0.01


def test_frames_that_are_no_numbers_hold_the_one_before(tmp_path: Path) -> None:
    content = formats.amass(PEOPLE[0], 30)
    content["poses"][10:13, 5] = np.nan
    content["trans"][0] = np.inf
    (motion,) = read(formats.write(tmp_path / "a.npz", content)).people
    assert isinstance(motion, WorldMotion)
    assert np.isfinite(motion.rotations).all()
    assert np.isfinite(motion.pelvis).all()
    assert (np.asarray(motion.rotations)[10:13] == motion.rotations[9]).all()
    assert (motion.pelvis[0] == motion.pelvis[1]).all()
    assert any("4 of 60 frames" in notice for notice in motion.notices)


def wrong(**changed: Any) -> dict[str, Any]:
    return {**formats.amass(PEOPLE[0], 30), **changed}


BROKEN = {
    "no-known-keys": ({"x": np.zeros(3)}, r"expected poses of AMASS.*found x"),
    "odd-width": (
        wrong(poses=np.zeros((60, 100))),
        r"poses\): expected axis-angles in .*\(60, 100\)",
    ),
    "21-joints": (wrong(poses=np.zeros((60, 63))), r"\(poses\): expected rows of 52"),
    "no-frames": (wrong(poses=np.zeros((0, 156))), r"\(poses\): expected 1 to .* frames, but found 0"),
    "flat": (wrong(poses=np.zeros(156)), r"\(poses\): expected a row for each frame"),
    "text": (wrong(poses=np.array(["a", "b"])), r"\(poses\): expected numbers, but found type <U1"),
    "lengths": (
        wrong(trans=np.zeros((59, 3))),
        r"as many frames in every array, but .* 59 in trans",
    ),
    "trans-width": (wrong(trans=np.zeros((60, 2))), r"\(trans\): expected rows of 3 numbers"),
    "all-nan": (wrong(poses=np.full((60, 156), np.nan)), r"\(poses\): expected numbers, but found nan"),
    "rate": (wrong(mocap_framerate=np.array(0.0)), r"\(mocap_framerate\): expected frames a second"),
    "rates": (wrong(mocap_framerate=np.arange(3)), r"\(mocap_framerate\): expected frames a second"),
    "betas": (wrong(betas=np.full(16, np.inf)), r"\(betas\): expected finite betas"),
    "half": ({**formats.inter_x(PEOPLE[0]), "pose_lhand": np.zeros((60, 44))}, r"pose_lhand.*rows of 45"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_what_and_where(tmp_path: Path, case: str) -> None:
    content, said = BROKEN[case]
    path = formats.write(tmp_path / "broken.npz", content)
    with pytest.raises(InputError, match=said) as refused:
        read(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_places_of_joints_are_no_rotations(tmp_path: Path, unit: float) -> None:
    person = PEOPLE[0]
    turns = Rotation.from_rotvec(person.joints[:, :22].reshape(-1, 3)).as_matrix().reshape(-1, 22, 3, 3)
    places = np.zeros((len(turns), 22, 3))
    places[:, 0] = person.pelvis
    for joint in range(1, 22):
        parent = PARENTS[joint]
        turns[:, joint] = turns[:, parent] @ turns[:, joint]
        places[:, joint] = places[:, parent] + turns[:, parent] @ (REST_JOINTS[joint] - REST_JOINTS[parent])
    path = formats.write(tmp_path / "places.npy", unit * places)
    with pytest.raises(InputError, match="expected axis-angles, but found places of joints"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04cut", b"\x93NUMPYcut", b"\x80\x04cut", b"\x00\x01"])
def test_a_file_of_no_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    for suffix in (".npz", ".npy", ".pkl"):
        path = tmp_path / f"broken{suffix}"
        path.write_bytes(content)
        with pytest.raises(InputError, match=str(path)):
            read(path)
