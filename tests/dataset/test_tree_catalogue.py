"""The catalogue of a folder without a file list, and the files that only it needs."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.catalogue import open_catalogue
from avatar_server.dataset.selection import Selection
from avatar_server.errors import UsageError
from avatar_server.testing.synthetic_interaction import synthesize

KEY = "V00_S0001_I00000002"


def put(folder: Path, stem: str, *arrays: str, annotations: str = "") -> None:
    """An NPZ with arrays of these names, and a JSON if there are to be annotations of a kind."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}.npz", "w") as archive:
        for name in arrays:
            content = io.BytesIO()
            np.save(content, np.zeros((2, 3), np.float32))
            archive.writestr(f"{name}.npy", content.getvalue())
    if annotations:
        spans = [{"annotation": "smiles", "start_ts": 0.0, "end_ts": 1.0}]
        (folder / f"{stem}.json").write_text(json.dumps({"id": stem, f"annotations:{annotations}": spans}))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    batch = tmp_path / "naturalistic" / "test" / "0007"
    put(batch / "0001", f"{KEY}_P0002B", "smplh:body_pose", "movement:FAUValue", annotations="3P-R")
    put(batch / "0099", f"{KEY}_P0001", "smplh:body_pose", "movement_v4:FAUValue")
    put(tmp_path / "improvised" / "dev" / "0000" / "0000", "V01_S0001_I00000002_P0001", "smplh:is_valid")
    put(tmp_path / "elsewhere", "V02_S0001_I00000003_P0001", "movement:FAUValue", annotations="1P-IS")
    return tmp_path


def found(folder: Path, selection: Selection) -> list[str]:
    return [str(one.key) for one in open_catalogue(folder).query(selection).interactions]


def test_a_tree_is_listed_as_its_names_and_files_tell(tree: Path) -> None:
    pair, lone, loose = open_catalogue(tree).query().interactions
    assert (str(pair.key), pair.label, pair.split, pair.is_lone) == (KEY, "naturalistic", "test", False)
    assert [(str(one.participant), one.batch, one.archive) for one in pair.recordings] == [
        ("V00_P0001", 7, 99),
        ("V00_P0002B", 7, 1),
    ]
    assert [(one.has_movement, one.has_annotation_1p, one.has_annotation_3p) for one in pair.recordings] == [
        (True, False, False),
        (True, False, True),
    ]
    assert (lone.is_lone, lone.label, lone.has_movement) == (True, "improvised", False)
    assert (loose.label, loose.split, loose.recordings[0].batch) == ("", "", None)
    assert loose.recordings[0].has_annotation_1p is True


def test_a_tree_is_searched(tree: Path) -> None:
    lone, loose = "V01_S0001_I00000002", "V02_S0001_I00000003"
    assert found(tree, Selection(split="test")) == [KEY]
    assert found(tree, Selection(has_movement=True)) == [KEY, loose]
    assert found(tree, Selection(has_movement=False)) == [lone]
    assert found(tree, Selection(has_annotations=True)) == [KEY, loose]
    assert found(tree, Selection(has_annotations=False)) == [lone]
    assert found(tree / "naturalistic" / "test", Selection()) == [KEY]


def test_the_other_files_tell_of_a_tree_as_well(tree: Path) -> None:
    (tree / "relationships.csv").write_text("vendor_id,session_id,relationship\nV00,1,familiar\n")
    assert found(tree, Selection(relationship="familiar")) == [KEY]


def test_what_cannot_be_read_is_not_known(tree: Path) -> None:
    place = tree / "naturalistic" / "test" / "0007" / "0099"
    (place / f"{KEY}_P0001.npz").write_bytes(b"PK\x03\x04 cut short")
    (pair,) = open_catalogue(tree).query(Selection(vendor=0)).interactions
    assert pair.has_movement is None
    assert KEY not in found(tree, Selection(has_movement=True)) + found(tree, Selection(has_movement=False))


def test_a_recording_that_is_there_twice_counts_once(tree: Path) -> None:
    batch = tree / "naturalistic" / "test" / "0007"
    shutil.copytree(batch / "0099", batch / "0100")
    (pair,) = open_catalogue(tree).query(Selection(vendor=0)).interactions
    assert [one.archive for one in pair.recordings] == [99, 1]


def test_a_synthetic_interaction_is_listed(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2)
    (listed,) = open_catalogue(tmp_path).query().interactions
    assert (listed.key, listed.label, listed.split) == (made.key, made.label, made.split)
    assert [one.id for one in listed.recordings] == sorted(one.id for one in made.recordings)


def test_a_folder_with_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no filelist\.csv and no recording in"):
        open_catalogue(tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        open_catalogue(tmp_path / "none")
