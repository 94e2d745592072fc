"""What is missing, and what it may come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.catalogue import Catalogue, open_catalogue
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch, with_known_sizes
from avatar_server.dataset.fetching.named_recordings import ArchiveName, recordings_called, recordings_in
from avatar_server.dataset.fetching.piece_sizes import USUAL_LENGTH_S, usual_bytes
from avatar_server.dataset.modalities import MODALITIES, PLAYABLE, SMPLH, pieces_of
from avatar_server.errors import TransferError, UsageError
from avatar_server.testing.synthetic_interaction import synthesize
from tests.dataset.fetching.folder_store import FolderFile, FolderStore, listed

A, B = "V00_S0001_I00000001_P0001", "V00_S0001_I00000001_P0002A"
C = "V03_S0001_I00000001_P0001"


def test_sizes_that_nobody_knows_are_guessed_by_what_arrays_are_like(tmp_path: Path) -> None:
    recordings = listed(tmp_path, A, B)
    tree = CacheTree(tmp_path)
    plan = plan_fetch(recordings, PLAYABLE, tree)
    # 637 bytes a frame of motion and 192 kB a second of sound, and little for words.
    least = round(USUAL_LENGTH_S * (637 * 30 + 192_000))
    assert all(least < one.bytes < 1.01 * least for one in plan.recordings)
    summary = plan.summary
    assert (summary.recordings, summary.here, summary.known_bytes) == (2, 0, 0)
    assert summary.estimated_bytes == sum(one.bytes for one in plan.recordings)
    assert plan.file_count == 18
    everything = plan_fetch(recordings, MODALITIES, tree)
    assert everything.file_count == 2 * len(pieces_of(MODALITIES)) == 2 * 50
    assert everything.summary.estimated_bytes > 3 * summary.estimated_bytes
    without = [replace(one, has_movement=False) for one in recordings]
    assert (
        plan_fetch(without, [*PLAYABLE, "movement"], tree).summary.estimated_bytes == summary.estimated_bytes
    )
    assert plan_fetch(without, [*PLAYABLE, "movement"], tree).to_fetch[0].missing == {*PLAYABLE, "movement"}


def test_what_is_here_is_not_planned_and_tells_how_long_the_rest_is(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2.0)
    made.recordings[1].json.unlink()
    recordings = [
        one for page in [open_catalogue(tmp_path).query()] for one in page.interactions[0].recordings
    ]
    plan = plan_fetch(recordings, PLAYABLE, CacheTree(tmp_path))
    assert [one.missing for one in plan.recordings] == [frozenset(), {"words"}]
    assert plan.summary.here == 1
    video = plan_fetch(recordings, ["video"], CacheTree(tmp_path)).recordings[0]
    assert video.length_s == pytest.approx(2.0, abs=0.01)
    assert video.bytes == usual_bytes("mp4", video.length_s)


def test_sizes_that_a_store_knows_are_taken(tmp_path: Path) -> None:
    recordings = listed(tmp_path, A, B)
    plan = plan_fetch(recordings, ["motion"], CacheTree(tmp_path))
    store = FolderStore(tmp_path)
    sizes = {place_of(recordings[0]): 100, place_of(recordings[1]): None}
    known = with_known_sizes(
        plan,
        lambda place, modalities: tuple(
            FolderFile(tmp_path, piece, store, sizes[place]) for piece in pieces_of(modalities)
        ),
    )
    assert [one.is_known for one in known.recordings] == [True, False]
    assert known.recordings[0].bytes == 100 * len(SMPLH)
    assert known.recordings[1] == plan.recordings[1]
    assert known.summary.known_bytes == 100 * len(SMPLH)
    store.asked = [TransferError("no way", where="there")]
    assert with_known_sizes(plan, store.files) == plan


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    listed(tmp_path, A, B, C)
    return open_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("name", "with_partner", "meant"),
    [
        ("V00_S0001_I00000001", True, [A, B]),
        (A, True, [A, B]),
        (A, False, [A]),
        (f"{B},{A}", True, [B, A]),
        (f"{B}, {C}", True, [B, C]),
        ("V03_S0001_I00000001", True, [C]),
    ],
)
def test_names_mean_recordings(name: str, with_partner: bool, meant: list[str], catalogue: Catalogue) -> None:
    found = recordings_called(catalogue, name, with_partner=with_partner)
    assert [str(one.id) for one in found] == meant


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("V00_S0001_I00000009", "no interaction V00_S0001_I00000009 among the 2 of the catalogue"),
        ("V00_S0001_I00000001_P0002", "which has V00_S0001_I00000001_P0001, V00_S0001_I00000001_P0002A"),
        (f"{A},{B},{C}", "one or two recordings"),
        (f"{A},", "expected a recording id"),
        ("hello", "expected an interaction key"),
        ("../../etc/passwd", "expected an interaction key"),
    ],
)
def test_other_names_are_refused(name: str, said: str, catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match=said):
        recordings_called(catalogue, name)


def test_archives_and_batches(catalogue: Catalogue) -> None:
    archive = ArchiveName.parse("--archive", "improvised/dev/0000/0001", whole_batch=False)
    assert [str(one.id) for one in recordings_in(catalogue, archive)] == [B]
    batch = ArchiveName.parse("--batch", "improvised/dev/0/", whole_batch=True)
    assert str(batch) == "improvised/dev/0000"
    assert [str(one.id) for one in recordings_in(catalogue, batch)] == [A, B, C]
    with pytest.raises(UsageError, match="no recording in improvised/dev/0000/0007"):
        recordings_in(catalogue, replace(archive, archive=7))


@pytest.mark.parametrize(
    ("name", "whole_batch"),
    [
        ("improvised/dev/0000", False),
        ("improvised/dev/0000/0001", True),
        ("improvised/dev", True),
        ("staged/dev/0000", True),
        ("improvised/all/0000", True),
        ("improvised/../0000/0001", False),
        ("improvised/dev/00000/0001", False),
    ],
)
def test_what_is_no_archive_is_refused(name: str, whole_batch: bool) -> None:
    with pytest.raises(UsageError, match="expected one like improvised/train/0000"):
        ArchiveName.parse("--archive", name, whole_batch=whole_batch)
