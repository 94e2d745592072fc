"""Which face people on stage have: recorded, beside the recording, named, or made from the voice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_server.assembly import open_performance
from avatar_server.cli import main
from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.errors import InputError
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.choice import FaceChoice
from avatar_server.motion.presets import PRESETS
from avatar_server.performance import Performance
from avatar_server.testing.face_files import write_arkit_npy, write_beat, write_live_link
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

PUFF = ARKIT_INDEX["cheekPuff"]
SECONDS = 4.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("faces"), seconds=SECONDS, seed=3)


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("voices"), seconds=SECONDS, seed=3, quirks=("no-movement",))


def opened(made: SyntheticInteraction, preset: str = "natural", **said: Any) -> Performance:
    return open_performance(
        interaction_of(made),
        body=None,
        preset=PRESETS[preset],
        staging="face-to-face",
        face=FaceChoice(**said),
    )


def interaction_of(made: SyntheticInteraction) -> Interaction:
    return find_interaction(made.data_dir, str(made.key))


def faces_at(performance: Performance, time_s: float) -> list[np.ndarray[Any, Any] | None]:
    return [figure.face for figure in performance.snapshot_at(time_s, performance.camera("left")).figures]


def puffing(rate_hz: int = 30) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Nobody else's face puffs its left and its right cheek for seconds."""
    weights = np.random.default_rng(1).uniform(0.2, 0.3, (int(SECONDS) * rate_hz, 52))
    weights[:, PUFF] = np.linspace(0.85, 0.95, len(weights))
    return weights.astype(np.float32)


def test_recorded_faces_are_shown_and_said_to_be(made: SyntheticInteraction) -> None:
    performance = opened(made)
    assert performance.faces == ("data", "data")
    left, right = faces_at(performance, 2.0)
    assert left is not None
    assert right is not None
    assert np.abs(left - right).max() > 0.01
    first = performance.repairs[0]
    assert first.face == "data"
    assert first.face_repairs is not None
    assert first.face_repairs.source == "action units (movement)"
    told = json.loads(performance.tags["description"])["repairs"][0]
    assert told["face"] == "data"
    assert told["face_repairs"]["gaze"] == "uncalibrated"


def test_who_was_recorded_without_a_face_has_one_made_from_the_voice(voices: SyntheticInteraction) -> None:
    performance = opened(voices)
    assert performance.faces == ("synthesised", "synthesised")
    jaw = [
        face[ARKIT_INDEX["jawOpen"]] for t in np.arange(0, SECONDS, 0.1) for face in _shown(performance, t)
    ]
    assert max(jaw) > 0.1, "somebody speaks"
    assert "P0947: " in performance.tags["comment"]
    assert "face synthesised from the voice" in performance.tags["comment"]
    assert not any("face" in notice for notice in performance.notices), "the mark says it"


def _shown(performance: Performance, time_s: float) -> list[np.ndarray[Any, Any]]:
    return [face for face in faces_at(performance, float(time_s)) if face is not None]


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [("data", ("none", "none")), ("none", ("none", "none")), ("auto", ("synthesised",) * 2)],
)
def test_people_choose(voices: SyntheticInteraction, mode: str, wanted: tuple[str, str]) -> None:
    performance = opened(voices, mode=mode)
    assert performance.faces == wanted
    assert [face is None for face in faces_at(performance, 1.0)] == [one == "none" for one in wanted]


def test_genea_has_no_faces_unless_somebody_says_so(made: SyntheticInteraction) -> None:
    assert opened(made, "genea").faces == ("none", "none")
    assert opened(made, "genea", mode="data").faces == ("data", "data")
    live = opened(made)
    genea = live.with_preset("genea")
    assert (genea.faces, faces_at(genea, 1.0)) == (("none", "none"), [None, None])
    assert genea.with_preset("natural").faces == ("data", "data")


