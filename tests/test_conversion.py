"""What `convert` writes plays as what it was made of, and comes back as it was where the layout can."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.cli import main
from avatar_server.dataset.find_take import find_take
from avatar_server.dataset.npz_writing import write_npz
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.motion.foreign.reading import read_take
from avatar_server.motion.presets import GENEA, NATURAL, MotionPreset
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.performance import Performance
from avatar_server.scene.snapshot import Snapshot
from avatar_server.testing import motion_formats as formats
from avatar_server.testing.seamless_writer import write_wav
from avatar_server.testing.synthetic_interaction import synthesize
from avatar_server.testing.world_pair import two_in_a_world

RATE_HZ = 60
SECONDS = 2.0
PEOPLE = two_in_a_world(SECONDS, RATE_HZ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversion")


@pytest.fixture(scope="module")
def pair(folder: Path) -> str:
    """Two AMASS files at 60 frames a second."""
    for name, person in zip(("left", "right"), PEOPLE, strict=True):
        formats.write(folder / "in" / f"{name}.npz", formats.amass(person, RATE_HZ))
    return f"{folder}/in/left.npz,{folder}/in/right.npz"


def perform(
    name: str | Sequence[Path], preset: MotionPreset, staging: str | None = None, data: Path = Path()
) -> Performance:
    named = name if isinstance(name, str) else ",".join(map(str, name))
    return open_performance(open_interaction(named, data), body=None, preset=preset, staging=staging)


def worlds(paths: Sequence[Path]) -> list[WorldMotion]:
    take = find_take(",".join(map(str, paths)))
    return [motion for motion in read_take(take, [None] * 2).people if isinstance(motion, WorldMotion)]


def seen(performance: Performance, time_s: float) -> Snapshot:
    return performance.snapshot_at(time_s, performance.camera("two-shot"))


def convert(name: str, out: Path, *more: str) -> list[Path]:
    assert main(["convert", name, "-o", str(out), *more]) == 0
    return sorted(path for path in out.parent.glob("*.npz"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "take.npz"


@pytest.fixture(scope="module")
def as_seamless(pair: str, folder: Path) -> list[Path]:
    (folder / "seamless").mkdir()
    return convert(pair, folder / "seamless" / "take.npz")


def test_amass_comes_back_as_it_was(pair: str, out: Path) -> None:
    written = convert(pair, out, "--to", "amass")
    assert [path.name for path in written] == ["take_left.npz", "take_right.npz"]
    for path, source in zip(written, pair.split(","), strict=True):
        made, given = np.load(path), np.load(source)
        assert made["poses"].shape == given["poses"].shape
        assert np.allclose(made["trans"], given["trans"], atol=1e-6)
        assert np.allclose(made["betas"], given["betas"])
        assert (float(made["mocap_framerate"]), str(made["gender"])) == (60.0, "neutral")
    before, after = worlds([Path(part) for part in pair.split(",")]), worlds(written)
    for one, other in zip(before, after, strict=True):
        assert (
            np.abs(np.abs((np.asarray(one.rotations) * np.asarray(other.rotations)).sum(axis=-1)) - 1).max()
            < 1e-6
        )
        assert np.abs(one.pelvis - other.pelvis).max() < 1e-6


def test_other_formats_become_the_same_amass(tmp_path: Path, out: Path) -> None:
    """Inter-X in the y-up world of SMPL-X, through to SMPL-H's z-up one: pelvises stay where they are."""
    for name, person in zip(("P1", "P2"), PEOPLE, strict=True):
        formats.write(tmp_path / "G001" / f"{name}.npz", formats.inter_x(person))
    for motion, person in zip(worlds(convert(f"{tmp_path}/G001", out, "--to", "amass")), PEOPLE, strict=True):
        assert motion.rate_hz == 120
        assert np.abs(motion.pelvis - person.pelvis).max() < 1e-5


def test_the_seamless_layout_has_its_keys_shapes_and_camera(as_seamless: list[Path]) -> None:
    for path in as_seamless:
        with np.load(path) as made:
            shapes = {key: (made[key].shape[1:], made[key].dtype.name) for key in made.files}
            first = made["smplh:global_orient"].mean(axis=0)
        assert shapes == {
            "smplh:global_orient": ((3,), "float32"),
            "smplh:body_pose": ((21, 3), "float32"),
            "smplh:left_hand_pose": ((15, 3), "float32"),
            "smplh:right_hand_pose": ((15, 3), "float32"),
            "smplh:translation": ((3,), "float32"),
            "smplh:is_valid": ((), "bool"),
        }
        assert np.allclose(first, [np.pi, 0.0, 0.0], atol=0.15)
        assert read_arrays(path).frame_count == 60, "30 frames a second, which players take without a sound"


