"""What goes when the cache is too large, and what never does."""

from __future__ import annotations

import os
from pathlib import Path

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.testing.loose_pieces import LOOSE, NOT_THERE, PLACE, fetched


def partner(number: int) -> RecordingPlace:
    return RecordingPlace(RecordingId(0, 809, 582, number), "improvised", "dev", 0, number)


def sized(number: int) -> dict[str, bytes]:
    return {**LOOSE, "wav": bytes([number]) * 100_000}


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
