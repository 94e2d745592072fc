"""Faces in files: Live Link Face by name and timecode, BEAT by name and time, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.errors import InputError
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.face_file import read_face_file
from avatar_server.face.live_link_csv import read_live_link
from avatar_server.face.recorded import RecordedFace
from avatar_server.testing.face_files import write_arkit_npy, write_beat, write_live_link

JAW, JAW_LEFT = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["jawLeft"]
RATE_HZ = 59.904

Weights = NDArray[np.float32]


def drawn(count: int = 600) -> Weights:
    """Smooth, and different in every weight; jaw and mouth go to the left."""
    at = np.arange(count)[:, None] / 60
    weights = 0.5 + 0.4 * np.sin(at * (1 + np.arange(52) / 20) + np.arange(52))
    weights[:, [ARKIT_INDEX["jawRight"], ARKIT_INDEX["mouthRight"]]] = 0.0
    return weights.astype(np.float32)


def off(face: RecordedFace, weights: Weights, frames: range, rate_hz: float = RATE_HZ) -> float:
    """How far the face is from `weights` at the times of these frames, at most."""
    return max(float(np.abs(face.weights_at(frame / rate_hz) - weights[frame]).max()) for frame in frames)


@pytest.mark.parametrize("spelling", ["BlendShapeCount", "BlendshapeCount", "blendshapecount"])
def test_live_link_by_name_and_timecode(tmp_path: Path, spelling: str) -> None:
    path, weights = tmp_path / "take.csv", drawn()
    write_live_link(path, weights, count_name=spelling)
    header = path.read_text().partition("\n")[0].split(",")
    assert header.index("JawRight") < header.index("JawLeft"), "not as in Apple's list"
    face = read_face_file(path, duration_s=None)
    assert off(face, weights, range(0, 600, 7)) < 0.002
    assert face.base.rate_hz == 60
    assert face.base.duration_s == pytest.approx(599 / RATE_HZ, abs=0.03)
    assert face.repairs.bridged_share == 0


def test_live_link_over_midnight_and_with_a_marked_file(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.csv", drawn()
    write_live_link(path, weights, begins_s=86_400 - 3.2)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert off(read_face_file(path, duration_s=None), weights, range(0, 600, 50)) < 0.002


def test_live_link_frames_that_were_dropped(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.csv", drawn()
    write_live_link(path, weights, dropped=[*range(100, 110), *range(200, 320), 50])
    face = read_face_file(path, duration_s=None)
    assert off(face, weights, range(330, 600, 7)) < 0.002, "what follows comes at its time"
    assert 8 <= face.repairs.bridged_frames <= 12
    assert 116 <= face.repairs.replaced_frames <= 122
    middle = weights[99] + 0.5 * (weights[110] - weights[99])
    np.testing.assert_allclose(face.weights_at(104.5 / RATE_HZ), middle, atol=0.01)
    assert face.weights_at(260 / RATE_HZ)[JAW] == 0


def test_live_link_frames_without_a_face(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.csv", drawn()
    write_live_link(path, weights)
    lines = path.read_text().splitlines()
    for place in range(100, 106):
        clock = lines[place].partition(",")[0]
        lines[place] = ",".join([clock, "0", *[""] * 61])
    for place in range(300, 304):
        clock, count, *_ = lines[place].split(",")
        lines[place] = ",".join([clock, count, *["0"] * 61])
    path.write_text("\n".join(lines))
    assert 9 <= read_face_file(path, duration_s=None).repairs.bridged_frames <= 13


def test_live_link_timecodes_coarser_than_the_frames(tmp_path: Path) -> None:
    """At 30 a second without parts of frames every two frames have the same."""
    path, weights = tmp_path / "take.csv", drawn()
    write_live_link(path, weights, begins_s=0.0)
    lines = path.read_text().splitlines()
    for place in range(1, len(lines)):
        time_s = (place - 1) / 60
        lines[place] = f"00:00:{int(time_s):02d}:{int(time_s * 30 % 30):02d}" + lines[place][15:]
    path.write_text("\n".join(lines))
    assert off(read_face_file(path, duration_s=None), weights, range(0, 590, 9), 60.0) < 0.02


def test_live_link_eyes_that_only_turn(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.csv", drawn()
    weights[:, 1:5] = weights[:, 8:12] = 0.0
    turns = np.zeros((600, 9), np.float32)
    turns[:, [4, 7]] = 0.3 * np.sin(np.arange(600) / 30)[:, None]
    write_live_link(path, weights, turns=turns)
    face = read_face_file(path, duration_s=None)
    assert face.repairs.gaze == "recorded"
    assert face.weights_at(47 / 60)[ARKIT_INDEX["eyeLookDownLeft"]] > 0.4


def test_the_last_line_may_be_cut(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.csv", drawn(120)
    write_live_link(path, weights)
    path.write_text(path.read_text()[:-200])
    assert read_live_link(path).notices == ("the last line of the face file is cut short and left out",)


def changed(lines: list[str], place: int, to: str) -> list[str]:
    return [*lines[:place], to, *lines[place + 1 :]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [], ":1: expected columns of Live Link Face"),
        (lambda lines: ["a,b,c", "1,2,3"], ":1: expected columns of Live Link Face"),
        (lambda lines: changed(lines, 0, lines[0].replace("JawLeft", "JawRight")), "JawRight twice"),
        (lambda lines: changed(lines, 4, "x" + lines[4][1:]), ":5: expected a timecode such as"),
        (lambda lines: changed(lines, 4, lines[4].replace(lines[4][:15], "99:99:99:01.000")), "a timecode"),
        (lambda lines: changed(lines, 4, lines[4].replace(",0.", ",smile", 1)), ":5: expected numbers"),
        (lambda lines: changed(lines, 4, lines[4] + ",1"), ":5: expected 63 cells"),
        (lambda lines: changed(lines, 9, lines[2]), ":10: expected timecodes that go on"),
        (lambda lines: lines[:1], "at least one frame"),
        (lambda lines: changed(lines, 4, '"' + "x" * 200_000), "expected a CSV file of text"),
    ],
)
def test_tables_that_are_no_live_link(tmp_path: Path, change: Any, said: str) -> None:
    path = tmp_path / "take.csv"
    write_live_link(path, drawn(60))
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(InputError) as refusal:
        read_face_file(path, duration_s=None)
    assert said in str(refusal.value)
    assert str(refusal.value).startswith(str(path))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"PK\x03\x04" * 50, b"\x80\x04cposix\nsystem\n(X\x02rmtR."]
)
@pytest.mark.parametrize("suffix", [".csv", ".json", ".npy", ".npz"])
def test_bytes_that_are_no_face(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"face{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="expected"):
        read_face_file(path, duration_s=10.0)


@pytest.mark.parametrize("rate_hz", [60.0, 30.0])
def test_beat_by_name_and_time(tmp_path: Path, rate_hz: float) -> None:
    path, weights = tmp_path / "take.face.json", drawn(240)
    write_beat(path, weights, rate_hz)
    face = read_face_file(path, duration_s=None)
    weights[:, ARKIT_INDEX["tongueOut"]] = 0
    assert off(face, weights, range(0, 240, 7), rate_hz) < 1e-3
    assert (face.repairs.order, face.repairs.source) == ("", "BEAT")


def test_beat_frames_without_numbers_or_missing(tmp_path: Path) -> None:
    path, weights = tmp_path / "take.json", drawn(240)
    write_beat(path, weights)
    document = json.loads(path.read_text())
    for index in range(100, 106):
        document["frames"][index]["weights"] = [None] * 51
    document["frames"][150]["weights"][7] = float("nan")
    del document["frames"][200:204]
    path.write_text(json.dumps(document))
    face = read_face_file(path, duration_s=None)
    assert 10 <= face.repairs.bridged_frames <= 13
    weights[:, ARKIT_INDEX["tongueOut"]] = 0
    assert off(face, weights, range(210, 240, 3), 60.0) < 1e-3


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "expected a JSON object, but found a list"),
        ({}, "lists called names and frames"),
        ({"names": ["a"], "frames": [{}]}, "expected names of ARKit weights, but found 0 among 1 names"),
        ({"frames": []}, "1 to 2000000 frames"),
        ({"frames": [{"weights": [0.1] * 50, "time": 0}]}, "(frame 1): expected 51 weights, but found 50"),
        ({"frames": [{"weights": ["x"] * 51, "time": 0}]}, "(frame 1): expected weights that are numbers"),
        ({"frames": [{"weights": [[1]] * 51, "time": 0}]}, "expected weights that are numbers"),
        ({"frames": [{"weights": [10**400] * 51, "time": 0}]}, "expected weights that are numbers"),
        ({"frames": [{"weights": [0.1] * 51, "time": "now"}]}, "expected a time in seconds"),
        ({"frames": [{"weights": [0.1] * 51}]}, "expected a time in seconds"),
        ({"frames": [7]}, "expected a time in seconds"),
        ({"frames": [{"weights": [0.1] * 51, "time": t} for t in (0, 1e5)]}, "frames a second"),
        ({"frames": [{"weights": [0.1] * 51, "time": t} for t in (1, 0.9)]}, "(frame 2): expected times"),
    ],
)
def test_documents_that_are_no_beat(tmp_path: Path, document: Any, said: str) -> None:
    path = tmp_path / "take.json"
    write_beat(path, drawn(2))
    names = json.loads(path.read_text())["names"]
    whole = {"names": names, **document} if isinstance(document, dict) and document else document
    path.write_text(json.dumps(whole))
    with pytest.raises(InputError) as refusal:
        read_face_file(path, duration_s=None)
    assert said in str(refusal.value)


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="expected JSON"):
        read_face_file(path, duration_s=None)


def test_an_array_goes_by_the_length_of_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "take.npy"
    write_arkit_npy(path, drawn(600))
    assert read_face_file(path, duration_s=10.0).base.rate_hz == 60
    assert read_face_file(path, duration_s=None).base.rate_hz == 30


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a name that ends in '\.bvh'"):
        read_face_file(tmp_path / "take.bvh", duration_s=None)
