"""What every store must do, written once: a store's tests inherit `StoreSuite`.

It knows recordings by their `Contents`, and a store's tests say how to put them where the store looks. Stores
with a network in between inherit `remote_store_suite.RemoteStoreSuite`, which asks for more.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Protocol

import pytest

from avatar_server.dataset.modalities import LOOSE_PIECES, PLAYABLE
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace, Store, StoredFile
from avatar_server.errors import (
    AbsentError,
    AvatarServerError,
    ChangedError,
)
from avatar_server.testing.loose_pieces import LOOSE, MOTION, PLACE, stored_npz

ELSEWHERE = RecordingPlace(RecordingId(0, 809, 582, 1276), "improvised", "dev", 0, 11)
"""A recording that no store has."""

SOUND = b"RIFF" + b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(1 << 15))
"""1 MiB, no two parts of which are alike."""

OTHER_SOUND = b"RIFX" + SOUND[:3:-1]

Contents = Mapping[str, bytes]
"""Pieces of the recording at `PLACE`, by name."""

LOOSE_CONTENTS: Contents = {**LOOSE, "wav": SOUND}
BUNDLED_CONTENTS: Contents = {"wav": SOUND, "npz": stored_npz(MOTION), "json": b'{"id": "a"}'}


class StoreAtWork(Protocol):
    """A store, and what stands behind it."""

    store: Store
    secrets: tuple[str, ...]
    """What the store was given and must never tell."""

    def put(self, contents: Contents) -> None:
        """Put pieces of the recording at `PLACE` where the store looks, in the place of others if need be."""


def file_of(store: Store, piece: str, place: RecordingPlace = PLACE) -> StoredFile:
    """One of the files that a player needs."""
    return next(file for file in store.files(place, PLAYABLE) if file.piece == piece)


def read_all(file: StoredFile, start: int = 0, stop: int | None = None, *, version: str = "") -> bytes:
    """What a stream gives, in bites of odd sizes."""
    bites, size = [], 1
    with file.open(start, stop, version=version) as stream:
        while bite := stream.read(size):
            assert len(bite) <= size
            bites.append(bite)
            size = size * 3 % 300_007 + 1
        assert stream.read(1) == b""
    return b"".join(bites)


class StoreSuite:
    """Inherit, name the subclass `Test...`, and say how a store comes to recordings."""

    contents: ClassVar[Contents] = LOOSE_CONTENTS
    """What the store has of the recording at `PLACE`: `BUNDLED_CONTENTS` where arrays lie in one file."""

    needed_piece: ClassVar[str] = "smplh:body_pose"
    """One that a recording is not there without."""

    def at_work(self, folder: Path) -> AbstractContextManager[StoreAtWork]:
        """A store without a recording; nothing else uses `folder`."""
        raise NotImplementedError

    @contextmanager
    def opened(self, folder: Path) -> Iterator[StoreAtWork]:
        """A store with `contents`, closed twice, as the contract allows."""
        with self.at_work(folder) as at_work:
            at_work.put(self.contents)
            yield at_work
            at_work.store.close()
            at_work.store.close()

    def test_each_piece_comes_whole(self, tmp_path: Path) -> None:
        """Every one that is there, byte by byte; streams know where they begin and how long the file is."""
        with self.opened(tmp_path) as at_work:
            for piece, data in self.contents.items():
                file = file_of(at_work.store, piece)
                assert read_all(file) == data
                assert file.size_bytes in (None, len(data))
                with file.open() as stream:
                    assert (stream.start, stream.size_bytes) == (0, len(data))

    def test_what_a_player_needs_is_offered_and_nothing_else(self, tmp_path: Path) -> None:
        """Pieces of the modalities that were asked for, by their names; each says where it is."""
        with self.opened(tmp_path) as at_work:
            files = at_work.store.files(PLACE, PLAYABLE)
            pieces = [file.piece for file in files]
            assert set(self.contents) <= set(pieces)
            assert len(pieces) == len(set(pieces))
            loose = {piece for modality in PLAYABLE for piece in LOOSE_PIECES[modality]}
            assert set(pieces) <= loose | {"npz", "json"}
            assert [file.piece for file in at_work.store.files(PLACE, {"sound"})] == ["wav"]
            assert all(file.where for file in files)
            assert at_work.store.name

    def test_ranges_are_exact(self, tmp_path: Path) -> None:
        """From the middle, to the end, and beyond it; with the version that is known, too."""
        size = len(SOUND)
        ranges = ((0, 1), (1000, 1001), (5, 70_000), (size // 2, None), (size - 1, None), (100, 1 << 40))
        with self.opened(tmp_path) as at_work:
            file = file_of(at_work.store, "wav")
            for start, stop in ranges:
                with file.open(start, stop) as stream:
                    version = stream.version
                    assert (stream.start, stream.size_bytes) == (start, size)
                assert read_all(file, start, stop) == SOUND[start:stop]
                assert read_all(file, start, stop, version=version) == SOUND[start:stop]

    def test_the_version_tells_a_file_from_another(self, tmp_path: Path) -> None:
        """The same for all ranges; who has bytes of an older file is told, however the range is asked for."""
        with self.opened(tmp_path) as at_work:
            file = file_of(at_work.store, "wav")
            with file.open() as stream, file.open(77, 99) as other:
                version = stream.version
                assert version == other.version != ""
            at_work.put({**self.contents, "wav": OTHER_SOUND})
            for start, stop in ((1000, None), (1000, 2000)):
                with pytest.raises(ChangedError):
                    read_all(file_of(at_work.store, "wav"), start, stop, version=version)
                with pytest.raises(ChangedError):
                    read_all(file, start, stop, version=version)
            assert read_all(file_of(at_work.store, "wav")) == OTHER_SOUND

    def test_a_recording_that_is_nowhere_is_absent(self, tmp_path: Path) -> None:
        """Either at once, or when a piece without which there is none is opened."""
        with self.opened(tmp_path) as at_work, pytest.raises(AbsentError) as caught:
            file_of(at_work.store, self.needed_piece, ELSEWHERE).open()
        assert caught.value.where

    def test_a_piece_that_is_not_there_is_not_offered_or_absent(self, tmp_path: Path) -> None:
        """A recording without words is one."""
        with self.at_work(tmp_path) as at_work:
            at_work.put({piece: data for piece, data in self.contents.items() if "metadata" not in piece})
            for file in at_work.store.files(PLACE, PLAYABLE):
                if file.piece not in self.contents or "metadata" in file.piece:
                    with pytest.raises(AbsentError):
                        file.open()
                else:
                    assert read_all(file) == self.contents[file.piece]
            at_work.store.close()

    def test_streams_may_be_left_and_closed_twice(self, tmp_path: Path) -> None:
        """In the middle, at the end, before the first byte; and hurried from anywhere."""
        with self.opened(tmp_path) as at_work:
            for most in (0, 10, len(SOUND)):
                stream = file_of(at_work.store, "wav").open()
                came = stream.read(most) if most else b""
                assert came == SOUND[: len(came)]
                stream.relax()
                stream.close()
                stream.close()
            with file_of(at_work.store, "wav").open(7) as stream:
                first = stream.read(9)
                stream.relax()
                rest = b"".join(iter(lambda: stream.read(1 << 16), b""))
                assert first + rest == SOUND[7:]

    def test_many_threads_read_at_once(self, tmp_path: Path) -> None:
        """Each gets its own bytes."""
        with self.opened(tmp_path) as at_work:
            jobs = [(piece, number * 3) for number in range(3) for piece in self.contents]
            found: dict[tuple[str, int], bytes] = {}

            def read(piece: str, start: int) -> None:
                found[piece, start] = read_all(file_of(at_work.store, piece), start)

            threads = [threading.Thread(target=read, args=job) for job in jobs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == {(piece, start): self.contents[piece][start:] for piece, start in jobs}

    def test_no_secret_is_told(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Neither where files are, nor when something is wrong, nor in what is logged at any level."""
        caplog.set_level("DEBUG")
        told: list[str] = []
        with self.opened(tmp_path) as at_work:
            for place in (PLACE, ELSEWHERE):
                with suppress(AbsentError):
                    for file in at_work.store.files(place, PLAYABLE):
                        told += [file.where, repr(file)]
                        _tell_of(lambda file=file: file.open(1, version='"odd"').close(), told)  # type: ignore[misc]
            said = "\n".join([*told, *(record.getMessage() for record in caplog.records), caplog.text])
            assert told
            assert not [secret for secret in at_work.secrets if secret in said]


def _tell_of(action: Callable[[], None], told: list[str]) -> None:
    try:
        action()
    except AvatarServerError as error:
        told.append(f"{error} {error!r}")
