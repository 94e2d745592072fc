"""What every store beyond a network must do, written once: each fault has its error, and no byte is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.errors import ChangedError, StoreBusyError, TransferError, UnreachableError
from avatar_server.testing.bucket_server import Fault
from avatar_server.testing.store_suite import SOUND, StoreAtWork, StoreSuite, file_of, read_all

MOST_UNREAD_BYTES = 320 << 10
"""Of a large file that somebody left: what two sockets and a pipeline of chunks hold."""


class RemoteStoreAtWork(StoreAtWork, Protocol):
    """One whose server can be told to fail."""

    def fail(self, piece: str, fault: Fault) -> None:
        """Let an answer with bytes of a piece go wrong; faults queue up."""

    def sent_bytes(self, piece: str) -> int:
        """How much of a piece the server has sent."""

    def stop(self) -> None:
        """Let the server be gone; its address refuses connections."""


class RemoteStoreSuite(StoreSuite):
    """For a store that a network and a server are between: each fault has its error, and no byte is wrong."""

    def at_work(self, folder: Path) -> AbstractContextManager[RemoteStoreAtWork]:
        """A store without a recording, whose server can be told to fail."""
        raise NotImplementedError

    @contextmanager
    def remote(self, folder: Path) -> Iterator[tuple[RemoteStoreAtWork, StoredFile]]:
        """A store with a recording, and the sound of it, of which all that is needed to find it is known."""
        with self.at_work(folder) as at_work:
            at_work.put(self.contents)
            file = file_of(at_work.store, "wav")
            assert read_all(file, 0, 10) == SOUND[:10]
            yield at_work, file
            at_work.store.close()

    def test_a_busy_store_says_when_to_come_again(self, tmp_path: Path) -> None:
        """It is asked once; waiting is for whoever asked."""
        with self.remote(tmp_path) as (at_work, file):
            for status in (429, 503):
                for headers, retry_after_s in (({"Retry-After": "7"}, 7.0), ({}, None)):
                    at_work.fail("wav", Fault(status=status, headers=headers))
                    with pytest.raises(StoreBusyError) as caught:
                        file.open(10)
                    assert caught.value.retry_after_s == retry_after_s
                    assert read_all(file) == SOUND

    def test_an_error_of_the_server_is_worth_another_try(self, tmp_path: Path) -> None:
        """By whoever asked: the store does not try again by itself."""
        with self.remote(tmp_path) as (at_work, file):
            for status in (500, 502, 504):
                at_work.fail("wav", Fault(status=status))
                with pytest.raises(TransferError):
                    file.open()
                assert read_all(file) == SOUND

    def test_a_connection_that_is_cut_never_looks_like_the_end(self, tmp_path: Path) -> None:
        """What came before is right."""
        with self.remote(tmp_path) as (at_work, file):
            for cut_after in (0, 300_000):
                for start, stop in ((0, None), (1000, None), (1000, 900_000)):
                    at_work.fail("wav", Fault(cut_after=cut_after))
                    came = bytearray()
                    with pytest.raises(TransferError) as caught:
                        _read_into(came, file, start, stop)
                    assert caught.value.where == file.where
                    assert came == SOUND[start : start + len(came)]
                    assert len(came) <= cut_after
            assert read_all(file, 1000) == SOUND[1000:]

    def test_a_wrong_length_is_an_error(self, tmp_path: Path) -> None:
        """A range that is longer or shorter than was asked for; a file that ends before it said it would."""
        size = len(SOUND)
        with self.remote(tmp_path) as (at_work, file):
            for start, length in ((1, size - 1000), (1, size + 1000), (0, size + 1000)):
                at_work.fail("wav", Fault(length=length))
                with pytest.raises(TransferError):
                    read_all(file, start)
            assert read_all(file) == SOUND

    def test_a_server_that_ignores_ranges_gives_no_wrong_bytes(self, tmp_path: Path) -> None:
        """Either the right ones, or an error."""
        with self.remote(tmp_path) as (at_work, file):
            for start, stop in ((100_000, 100_100), (50_000, None)):
                at_work.fail("wav", Fault(ignore_range=True))
                with suppress(TransferError):
                    assert read_all(file, start, stop) == SOUND[start:stop]

    def test_a_file_that_changes_under_way_is_told(self, tmp_path: Path) -> None:
        """By its ETag alone, although it is as long as before."""
        with self.remote(tmp_path) as (at_work, file):
            with file.open(0, 100) as stream:
                version = stream.version
            for start in (100, 0):
                at_work.fail("wav", Fault(etag='"another"'))
                with pytest.raises(ChangedError):
                    read_all(file, start, version=version)
            assert read_all(file, 100, version=version) == SOUND[100:]

    def test_what_is_left_early_moves_few_bytes(self, tmp_path: Path) -> None:
        """While nobody reads, and when it is closed in the middle."""
        needed = self.contents[self.needed_piece]
        with self.remote(tmp_path) as (at_work, file):
            for read_bytes in (0, 100_000):
                before = at_work.sent_bytes("wav")
                with file.open() as stream:
                    left = read_bytes
                    while left:
                        left -= len(stream.read(min(left, 8 << 10)))
                    # Another file comes through while this one waits for its reader.
                    assert read_all(file_of(at_work.store, self.needed_piece)) == needed
                assert at_work.sent_bytes("wav") - before <= read_bytes + MOST_UNREAD_BYTES

    def test_a_redirect_to_an_unsafe_place_is_not_followed(self, tmp_path: Path) -> None:
        """Files of this machine, and neighbours on the same wire."""
        unsafe = ("file:///etc/passwd", "http://169.254.169.254/latest", "http://[fe80::1]/", "http://[bad")
        with self.remote(tmp_path) as (at_work, file):
            for location in unsafe:
                at_work.fail("wav", Fault(location=location))
                with pytest.raises(TransferError, match="redirect"):
                    file.open()
            assert read_all(file, 0, 10) == SOUND[:10]

    def test_a_server_that_is_gone_is_told(self, tmp_path: Path) -> None:
        """No connection is another trouble than one that breaks."""
        with self.remote(tmp_path) as (at_work, file):
            at_work.stop()
            for error in (TransferError, UnreachableError):  # A connection that was kept breaks first.
                with pytest.raises(error):
                    file.open()


def _read_into(came: bytearray, file: StoredFile, start: int, stop: int | None) -> None:
    with file.open(start, stop) as stream:
        while bite := stream.read(50_000):
            came.extend(bite)
