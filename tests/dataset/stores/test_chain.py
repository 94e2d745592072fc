"""Several stores as one: who is asked, in which order, and what is said if nobody has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.dataset.modalities import PLAYABLE, Modality, pieces_of
from avatar_server.dataset.stores.chain import Chain
from avatar_server.dataset.stores.https_bucket import HttpsBucket, bucket_path
from avatar_server.dataset.stores.local_store import LocalStore
from avatar_server.errors import AbsentError, DeniedError, StoreBusyError, UnreachableError
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.loose_pieces import LOOSE, NAME, PLACE

FIRST = bucket_path(PLACE, "smplh:global_orient")


class Sources:
    """A folder and two buckets, and the chain of them."""

    def __init__(self, folder: Path, first: BucketServer, second: BucketServer) -> None:
        self.data_dir = folder / "data"
        self.first, self.second = first, second
        self.chain = Chain((LocalStore(self.data_dir), HttpsBucket(first.url), HttpsBucket(second.url)))

    def put_here(self, *suffixes: str) -> None:
        for suffix in suffixes:
            path = self.data_dir / f"{NAME}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"here")

    def put(self, server: BucketServer, *pieces: str) -> None:
        for piece in pieces or tuple(LOOSE):
            path = server.folder / bucket_path(PLACE, piece)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(LOOSE[piece])

    def came_from(self, *modalities: Modality) -> str:
        files = self.chain.files(PLACE, modalities or PLAYABLE)
        (origin,) = {
            next(name for name, where in self.wheres if file.where.startswith(where)) for file in files
        }
        return origin

    @property
    def wheres(self) -> tuple[tuple[str, str], ...]:
        return (("here", str(self.data_dir)), ("first", self.first.url), ("second", self.second.url))


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with BucketServer(tmp_path / "first") as first, BucketServer(tmp_path / "second") as second:
        sources = Sources(tmp_path, first, second)
        yield sources
        sources.chain.close()
        sources.chain.close()


def test_what_is_here_is_asked_of_nobody(sources: Sources) -> None:
    sources.put_here("npz", "wav")
    sources.put(sources.first)
    assert sources.came_from() == "here"
    assert not sources.first.asked
    assert not sources.second.asked


def test_the_first_that_has_it_gives_all_of_it(sources: Sources) -> None:
    """One byte of one file is asked for; whether the others are there shows when they are opened."""
    sources.put(sources.first)
    sources.put(sources.second)
    assert sources.came_from() == "first"
    assert [(asked.path, asked.headers["range"]) for asked in sources.first.asked] == [(FIRST, "bytes=0-0")]
    assert not sources.second.asked


def test_the_last_one_is_believed_without_asking(sources: Sources) -> None:
    assert sources.came_from() == "second"
    assert sources.first.requests() == 1
    assert not sources.second.asked


@pytest.mark.parametrize("suffixes", [("wav",), ("wav", "json"), ("npz",), ("npz", "json", "mp4")])
def test_what_is_here_in_part_only_is_asked_of_the_next(sources: Sources, suffixes: tuple[str, ...]) -> None:
    sources.put_here(*suffixes)
    sources.put(sources.first)
    assert sources.came_from() == "first"


def test_what_was_recorded_without_sound_is_played_if_nobody_has_more(sources: Sources) -> None:
    sources.put_here("npz", "json")
    assert sources.came_from() == "here"
    assert (sources.first.requests(), sources.second.requests()) == (1, 1)
    sources.first.close()
    sources.second.close()
    assert sources.came_from() == "here"


def test_only_what_is_wanted_has_to_be_there(sources: Sources) -> None:
    sources.put_here("npz")
    assert sources.came_from("motion") == "here"
    assert sources.came_from("motion", "words") == "here"
    sources.put(sources.first)
    assert sources.came_from("motion", "sound") == "first"


def test_a_store_in_trouble_is_passed_over(sources: Sources) -> None:
    sources.put(sources.second)
    for fault in (Fault(status=500), Fault(status=429), Fault(status=401)):
        sources.first.fail(FIRST, fault)
        assert sources.came_from() == "second"
    sources.first.close()
    assert sources.came_from() == "second"


def test_trouble_is_told_before_absence(sources: Sources) -> None:
    """What may be in a store that did not answer is not known to be nowhere."""
    local, first = LocalStore(sources.data_dir), HttpsBucket(sources.first.url)
    nowhere = LocalStore(sources.data_dir / "nowhere")
    with pytest.raises(AbsentError, match="nowhere"):
        Chain((local, nowhere)).files(PLACE, PLAYABLE)
    chain = Chain((local, first, nowhere))
    with pytest.raises(AbsentError):
        chain.files(PLACE, PLAYABLE)
    sources.first.fail(FIRST, Fault(status=503))
    with pytest.raises(StoreBusyError):
        chain.files(PLACE, PLAYABLE)
    sources.first.fail(FIRST, Fault(status=401))
    with pytest.raises(DeniedError):
        chain.files(PLACE, PLAYABLE)
    sources.first.close()
    with pytest.raises(UnreachableError):
        Chain((first, nowhere)).files(PLACE, PLAYABLE)
    first.close()


def test_who_fetches_into_a_folder_asks_the_others(sources: Sources) -> None:
    sources.put_here("npz", "wav")
    sources.put(sources.first)
    files = sources.chain.without("local").files(PLACE, PLAYABLE)
    assert [file.piece for file in files] == list(pieces_of(PLAYABLE))
    assert files[0].where.startswith(sources.first.url)
