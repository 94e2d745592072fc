"""Where faces are looked for, for recordings of the data set and for people in files of any kind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.take import TakePerson
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.find_face import FacePlace, find_face
from avatar_server.testing.face_files import write_arkit_npy, write_beat, write_live_link

PUFF = ARKIT_INDEX["cheekPuff"]


def puffing(size: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    weights = np.random.default_rng(2).uniform(0.1, 0.3, (90, 52)).astype(np.float32)
    weights[:, PUFF] = size + 0.01 * np.sin(np.arange(90))
    return weights


def puff_of(place: FacePlace, named: Path | None = None) -> float | None:
    face, _ = find_face(place, named, duration_s=3.0, order="apple")
    return None if face is None else round(float(face.weights_at(1.0)[PUFF]), 1)


def test_whoever_has_a_file_of_his_own_is_known_by_its_name(tmp_path: Path) -> None:
    place = FacePlace.of(TakePerson("a", "a", tmp_path / "take.1_left.bvh"))
    assert puff_of(place) is None
    write_live_link(tmp_path / "take.1_left.csv", puffing(0.5))
    assert puff_of(place) == 0.5
    write_arkit_npy(tmp_path / "take.1_left.face.npy", puffing(0.7))
    assert puff_of(place) == 0.7
    write_arkit_npy(tmp_path / "other.npy", puffing(0.9))
    assert puff_of(place, tmp_path / "other.npy") == 0.9
    known = TakePerson("a", "a", tmp_path / "take.1_left.bvh", face=tmp_path / "other.npy")
    assert puff_of(FacePlace.of(known)) == 0.9


def test_two_people_in_one_file_have_faces_of_their_own(tmp_path: Path) -> None:
    first, second = (
        FacePlace.of(TakePerson(part, part, tmp_path / "pair.pkl", part)) for part in ("person1", "person2")
    )
    write_arkit_npy(tmp_path / "pair.face.npy", puffing(0.5))
    write_arkit_npy(tmp_path / "pair_person2.face.npy", puffing(0.8))
    assert (puff_of(first), puff_of(second)) == (None, 0.8)


def test_json_is_a_face_only_if_it_begins_as_one(tmp_path: Path) -> None:
    path = tmp_path / "V00_S0809_I00000582_P0947.json"
    npz = path.with_suffix(".npz")
    np.savez(npz, **{"smplh:is_valid": np.ones(90, bool)})  # type: ignore[arg-type]
    place = FacePlace.of(RecordingFiles(RecordingId.parse(path.stem), npz))
    path.write_text(json.dumps({"id": path.stem, "metadata:transcript": [{"transcript": '"names"'}]}))
    assert find_face(place, None, duration_s=3.0) == (None, ())
    write_beat(path, puffing(0.6))
    assert puff_of(place) == 0.6


@pytest.mark.parametrize("content", [b"", b"neither"])
def test_what_is_broken_is_told_without_its_folder(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "take.csv").write_bytes(content)
    face, (notice,) = find_face(
        FacePlace.of(TakePerson("a", "a", tmp_path / "take.bvh")), None, duration_s=3.0
    )
    assert face is None
    assert notice.startswith("face ignored: take.csv:1: expected columns of Live Link Face")
