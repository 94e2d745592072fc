"""What is in the official tree already loses nothing by what comes, whoever put it there."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.incoming_folders import PLACING, incoming_folder
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.errors import InputError
from avatar_server.testing.loose_pieces import (
    LOOSE,
    MOTION,
    NAME,
    NOT_THERE,
    PLACE,
    VOICE,
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


def theirs(tmp_path: Path, suffix: str, data: bytes) -> Path:
    official = tmp_path / f"{NAME}.{suffix}"
    official.parent.mkdir(parents=True, exist_ok=True)
    official.write_bytes(data)
    return official


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


def test_two_copies_that_are_finished_at_once_keep_what_each_of_them_adds(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    with tree.incoming(PLACE) as first, tree.incoming(PLACE) as second:
        arrive(first, {"boxes_and_keypoints:box": npy(BOX), "annotations:3P-V": lines([])})
        arrive(second, {"movement:FAUValue": npy(FAU), "annotations:1P-R": lines([])})
        holding = FolderLock.wait_for(incoming_folder(tmp_path, str(PLACE.id)) / PLACING)
        threads = [threading.Thread(target=one.finish, args=((),)) for one in (first, second)]
        for thread in threads:
            thread.start()
        holding.release()
        for thread in threads:
            thread.join()
    with np.load(tmp_path / f"{NAME}.npz") as read:
        assert {*read} == {*MOTION, "boxes_and_keypoints:box", "movement:FAUValue"}
    document = json.loads((tmp_path / f"{NAME}.json").read_text())
    assert {"metadata:vad", "annotations:3P-V", "annotations:1P-R"} <= {*document}
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("bundled", [True, False])
def test_what_somebody_else_wrote_is_kept_where_ours_would_differ(tmp_path: Path, bundled: bool) -> None:
    edited = {**MOTION, "smplh:global_orient": np.full((4, 3), 7.0, np.float32), "mine:own": BOX}
    words = [{"words": [], "start": 0.0, "end": 9.0, "transcript": "Corrected by hand."}]
    theirs(tmp_path, "npz", npz(edited))
    theirs(tmp_path, "json", json.dumps({"id": str(PLACE.id), "metadata:transcript": words}).encode())
    tree = CacheTree(tmp_path)
    if bundled:
        document = json.dumps({"id": "x", "metadata:transcript": WORDS, "metadata:vad": VOICE}).encode()
        fetched(tree, {"npz": npz({**MOTION, "boxes_and_keypoints:box": BOX}), "json": document})
    else:
        fetched(tree, {**LOOSE, "boxes_and_keypoints:box": npy(BOX)}, NOT_THERE)
    with np.load(tmp_path / f"{NAME}.npz") as read:
        assert (read["smplh:global_orient"] == 7.0).all()
        assert {*read} == {*edited, "boxes_and_keypoints:box"}
    document_now = json.loads((tmp_path / f"{NAME}.json").read_text())
    assert document_now == {
        "id": str(PLACE.id),
        "metadata:transcript": words,
        "metadata:vad": VOICE,
    }


def test_what_cannot_be_read_is_set_aside_and_not_lost(tmp_path: Path) -> None:
    """An official tool that is just writing its NPZ; a transcript as JSON Lines where JSON belongs."""
    half = npz(MOTION)[:-40]
    theirs(tmp_path, "npz", half)
    theirs(tmp_path, "json", lines([WORDS[0], WORDS[0]]))
    files = fetched(CacheTree(tmp_path), LOOSE, NOT_THERE)
    with np.load(files.npz) as read:
        assert {*read} == {*MOTION}
    assert (tmp_path / f"{NAME}.npz.before-1").read_bytes() == half
    assert (tmp_path / f"{NAME}.json.before-1").read_bytes() == lines([WORDS[0], WORDS[0]])
    files.npz.write_bytes(half[:-1])
    fetched(CacheTree(tmp_path), LOOSE, NOT_THERE)
    assert (tmp_path / f"{NAME}.npz.before-1").read_bytes() == half
    assert (tmp_path / f"{NAME}.npz.before-2").read_bytes() == half[:-1]


def test_a_file_that_is_damaged_inside_costs_nothing_that_came(tmp_path: Path) -> None:
    data = stored_npz(MOTION).replace(b"\xcd\xcc\xcc", b"\xcd\xcc\xcd", 1)
    official = theirs(tmp_path, "npz", data)
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        arrive(incoming, {"boxes_and_keypoints:box": npy(BOX)})
        with pytest.raises(InputError, match=r"P1275A\.npz: expected an NPZ"):
            incoming.finish(())
        assert incoming.partial(Stored("boxes_and_keypoints:box")).is_whole
    assert official.read_bytes() == data
    assert not [path for path in unfinished(tmp_path) if path.name.startswith("new.")]