def test_in_genea_the_converted_pair_is_seen_as_the_source_is(pair: str, as_seamless: list[Path]) -> None:
    source, made = perform(pair, GENEA), perform(as_seamless, GENEA)
    for time_s in (0.0, 0.5, 1.9):
        for one, other in zip(seen(source, time_s).figures, seen(made, time_s).figures, strict=True):
            assert np.allclose(one.rotations, other.rotations, atol=2e-3)
            assert np.allclose(one.translation, other.translation, atol=2e-3)


def test_in_natural_arms_and_hands_do_what_they_did(pair: str, as_seamless: list[Path]) -> None:
    """Lean, legs, head and sway are the preset's affair; what it only smooths stays within three degrees."""
    source = perform(pair, NATURAL, "face-to-face")
    made = perform(as_seamless, NATURAL, "face-to-face")
    for time_s in (0.5, 1.0, 1.5):
        for one, other in zip(seen(source, time_s).figures, seen(made, time_s).figures, strict=True):
            turned = np.einsum("jab,jac->jbc", one.rotations[16:], other.rotations[16:])
            angle = np.degrees(np.arccos(np.clip((np.trace(turned, axis1=1, axis2=2) - 1) / 2, -1, 1)))
            assert angle.max() < 3.0
        before, after = (seen(shown, time_s).figures[1].translation for shown in (source, made))
        assert np.abs(before - after).max() < 0.03, "who only sways stands where he stood"


def test_the_sound_goes_along_and_tells_the_rate(pair: str, out: Path, tmp_path: Path) -> None:
    wav = tmp_path / "voice.wav"
    write_wav(wav, np.zeros(round(1.5 * 48_000), np.float32))
    written = convert(pair, out, "--sound", str(wav))
    assert (out.parent / "take_left.wav").read_bytes() == wav.read_bytes()
    assert [read_arrays(path).frame_count for path in written] == [45, 60]
    assert not (out.parent / "take_right.wav").exists()
    made = perform(written, NATURAL)
    assert made.parts[0].motion.duration_s == pytest.approx(1.5)


def test_seamless_stays_seamless_and_keeps_its_other_groups(tmp_path: Path, out: Path) -> None:
    made = synthesize(tmp_path / "data", seconds=2.0)
    written = convert(str(made.key), out, "--data", str(made.data_dir))
    for path, recording in zip(written, made.recordings, strict=True):
        with np.load(path) as copy, np.load(recording.npz) as given:
            assert set(copy.files) == set(given.files)
            for key in copy.files:
                assert np.array_equal(copy[key], given[key]), key
        assert path.with_suffix(".wav").is_file()
        assert path.with_suffix(".json").is_file()


def test_seamless_becomes_amass_as_it_is_played(tmp_path: Path, out: Path) -> None:
    made = synthesize(tmp_path / "data", seconds=2.0)
    played = perform(str(made.key), NATURAL, data=made.data_dir)
    again = perform(convert(str(made.key), out, "--to", "amass", "--data", str(made.data_dir)), NATURAL)
    assert again.staging == "as-recorded"
    for time_s in (0.0, 1.0):
        left, right = seen(played, time_s).figures, seen(again, time_s).figures
        apart = [np.linalg.norm(pair[0].translation - pair[1].translation) for pair in (left, right)]
        assert apart[0] == pytest.approx(apart[1], abs=1e-3)
        for one, other in zip(left, right, strict=True):
            assert np.allclose(one.rotations[1:], other.rotations[1:], atol=1e-3)


def test_flattened_model_outputs_become_whole(tmp_path: Path, out: Path) -> None:
    path = formats.write(tmp_path / "model.npz", formats.model_output(PEOPLE[0], flattened=True))
    (made,) = convert(str(path), out, "--rate", "60")
    arrays = read_arrays(made)
    assert arrays.frame_count == 60
    assert np.allclose(arrays.body_pose[1], PEOPLE[0].joints[2, 1:22], atol=1e-5)


def test_what_is_read_is_not_replaced(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = Path(pair.split(",")[0])
    before = source.read_bytes()
    assert main(["convert", str(source), "-o", str(source)]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert source.read_bytes() == before


@pytest.mark.parametrize("more", [["--to", "fbx"], ["--units", "feet"], ["--up", "n"], ["--rate", "x"]])
def test_a_wrong_call_is_explained(
    pair: str, out: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", pair, "-o", str(out), *more]) == 2
    assert f"{more[0]}: expected" in capsys.readouterr().err
    assert not list(out.parent.iterdir())


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.npz"
    write_npz(target, {"x": np.arange(3)})
    before = target.read_bytes()
    with pytest.raises(ValueError, match="Object arrays"):
        write_npz(target, {"x": np.arange(4), "y": np.array([{}], dtype=object)})
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
