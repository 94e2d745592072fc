"""Motion files of other data sets, through everything that takes an interaction."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.body.cache import load_mannequin
from avatar_server.body.kinematics import joint_positions
from avatar_server.body.model import ShapedBody, shape_body
from avatar_server.cli import main
from avatar_server.dataset.reading_choices import ReadingWords
from avatar_server.dataset.take import Take
from avatar_server.errors import UsageError
from avatar_server.motion.presets import NATURAL
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.performance import Performance
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage.programme import StageOrder, open_programme, public_name
from avatar_server.take_opening import open_take
from avatar_server.testing import motion_formats as formats
from avatar_server.testing.seamless_writer import write_wav
from avatar_server.testing.world_pair import two_in_a_world

RATE_HZ = 30
PEOPLE = two_in_a_world(2.0, RATE_HZ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("takes")
    formats.write(top / "7605.pkl", formats.interhuman(PEOPLE))
    for name, person in zip(("take1", "take2"), PEOPLE, strict=True):
        formats.write(top / "amass" / f"{name}.npz", formats.amass(person, RATE_HZ))
        formats.write(top / "beat" / f"{name}.npz", formats.beat2(person))
    time_s = np.arange(2 * 48_000) / 48_000
    write_wav(top / "7605_person1.wav", (0.2 * np.sin(700 * time_s)).astype(np.float32))
    return top


@pytest.fixture(scope="module")
def pair(folder: Path) -> Performance:
    return open_pair(folder / "7605.pkl")


def open_pair(path: Path, staging: str | None = None) -> Performance:
    return open_performance(open_interaction(str(path), Path()), body=None, preset=NATURAL, staging=staging)


def seen(performance: Performance, time_s: float = 1.0) -> Snapshot:
    return performance.snapshot_at(time_s, performance.camera("two-shot"))


def wrists(snapshot: Snapshot) -> list[NDArray[np.float64]]:
    return [joint_positions(one.body, one.rotations, one.translation)[20:22] for one in snapshot.figures]


def test_a_pair_stands_as_it_was_recorded_with_its_voices(pair: Performance) -> None:
    assert pair.staging == "as-recorded"
    assert [(person.name, person.side) for person in pair.people] == [
        ("person1", "left"),
        ("person2", "right"),
    ]
    assert pair.parts[0].sound.duration_s == 2.0
    assert np.abs(pair.sound_block(24_000, 480)).max() > 0.01
    assert pair.duration_s == 2.0
    truth = [(person.pelvis[30], person.joints[30]) for person in PEOPLE]
    shown = [one.translation + one.body.rest_joints[0] for one in seen(pair).figures]
    apart = np.linalg.norm(truth[0][0] - truth[1][0])
    assert np.linalg.norm(shown[0] - shown[1]) == pytest.approx(apart, abs=1e-3)


def test_stagings_and_presets_come_and_go(pair: Performance) -> None:
    recorded = wrists(seen(pair))
    facing = pair.with_staging("face-to-face")
    first, second = seen(facing).figures
    assert first.translation[0] == pytest.approx(-second.translation[0], abs=0.05)
    genea = pair.with_preset("genea")
    assert genea.staging == "side-by-side"
    assert genea.with_staging("as-recorded").staging == "side-by-side", "that convention has no world"
    for back in (facing.with_staging("as-recorded"), genea.with_preset("natural")):
        assert np.allclose(wrists(seen(back)), recorded, atol=1e-9)


def test_genea_zeroes_what_it_zeroes(pair: Performance) -> None:
    for figure in seen(pair.with_preset("genea")).figures:
        assert np.allclose(figure.rotations[[1, 2, 3, 4, 5, 7, 8, 10, 11]], np.eye(3))
        assert np.allclose(figure.rotations[0], np.eye(3), atol=1e-6)


def test_people_of_two_worlds_stand_face_to_face_and_not_as_recorded(folder: Path) -> None:
    apart = open_pair(folder / "beat")
    assert apart.staging == "face-to-face"
    assert apart.stagings == ("face-to-face", "side-by-side")
    with pytest.raises(UsageError, match="as-recorded: these people share no world"):
        open_pair(folder / "beat", "as-recorded")
    assert [one.translation[0] > 0 for one in seen(apart).figures] == [False, True]


def test_betas_shape_a_body_and_the_files_translation_places_it(folder: Path) -> None:
    """The translation moves the body model's origin; a pelvis that rests elsewhere is elsewhere by that."""

    @cache
    def shape(betas: tuple[float, ...]) -> ShapedBody:
        shaped = shape_body(load_mannequin(), np.array(betas) if betas else None)
        return replace(shaped, rest_joints=shaped.rest_joints + np.array([0.01, -0.02, 0.03]))

    take = open_interaction(str(folder / "amass"), Path())
    assert isinstance(take, Take)
    for files, part in zip(take.recordings, open_take(take, NATURAL, (shape, shape))[1], strict=True):
        assert part.body.betas.tolist() == np.linspace(-1, 1, 16).tolist()
        assert part.source is not None
        assert isinstance(part.source.motion, WorldMotion)
        trans = np.load(files.motion)["trans"]
        pelvis = formats.FROM_Y_UP["z"].inv().apply(trans + part.body.rest_joints[0])
        assert np.abs(part.source.motion.pelvis - pelvis).max() < 1e-6


