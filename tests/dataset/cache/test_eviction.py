"""What goes when there is too much, and the book that says what may go."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.eviction import eviction_order
from avatar_server.dataset.cache.ledger import FetchedFile, HeldRecording
from avatar_server.testing.loose_pieces import (
    LOOSE,
    NOT_THERE,
    PLACE,
    arrive,
    fetched,
    partner,
    unfinished,
)


def sized(number: int) -> dict[str, bytes]:
    return {**LOOSE, "wav": b"RIFF" + bytes([number]) * 100_000}


def test_the_least_recently_used_goes_when_there_is_too_much(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path, limit_bytes=250_000)
    for number in (1, 2):
        fetched(tree, sized(number), NOT_THERE, partner(number))
    assert tree.present(partner(1)) is not None  # Used now, so the other one is the older.
    fetched(tree, sized(3), NOT_THERE, partner(3))
    with tree.incoming(partner(4)):
        pass
    assert [tree.present(partner(n)) is not None for n in (1, 2, 3)] == [True, False, True]
    assert not (tmp_path / "improvised/dev/0000/0002" / f"{partner(2).id}.wav").exists()


def test_only_what_we_fetched_and_nobody_changed_is_deleted(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    files = [fetched(tree, sized(number), NOT_THERE, partner(number)) for number in (1, 2, 3)]
    stranger = files[0].npz.with_name("V00_S0001_I00000001_P0001.wav")
    stranger.write_bytes(bytes(100_000))
    assert files[0].wav is not None
    os.utime(files[0].wav, ns=(0, 0))
    with tree.incoming(partner(2)), CacheTree(tmp_path, limit_bytes=0).incoming(partner(9)):
        pass
    assert stranger.exists()
    assert files[0].wav.exists()  # Changed by somebody.
    assert not files[0].npz.exists()
    assert files[1].npz.exists()  # Somebody worked on it.
    assert not files[2].npz.exists()


def test_a_broken_book_is_begun_anew(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    files = fetched(tree, LOOSE, NOT_THERE)
    tree.ledger.path.write_bytes(b"no database at all" * 100)
    again = CacheTree(tmp_path, limit_bytes=0)
    assert again.present(PLACE) == files
    with again.incoming(partner(9)):
        pass
    assert files.npz.exists()


def test_what_is_held_in_two_ways_goes_once_and_by_its_last_use() -> None:
    held = [HeldRecording("a", 10, 5.0), HeldRecording("b", 10, 3.0), HeldRecording("b", 7, 6.0)]
    assert eviction_order([*held, HeldRecording("c", 1, 1.0)], "c") == (
        HeldRecording("a", 10, 5.0),
        HeldRecording("b", 17, 6.0),
    )


def test_what_was_begun_and_never_ended_goes_too(tmp_path: Path) -> None:
    """Whoever looks into a thousand interactions for ten seconds each leaves a thousand halves."""
    tree = CacheTree(tmp_path, limit_bytes=250_000)
    for number in range(1, 6):
        with tree.incoming(partner(number)) as incoming:
            arrive(incoming, {"wav": bytes(100_000)})
            (used,) = (partial.path for partial in incoming.partials)
        os.utime(used, (number, number))
        os.utime(used.with_name("wav.state"), (number, number))
    with tree.incoming(partner(9)):
        left = {path.parts[-3] for path in unfinished(tmp_path) if path.name == "wav"}
    assert left == {str(partner(number).id) for number in (4, 5)}


def test_there_is_no_more_than_the_limit_once_all_is_here(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path, limit_bytes=150_000)
    fetched(tree, sized(1), NOT_THERE, partner(1))
    with tree.incoming(partner(2)) as incoming:
        arrive(incoming, sized(2))
        assert tree.present(partner(1)) is not None
        incoming.finish(NOT_THERE)
        assert tree.present(partner(1)) is None
        assert tree.present(partner(2)) is not None


def test_where_one_cannot_go_the_next_one_does(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    for number in (1, 2, 3):
        fetched(tree, sized(number), NOT_THERE, partner(number))
    with tree.incoming(partner(1)), CacheTree(tmp_path, limit_bytes=250_000).incoming(partner(9)):
        pass
    assert [tree.present(partner(number)) is not None for number in (1, 2, 3)] == [True, False, True]


def test_a_copy_of_a_killed_process_is_removed_by_whoever_makes_room(tmp_path: Path) -> None:
    left = tmp_path / ".avatar-server" / "incoming" / str(partner(1).id) / "private-1-1"
    left.mkdir(parents=True)
    (left / "wav").write_bytes(bytes(1000))
    with CacheTree(tmp_path, limit_bytes=10**9).incoming(partner(9)):
        pass
    assert not left.parent.exists()


@pytest.mark.parametrize("recording", [str(PLACE.id), "../../documents", "x"])
def test_a_book_from_elsewhere_deletes_nothing_outside(tmp_path: Path, recording: str) -> None:
    data_dir, thesis = tmp_path / "data", tmp_path / f"{recording.rpartition('/')[2]}.npz"
    thesis.write_bytes(bytes(1000))
    (tmp_path / "documents" / "shared").mkdir(parents=True)
    (tmp_path / "documents" / "shared" / "letter").write_text("Dear")
    tree = CacheTree(data_dir)
    found = thesis.stat()
    tree.ledger.note(
        [
            FetchedFile(path, recording, found.st_size, found.st_mtime_ns, "", 0.0)
            for path in (f"../{thesis.name}", str(thesis), f"x/../../{thesis.name}")
        ]
    )
    with CacheTree(data_dir, limit_bytes=0).incoming(partner(9)):
        pass
    assert thesis.exists()
    assert (tmp_path / "documents" / "shared" / "letter").exists()


def test_a_book_that_is_damaged_inside_is_begun_anew(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    size_bytes = tree.ledger.path.stat().st_size
    with tree.ledger.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size_bytes - 100))
    again = CacheTree(tmp_path)
    assert again.ledger.files() == ()
    fetched(again, sized(2), NOT_THERE, partner(2))
    assert len(again.ledger.files()) == 3
    assert tree.ledger.files() == again.ledger.files()  # Who had the old one open reads the new one.


def test_whoever_clears_the_hidden_folder_does_not_stop_who_is_running(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    shutil.rmtree(tmp_path / ".avatar-server")
    assert tree.present(PLACE) is not None
    fetched(tree, sized(2), NOT_THERE, partner(2))
    assert {file.recording for file in CacheTree(tmp_path).ledger.files()} == {str(partner(2).id)}


def test_a_book_that_somebody_writes_in_can_be_read(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, LOOSE, NOT_THERE)
    other = sqlite3.connect(tree.ledger.path)
    other.execute("BEGIN IMMEDIATE")
    assert len(tree.ledger.files()) == 3
    assert "smplh:translation" in tree.ledger.absent(str(PLACE.id))
    other.close()
