"""A folder of this machine as a store, beyond the contract: what is found in it, and what of it counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from avatar_server.dataset.stores.local_store import LocalStore
from avatar_server.errors import AbsentError, ChangedError, TransferError
from avatar_server.testing.loose_pieces import NAME, PLACE


def put(folder: Path, *suffixes: str, name: str = NAME) -> Path:
    stem = folder / name
    stem.parent.mkdir(parents=True, exist_ok=True)
    for suffix in suffixes:
        stem.with_name(f"{stem.name}.{suffix}").write_bytes(suffix.encode())
    return stem


@pytest.mark.parametrize("name", [NAME, f"takes/of/mine/{PLACE.id}", str(PLACE.id)])
def test_a_recording_is_found_wherever_it_lies(tmp_path: Path, name: str) -> None:
    stem = put(tmp_path, "npz", "wav", "json", "mp4", name=name)
    files = LocalStore(tmp_path).files(PLACE, {"motion", "sound", "words", "boxes", "video"})
    assert [(file.piece, file.size_bytes) for file in files] == [
        ("wav", 3),
        ("npz", 3),
        ("json", 4),
        ("mp4", 3),
    ]
    assert [file.where for file in files] == [f"{stem}.{file.piece}" for file in files]


def test_only_what_is_there_and_wanted_is_offered(tmp_path: Path) -> None:
    put(tmp_path, "npz", "wav")
    store = LocalStore(tmp_path)
    assert [file.piece for file in store.files(PLACE, {"motion", "words", "movement"})] == ["npz"]
    assert store.files(PLACE, {"video"}) == ()


@pytest.mark.parametrize("suffixes", [(), ("wav",), ("wav", "json", "mp4")])
def test_without_motion_there_is_no_recording(tmp_path: Path, suffixes: tuple[str, ...]) -> None:
    """Nor without the folder: nothing is made."""
    put(tmp_path, *suffixes)
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(AbsentError, match=str(PLACE.id)) as caught:
            LocalStore(folder).files(PLACE, {"motion", "sound"})
        assert caught.value.where == str(folder)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("rewritten", [b"12345", b"x" * 1000, b"x" * 2000])
def test_what_changes_while_it_is_read_is_told(tmp_path: Path, rewritten: bytes) -> None:
    """Otherwise a copy would be half of this and half of that."""
    stem = put(tmp_path, "npz", "wav")
    wav = stem.with_name(f"{stem.name}.wav")
    wav.write_bytes(bytes(1000))
    os.utime(wav, ns=(0, 0))
    file, _ = LocalStore(tmp_path).files(PLACE, {"motion", "sound"})
    with file.open(0, 500) as stream:
        version = stream.version
        assert len(stream.read(10)) == 10
        wav.write_bytes(rewritten)
        with pytest.raises(ChangedError, match=r"wav: it has changed"):
            stream.read(10)
    for start, known in ((500, version), (3000, "")):
        with pytest.raises(ChangedError):
            file.open(start, version=known)


def test_what_is_replaced_while_it_is_read_stays_what_it_was(tmp_path: Path) -> None:
    """As everybody does who writes a file beside it and renames that."""
    stem = put(tmp_path, "npz", "wav")
    file, _ = LocalStore(tmp_path).files(PLACE, {"motion", "sound"})
    with file.open() as stream:
        put(tmp_path, "new")
        stem.with_name(f"{stem.name}.new").replace(stem.with_name(f"{stem.name}.wav"))
        assert stream.read(10) == b"wav"
    with file.open() as stream:
        assert stream.read(10) == b"new"
    stem.with_name(f"{stem.name}.wav").unlink()
    assert file.size_bytes is None
    with pytest.raises(AbsentError):
        file.open()


def test_what_cannot_be_read_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    stem = put(tmp_path, "npz", "wav")
    wav = stem.with_name(f"{stem.name}.wav")
    file, _ = LocalStore(tmp_path).files(PLACE, {"motion", "sound"})
    wav.unlink()
    wav.mkdir()
    with pytest.raises(TransferError, match="directory"):
        file.open()
