"""InterAct and pairs of BVH files on stage: in one world, upright, face to face, as far apart as recorded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.body.kinematics import joint_positions
from avatar_server.body.size import leg_length_m
from avatar_server.body.skinning import skin
from avatar_server.cli import main
from avatar_server.dataset.take import Take
from avatar_server.growing_face import GrowingFace
from avatar_server.motion.presets import NATURAL
from avatar_server.performance import Performance
from avatar_server.take_inspection import inspect_take
from avatar_server.testing.interact_folder import PLACES_M, synthesize_interact

LEFT_HIP, RIGHT_HIP, HEAD = 1, 2, 15


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interact")
    synthesize_interact(folder, seconds=2.0)
    return folder


def opened(name: str, folder: Path) -> Performance:
    return open_performance(open_interaction(name, folder), body=None, preset=NATURAL, staging=None)


@pytest.fixture(scope="module")
def acted(folder: Path) -> Performance:
    return opened("20231119_051", folder)


def joints(performance: Performance, time_s: float) -> list[np.ndarray]:
    figures = performance.snapshot_at(time_s, performance.camera("two-shot")).figures
    return [joint_positions(one.body, one.rotations, one.translation) for one in figures]


def test_two_actors_stand_as_they_were_recorded(acted: Performance) -> None:
    performance = acted
    assert performance.staging == "as-recorded"
    assert performance.duration_s == pytest.approx(2.0, abs=0.05)
    assert [person.id for person in performance.people] == ["20231119_001_051", "20231119_002_051"]
    apart_m = float(np.linalg.norm(np.subtract(*PLACES_M)))
    for time_s in (0.0, 0.7, 1.5):
        left, right = joints(performance, time_s)
        assert left[0, 0] < 0 < right[0, 0]
        for one, other in ((left, right), (right, left)):
            assert one[HEAD, 1] - one[0, 1] > 0.5
            across = one[LEFT_HIP] - one[RIGHT_HIP]
            forward = np.cross(across, [0.0, 1.0, 0.0])
            towards = other[0] - one[0]
            cosine = forward @ towards / np.linalg.norm(forward) / np.linalg.norm(towards)
            assert cosine > np.cos(np.radians(20))
        away = np.linalg.norm((left[0] - right[0])[[0, 2]])
        assert away == pytest.approx(apart_m, abs=0.06)  # They sway by centimetres.


def test_list_and_inspect_tell_what_they_play(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--data", str(folder), "--text", "joy"]) == 0
    heading, row, _ = capsys.readouterr().out.splitlines()
    assert heading.split()[3:] == ["PEOPLE", "MOVEMENT", "RELATIONSHIP", "EMOTION", "PROMPT"]
    assert row[heading.index("RELATIONSHIP") :].split()[:2] == ["Strangers", "Joy"]
    assert row.endswith("A traveller asks the way to the harbour.")
    assert main(["inspect", "20231119_051", "--data", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(None, 1) for line in lines[1:5]] == [
        ["people", "Strangers"],
        ["emotion", "Joy"],
        ["who", "A traveller and a clerk."],
        ["scenario", "A traveller asks the way to the harbour."],
    ]
    assert main(["inspect", "20231119_051", "--data", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["scenario"]
    assert (told["number"], told["relationship"], told["emotion"]) == (51, "Strangers", "Joy")


def test_faces_are_those_of_the_data_set(acted: Performance) -> None:
    for part in acted.parts:
        assert part.face is not None
        assert not isinstance(part.face, GrowingFace)
        assert part.face.origin == "data"
        weights = np.array([part.face.weights_at(time_s) for time_s in np.arange(0, 2, 0.05).tolist()])
        assert np.ptp(weights, axis=0).max() > 0.2


def test_their_distance_is_kept_to_the_millimetre(acted: Performance, folder: Path) -> None:
    from avatar_server.motion.bvh.poses import skeleton_motion
    from avatar_server.motion.bvh.reading import read_bvh

    paths = [folder / "bvhs" / f"20231119_{actor}_051.bvh" for actor in ("001", "002")]
    one, other = (skeleton_motion(read_bvh(path))[0].moves[0] / 100 for path in paths)
    for frame in (0, 13, 40):
        left, right = joints(acted, frame / 30)
        assert np.linalg.norm(left[0] - right[0]) == pytest.approx(
            np.linalg.norm(one[frame] - other[frame]), abs=1e-3
        )


def test_any_pair_of_bvh_files_plays_without_databases(
    acted: Performance, folder: Path, tmp_path: Path
) -> None:
    for actor, name in (("001", "here.bvh"), ("002", "there.bvh")):
        (tmp_path / name).write_bytes((folder / "bvhs" / f"20231119_{actor}_051.bvh").read_bytes())
    performance = opened(f"{tmp_path / 'here.bvh'},{tmp_path / 'there.bvh'}", folder)
    assert performance.staging == "as-recorded"
    expected = joints(acted, 1.0)
    for ours, theirs in zip(joints(performance, 1.0), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    named = opened(str(tmp_path), folder)
    assert len(named.people) == 2


def test_a_broken_file_is_named_with_its_line(folder: Path, tmp_path: Path) -> None:
    good = (folder / "bvhs" / "20231119_001_051.bvh").read_text()
    (tmp_path / "a.bvh").write_text(good)
    (tmp_path / "b.bvh").write_text(good.replace("CHANNELS 3", "CHANNELS three", 1))
    take = open_interaction(str(tmp_path), folder)
    assert isinstance(take, Take)
    report = inspect_take(take)
    assert report.verdict == "broken"
    assert "b.bvh, line 9: expected 0 to 6 channels" in report.participants[1].problem


def test_the_older_release_runs_at_120_frames_a_second(tmp_path: Path) -> None:
    synthesize_interact(
        tmp_path / "InterAct_Public", seconds=2.0, rate_hz=120, motion_folder="Raw_Body_Motions_BVH"
    )
    take = open_interaction("20231119_051", tmp_path)
    assert isinstance(take, Take)
    report = inspect_take(take)
    motions = [person.motion for person in report.participants]
    assert [motion and (motion.rate, motion.frame_count) for motion in motions] == [("120", 240)] * 2
    assert report.shares_world
    assert report.duration_s == pytest.approx(2.0, abs=0.05)


def test_who_is_smaller_has_a_smaller_body_and_both_stand_on_the_floor(folder: Path, tmp_path: Path) -> None:
    large, small = (folder / "bvhs" / f"20231119_{actor}_051.bvh" for actor in ("001", "002"))
    (tmp_path / "a.bvh").write_bytes(large.read_bytes())
    (tmp_path / "b.bvh").write_text(shrunk(small.read_text(), 0.8))
    performance = opened(str(tmp_path), folder)
    left, right = (part.body for part in performance.parts)
    assert leg_length_m(right) / leg_length_m(left) == pytest.approx(0.8, abs=0.002)
    figures = performance.snapshot_at(1.0, performance.camera("two-shot")).figures
    for figure in figures:
        vertices = skin(figure.body, figure.rotations, figure.translation)
        assert vertices[:, 1].min() == pytest.approx(0.0, abs=0.02)


def shrunk(text: str, factor: float) -> str:
    """The same motion of somebody smaller."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["OFFSET"]:
            line = "OFFSET " + " ".join(f"{factor * float(word):.6f}" for word in words[1:])
        elif len(words) > 100:
            line = " ".join([*(f"{factor * float(word):.6f}" for word in words[:3]), *words[3:]])
        lines.append(line)
    return "\n".join(lines)
