"""Pieces become the files of the official tree; nothing broken gets there, and nothing half."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.modalities import LOOSE_PIECES
from avatar_server.errors import InputError
from avatar_server.testing.loose_pieces import (
    FILM,
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
    unfinished,
)

BOX = np.arange(16, dtype=np.float32).reshape(4, 4)
FAU = np.ones((4, 24), np.float32)


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
        tree, {"boxes_and_keypoints:box": npy(box), "annotations:3P-V": lines([note]), "mp4": FILM}
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


@pytest.mark.parametrize(
    ("piece", "data", "message"),
    [
        ("smplh:body_pose", npy(MOTION["smplh:body_pose"])[:-8], "bytes of numbers"),
        ("smplh:body_pose", b"<html>busy</html>", "an array in NPY format"),
        ("npz", npz(MOTION)[:-40], "NPZ"),
        ("wav", b"<html>Please sign in.</html>", "a WAV file"),
        ("wav", b"version https://git-lfs.github.com/spec/v1", "a WAV file"),
        ("wav", b"", "a WAV file"),
        ("mp4", b"<html>Please sign in.</html>", "an MP4 file"),
        ("boxes_and_keypoints:box", npy(BOX)[:-4], "bytes of numbers"),
        ("smplh:is_valid", b"\x93NUMPY\x01\x00", "an array in NPY format"),
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


def test_members_of_an_archive_are_named_by_keys_only(tmp_path: Path) -> None:
    files = fetched(CacheTree(tmp_path), LOOSE, NOT_THERE)
    with zipfile.ZipFile(files.npz) as archive:
        assert {info.filename for info in archive.infolist()} == {f"{key}.npy" for key in MOTION}


@pytest.mark.parametrize("survives", [0, 1, 2])
def test_a_kill_while_files_get_their_names_leaves_nothing_half(tmp_path: Path, survives: int) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from avatar_server.dataset.cache.cache_tree import CacheTree\n"
        "from avatar_server.testing.loose_pieces import LOOSE, NOT_THERE, PLACE, fetched\n"
        "data_dir, left, replace = Path(sys.argv[1]), [int(sys.argv[2])], Path.replace\n"
        "def replaced(path, target):\n"
        "    if '.avatar-server' not in target.parts:\n"
        "        left[0] -= 1\n"
        "        if left[0] < 0:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return replace(path, target)\n"
        "Path.replace = replaced\n"
        "fetched(CacheTree(data_dir), LOOSE, NOT_THERE)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path), str(survives)], check=False)
    assert killed.returncode == -signal.SIGKILL
    tree = CacheTree(tmp_path)
    assert tree.present(PLACE) is None  # It does not seem to be there, without its sound or its words.
    assert tree.has(PLACE, "sound") == (survives >= 1)
    with tree.incoming(PLACE) as incoming:
        lacking = [name for name in LOOSE if name != "wav" or not tree.has(PLACE, "sound")]
        # Nothing has to be fetched again.
        assert all(incoming.partial(Stored(name)).is_whole for name in lacking)
        files = incoming.finish(NOT_THERE)
    assert files.wav is not None
    assert files.wav.read_bytes() == LOOSE["wav"]
    assert files.json is not None
    assert json.loads(files.json.read_text())["metadata:transcript"] == WORDS
    with np.load(files.npz) as read:
        assert {*read} == {*MOTION}
    assert {file.path for file in tree.ledger.files()} == {f"{NAME}.{end}" for end in ("wav", "json", "npz")}
    assert all(file.is_as_left(tmp_path) for file in tree.ledger.files())
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("data", [b"[]", b"{", b"[" * 100_000])
def test_an_archive_s_words_that_cannot_be_read_are_left_out(tmp_path: Path, data: bytes) -> None:
    tree = CacheTree(tmp_path)
    files = fetched(tree, {"npz": npz(MOTION), "wav": LOOSE["wav"], "json": data})
    assert files.json is None
    assert tree.has(PLACE, "words")
    assert unfinished(tmp_path) == []


def test_what_was_thrown_away_can_be_fetched_anew_at_once(tmp_path: Path) -> None:
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        arrive(incoming, {**LOOSE, "smplh:body_pose": b"<html>busy</html>"})
        with pytest.raises(InputError, match=r"https://bucket\.example/smplh:body_pose"):
            incoming.finish(NOT_THERE)
        arrive(incoming, LOOSE)
        assert incoming.finish(NOT_THERE).npz.exists()


def test_a_clock_that_was_never_set_does_no_harm(tmp_path: Path) -> None:
    """A zip tells no time before 1980."""
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        arrive(incoming, LOOSE)
        for partial in incoming.partials:
            os.utime(partial.path, (0, 0))
        assert incoming.finish(NOT_THERE).npz.exists()
