"""Pieces become the files of the official tree; nothing that others put there is lost."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.modalities import LOOSE_PIECES, PLAYABLE
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.errors import InputError, MachineError, UsageError
from avatar_server.testing.loose_pieces import (
    LOOSE,
    MOTION,
    NAME,
    NOT_THERE,
    PLACE,
    WORDS,
    Stored,
    arrive,
    fetched,
    lines,
    npy,
    npz,
    stored_npz,
)


def unfinished(data_dir: Path) -> list[Path]:
    folder = data_dir / ".avatar-server" / "incoming"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_loose_pieces_become_what_the_official_tools_leave(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    assert tree.present(PLACE) is None
    files = fetched(tree, LOOSE, NOT_THERE)
    assert files.npz == tmp_path / f"{NAME}.npz"
    assert files.wav is not None
    assert files.json is not None
    assert files.mp4 is None
    with np.load(files.npz, allow_pickle=False) as read:
        assert {key: read[key].dtype for key in read} == {key: array.dtype for key, array in MOTION.items()}
        assert all((read[key] == array).all() for key, array in MOTION.items())
    document = json.loads(files.json.read_text())
    assert document["id"] == "V00_S0809_I00000582_P1275A"
    assert (document["metadata:transcript"], document["metadata:vad"]) == (
        WORDS,
        [{"start": 0.5, "end": 1.0}],
    )
    assert files.wav.read_bytes() == LOOSE["wav"]
    assert unfinished(tmp_path) == []
    assert tree.present(PLACE) == files


def test_what_is_here_is_known_by_modality_and_what_no_store_has_is_remembered(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    assert not any(tree.has(PLACE, modality) for modality in LOOSE_PIECES)
    fetched(tree, LOOSE, NOT_THERE)
    again = CacheTree(tmp_path)
    assert {modality for modality in LOOSE_PIECES if again.has(PLACE, modality)} == PLAYABLE
    fetched(tree, {}, (*LOOSE_PIECES["movement"], "mp4"))
    assert again.has(PLACE, "movement")
    assert again.has(PLACE, "video")


def test_files_of_an_archive_are_taken_as_they_are(tmp_path: Path) -> None:
    bundle = npz({**MOTION, "boxes_and_keypoints:box": np.zeros((4, 4), np.float32)})
    document = json.dumps({"id": str(PLACE.id), "metadata:transcript": WORDS, "metadata:vad": []}).encode()
    tree = CacheTree(tmp_path)
    files = fetched(tree, {"npz": bundle, "json": document, "wav": b"RIFF"})
    assert files.npz.read_bytes() == bundle
    assert files.json is not None
    assert files.json.read_bytes() == document
    # What was not in them exists nowhere.
    assert all(tree.has(PLACE, modality) for modality in LOOSE_PIECES if modality != "video")


def test_more_of_a_recording_is_added_to_what_is_here(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    box = np.arange(16, dtype=np.float32).reshape(4, 4)
    note = {"annotation": "smiles", "start_ts": 0.0, "end_ts": 1.0}
    files = fetched(
        tree, {"boxes_and_keypoints:box": npy(box), "annotations:3P-V": lines([note]), "mp4": b"film"}
    )
    with np.load(files.npz, allow_pickle=False) as read:
        assert {*read} == {*MOTION, "boxes_and_keypoints:box"}
        assert (read["boxes_and_keypoints:box"] == box).all()
    assert files.json is not None
    document = json.loads(files.json.read_text())
    assert document["annotations:3P-V"] == [note]
    assert document["metadata:transcript"] == WORDS
    assert files.mp4 is not None


def test_an_archive_adds_to_loose_pieces_and_keeps_what_only_they_have(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    extra = {"movement_v4:is_occluded": npy(np.zeros((4, 1), np.float32))}
    fetched(tree, {**LOOSE, **extra}, NOT_THERE)
    files = fetched(tree, {"npz": npz({**MOTION, "movement:FAUValue": np.ones((4, 24), np.float32)})})
    with np.load(files.npz, allow_pickle=False) as read:
        assert {*read} == {*MOTION, "movement:FAUValue", "movement_v4:is_occluded"}


def test_files_of_others_lose_nothing_and_are_never_ours(tmp_path: Path) -> None:
    official = tmp_path / f"{NAME}.npz"
    official.parent.mkdir(parents=True)
    official.write_bytes(npz({**MOTION, "movement:FAUValue": np.ones((4, 24), np.float32)}))
    before = official.read_bytes()
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    assert official.read_bytes() == before
    fetched(tree, {"boxes_and_keypoints:box": npy(np.zeros((4, 4), np.float32))})
    with np.load(official) as read:
        assert {*read} == {*MOTION, "movement:FAUValue", "boxes_and_keypoints:box"}
    assert {file.path for file in tree.ledger.files()} == {f"{NAME}.wav", f"{NAME}.json"}


@pytest.mark.parametrize(
    ("piece", "data", "message"),
    [
        ("smplh:body_pose", npy(MOTION["smplh:body_pose"])[:-8], "bytes of numbers"),
        ("smplh:body_pose", b"<html>busy</html>", "an array in NPY format"),
        ("npz", npz(MOTION)[:-40], "NPZ"),
        ("npz", stored_npz(MOTION).replace(b"\xcd\xcc\xcc", b"\xcd\xcc\xcd", 1), "NPZ"),
    ],
)
def test_what_is_not_what_it_has_to_be_never_gets_an_official_name(
    tmp_path: Path, piece: str, data: bytes, message: str
) -> None:
    tree = CacheTree(tmp_path)
    with tree.incoming(PLACE) as incoming:
        arrive(incoming, {**LOOSE, piece: data})
        with pytest.raises(InputError, match=message):
            incoming.finish(NOT_THERE)
    assert tree.present(PLACE) is None
    assert unfinished(tmp_path) == []


def test_words_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    files = fetched(tree, {**LOOSE, "metadata:vad": b"{nonsense"}, NOT_THERE)
    assert files.json is not None
    assert {*json.loads(files.json.read_text())} == {"id", "metadata:transcript"}
    assert tree.has(PLACE, "words")


def test_pickles_are_never_kept(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    tree = CacheTree(tmp_path)
    with tree.incoming(PLACE) as incoming:
        arrive(incoming, {**LOOSE, "smplh:body_pose": file.getvalue()})
        with pytest.raises(InputError, match="pickled objects"):
            incoming.finish(NOT_THERE)


def test_nothing_is_finished_before_all_is_here_and_another_one_goes_on(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    with tree.incoming(PLACE) as incoming:
        partial = incoming.partial(Stored("wav"))
        partial.describe(4, "v1")
        partial.write(0, b"RI")
        with pytest.raises(ValueError, match="wav is not whole"):
            incoming.finish(())
    with tree.incoming(PLACE) as incoming:
        assert not incoming.is_private
        partial = incoming.partial(Stored("wav"))
        assert partial.read(0, 2) == b"RI"


def test_a_second_one_gets_a_copy_of_its_own_that_leaves_no_trace(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    with tree.incoming(PLACE) as first:
        arrive(first, {"wav": b"RI"})
        with tree.incoming(PLACE) as second:
            assert second.is_private
            arrive(second, LOOSE)
            files = second.finish(NOT_THERE)
            arrive(second, {"mp4": b"half"})
        arrive(first, LOOSE)
        assert first.finish(NOT_THERE) == files
    assert unfinished(tmp_path) == []


def test_what_a_killed_process_held_is_free_and_its_private_copy_is_swept(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from avatar_server.dataset.cache.cache_tree import CacheTree\n"
        "from avatar_server.dataset.recording_id import RecordingId\n"
        "from avatar_server.dataset.stores.contract import RecordingPlace\n"
        f"place = RecordingPlace(RecordingId.parse({str(PLACE.id)!r}), 'improvised', 'dev', 0, 11)\n"
        "tree = CacheTree(Path(sys.argv[1]))\n"
        "first, second = tree.incoming(place), tree.incoming(place)\n"
        "assert second.is_private\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert len(unfinished(tmp_path)) == 2
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        assert not incoming.is_private
        assert len(unfinished(tmp_path)) == 1


def test_what_is_read_goes_on_after_it_was_finished(tmp_path: Path) -> None:
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        arrive(incoming, LOOSE)
        sound = incoming.partial(Stored("wav"))
        incoming.finish(NOT_THERE)
        assert sound.read(0, 4) == b"RIFF"


@pytest.mark.parametrize(
    "place",
    [
        RecordingPlace(PLACE.id, "../..", "dev", 0, 0),
        RecordingPlace(PLACE.id, "improvised", "/etc", 0, 0),
        RecordingPlace(PLACE.id, "improvised", "dev", -1, 0),
        RecordingPlace(PLACE.id, "improvised", "dev", 0, 10_000),
    ],
)
def test_no_value_of_a_csv_leads_out_of_the_tree(tmp_path: Path, place: RecordingPlace) -> None:
    with pytest.raises(UsageError, match="expected a label"):
        CacheTree(tmp_path).incoming(place)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".avatar-server").write_text("taken")
    with pytest.raises(MachineError, match="cannot be written"):
        CacheTree(tmp_path).incoming(PLACE)


def test_members_of_an_archive_are_named_by_keys_only(tmp_path: Path) -> None:
    files = fetched(CacheTree(tmp_path), LOOSE, NOT_THERE)
    with zipfile.ZipFile(files.npz) as archive:
        assert {info.filename for info in archive.infolist()} == {f"{key}.npy" for key in MOTION}