@pytest.mark.parametrize("kind", ["npy", "csv", "json"])
def test_a_file_beside_a_recording_comes_before_what_is_in_it(
    made: SyntheticInteraction, tmp_path: Path, kind: str
) -> None:
    npz = made.recordings[0].npz
    path = npz.with_name(npz.stem + {"npy": ".face.npy", "csv": ".csv", "json": ".face.json"}[kind])
    try:
        if kind == "npy":
            write_arkit_npy(path, puffing(60))
        elif kind == "csv":
            write_live_link(path, puffing(60))
        else:
            write_beat(path, puffing(60))
        performance = opened(made, order="apple")
        assert len(interaction_of(made).recordings) == 2, "it is no recording by itself"
        left, right = _shown(performance, 0.5 * SECONDS)
        assert left[PUFF] == pytest.approx(0.9, abs=0.03)
        assert right[PUFF] < 0.5
        path.write_bytes(b"neither")
        performance = opened(made)
        assert performance.faces == ("data", "data"), "that of the recording"
        ignored = [notice for notice in performance.notices if "face ignored" in notice]
        assert ignored[0].startswith(f"P0947: face ignored: {path.name}")
        assert str(path.parent) not in ignored[0], "where files lie on the server is nobody's business"
    finally:
        path.unlink()


def test_a_file_that_is_named_comes_first_and_must_be_a_face(
    made: SyntheticInteraction, tmp_path: Path
) -> None:
    path = tmp_path / "right.npy"
    write_arkit_npy(path, puffing(), alphabetical=True, columns=51)
    performance = opened(made, files=("", str(path)), order="alphabetical")
    left, right = _shown(performance, 0.5 * SECONDS)
    assert left[PUFF] < 0.5
    assert right[PUFF] == pytest.approx(0.9, abs=0.01)
    path.write_bytes(b"neither")
    with pytest.raises(InputError, match=r"right\.npy: expected"):
        opened(made, files=("", str(path)))


def test_the_doctor_says_what_face_there_is_and_why(
    made: SyntheticInteraction,
    voices: SyntheticInteraction,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "left.npy"
    write_arkit_npy(path, puffing())
    data = ["--data", str(made.data_dir), "--source", "local"]
    assert main(["inspect", str(made.key), *data, "--face-file", str(path), "--face-order", "apple"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "array of 52 ARKit weights, 120 frames at 30 Hz, columns in apple order (as was said)" in said
    assert "action units (movement), 120 frames at 30 Hz; 0.0% of the frames bridged" in said
    assert "gaze uncalibrated" in said
    assert main(["inspect", str(made.key), *data, "--face-file", str(path), "--json"]) == 0
    repairs = json.loads(capsys.readouterr().out)["participants"][0]["repairs"]["face_repairs"]
    assert repairs["order"] == "apple"
    assert "nothing tells" in repairs["order_why"]
    assert main(["inspect", str(voices.key), "--data", str(voices.data_dir), "--source", "local"]) == 0
    assert "face none that can be shown: made from the voice" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--face", "some"], "--face: expected one of auto, data, none, got 'some'"),
        (["--face-order", "x"], "--face-order: expected one of auto, apple, alphabetical, got 'x'"),
        (["--face-file", "a,b,c"], "--face-file: expected LEFT[,RIGHT], got 'a,b,c'"),
        (["--face-file", "nowhere.npy"], "--face-file: no file nowhere.npy"),
        (["--face-file", __file__, "--face", "none"], "--face-file: expected no --face none beside it"),
        (
            ["--face-file", __file__],
            f"--face-file: {__file__}: expected a face file (.npy, .csv",
        ),
    ],
)
def test_wrong_choices_are_refused(
    made: SyntheticInteraction,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    data = ["--data", str(made.data_dir), "--source", "local"]
    assert main(["still", str(made.key), "-o", str(tmp_path / "a.png"), *data, *options]) == 2
    assert said in capsys.readouterr().err


def test_a_choice_travels_to_the_command_line() -> None:
    choice = FaceChoice("data", "apple", ("", "b.csv"))
    assert choice.options == ("--face=data", "--face-order=apple", "--face-file=,b.csv")
    assert FaceChoice().options == ()