def test_the_mannequin_is_not_shaped_by_betas_that_are_not_his(folder: Path) -> None:
    for part in open_pair(folder / "amass").parts:
        assert not part.body.betas.any()


def test_a_stage_plays_it_and_tells_no_folder(folder: Path) -> None:
    name = f"{folder}/amass/take1.npz,{folder}/amass/take2.npz"
    order = StageOrder(
        name, str(folder), body="", width=320, height=192, rate_hz=30, reading=ReadingWords(rate="15")
    )
    opened = open_programme(order)
    assert opened.stagings == ("as-recorded", "face-to-face", "side-by-side")
    assert opened.shown.key == "take1+take2"
    assert [person.name for person in opened.shown.people] == ["take1", "take2"]
    assert opened.shown.duration_s == 4.0, "at 15 frames a second, as was said"
    assert str(folder) not in json.dumps([opened.shown.key, *opened.shown.notices])
    assert public_name(name) == ""


@pytest.mark.parametrize("camera", ["two-shot", "close-right", "auto"])
def test_pictures_and_films_are_made_of_it(folder: Path, tmp_path: Path, camera: str) -> None:
    small = ["--size", "64x36", "--camera", camera]
    film = tmp_path / "a.mp4"
    if camera != "auto":
        assert main(["still", str(folder / "7605.pkl"), "-o", str(tmp_path / "a.png"), *small]) == 0
        return
    assert main(["render", str(folder / "7605.pkl"), "-o", str(film), "--end", "0.3", *small]) == 0
    assert film.stat().st_size > 500
    assert camera not in CAMERAS


def test_inspect_says_format_decisions_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(folder / "7605.pkl"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["shares_world"], told["verdict"]) == ("InterHuman", True, "usable")
    decided = {decision["what"]: decision for decision in told["decisions"]}
    assert {"units", "up axis", "rate", "world", "hands", "body shape"} <= decided.keys()
    assert all(decision["value"] and decision["why"] for decision in decided.values())
    assert told["apart_m"] == pytest.approx(1.08, abs=0.01)
    assert [person["motion"]["frame_count"] for person in told["participants"]] == [60, 60]
    assert [person["sound"]["state"] for person in told["participants"]] != ["missing", "missing"]
    assert main(["inspect", str(folder / "7605.pkl"), "--up", "y", "--rate", "59.94"]) == 0
    lines = capsys.readouterr().out
    assert "up axis     y: as was said with --up" in lines
    assert "60000/1001 (59.940): as was said with --rate" in lines


def test_inspect_reports_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, count in (("a", 5), ("b", 4)):
        content = {"poses": np.zeros((5, 156)), "trans": np.zeros((count, 3))}
        formats.write(tmp_path / f"{name}.npz", content)
    assert main(["inspect", str(tmp_path), "--json"]) == 2
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["verdict"] == "broken"
    assert [bool(person["problem"]) for person in told["participants"]] == [False, True]
    problem = told["participants"][1]["problem"]
    assert printed.err.splitlines() == [f"avatar-server: {told['key']} is broken: {problem}"]


@pytest.mark.parametrize("name", ["cut.npz", "cut.pkl"])
def test_inspecting_a_file_that_is_cut_fails_whatever_its_kind(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    whole = (folder / "7605.pkl").read_bytes()
    if name.endswith(".npz"):
        whole = formats.write(tmp_path / "whole.npz", {"poses": np.zeros((5, 156))}).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) // 2])
    assert main(["inspect", str(path)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert str(path) in line


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    path = formats.write(tmp_path / "a.npz", {"what": np.zeros(3)})
    call = [sys.executable, "-m", "avatar_server", "still", str(path), "-o", str(tmp_path / "a.png")]
    ran = subprocess.run(call, capture_output=True, text=True)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert str(path) in ran.stderr
