"""What is here, what is arriving, and whose it is just now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.modalities import LOOSE_PIECES, PLAYABLE
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.errors import MachineError, UsageError
from avatar_server.testing.loose_pieces import (
    FILM,
    LOOSE,
    MOTION,
    NOT_THERE,
    PLACE,
    Stored,
    arrive,
    fetched,
    npz,
    unfinished,
)


def test_what_is_here_is_known_by_modality_and_what_no_store_has_is_remembered(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    assert not any(tree.has(PLACE, modality) for modality in LOOSE_PIECES)
    fetched(tree, LOOSE, NOT_THERE)
    again = CacheTree(tmp_path)
    assert {modality for modality in LOOSE_PIECES if again.has(PLACE, modality)} == PLAYABLE
    fetched(tree, {}, (*LOOSE_PIECES["movement"], "mp4"))
    assert again.has(PLACE, "movement")
    assert again.has(PLACE, "video")


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
            arrive(second, {"mp4": FILM})
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


def test_an_archive_without_words_is_not_asked_for_them_again(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, {"npz": npz(MOTION), "wav": LOOSE["wav"]}, ("json",))
    assert tree.has(PLACE, "words")
    assert tree.has(PLACE, "motion")


def test_a_recording_that_is_not_there_is_not_had(tmp_path: Path) -> None:
    tree = CacheTree(tmp_path)
    fetched(tree, {}, ("npz",))
    assert not tree.has(PLACE, "motion")
    assert tree.present(PLACE) is None


@pytest.mark.parametrize("piece", ["../../thesis", "lock", "new.npz", "smplh:../body", "", "smplh:"])
def test_no_store_names_a_file_of_the_cache(tmp_path: Path, piece: str) -> None:
    with CacheTree(tmp_path).incoming(PLACE) as incoming, pytest.raises(ValueError, match="no piece"):
        incoming.partial(Stored(piece))


def test_whoever_has_closed_keeps_out_of_what_is_the_next_one_s(tmp_path: Path) -> None:
    incoming = CacheTree(tmp_path).incoming(PLACE)
    incoming.close()
    incoming.close()
    with pytest.raises(ValueError, match="closed"):
        incoming.partial(Stored("wav"))
    assert unfinished(tmp_path) == []


def test_another_store_s_file_takes_the_place_of_the_first_one_s(tmp_path: Path) -> None:
    with CacheTree(tmp_path).incoming(PLACE) as incoming:
        arrive(incoming, {"wav": LOOSE["wav"] + b" of another length"})
        partial = incoming.partial(Stored("wav", store="https://other.example"))
        assert partial.size_bytes is None
        partial.describe(len(LOOSE["wav"]), "v1")
        partial.write(0, LOOSE["wav"])
        arrive(incoming, {name: data for name, data in LOOSE.items() if name != "wav"})
        files = incoming.finish(NOT_THERE)
    assert files.wav is not None
    assert files.wav.read_bytes() == LOOSE["wav"]


def test_what_can_be_read_but_not_noted_is_played_all_the_same(tmp_path: Path) -> None:
    files = fetched(CacheTree(tmp_path), LOOSE, NOT_THERE)
    tree = CacheTree(tmp_path)
    tree.ledger.path.unlink()
    tree.ledger.path.mkdir()  # A book that cannot be opened.
    assert tree.present(PLACE) == files
