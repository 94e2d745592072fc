"""One file fetched whole from a store that fails as ordered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.download import (
    CHUNK_BYTES,
    MOST_CHANGES,
    MOST_FAILURES,
    FetchStoppedError,
    download,
)
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    InputError,
    MachineError,
    StoreBusyError,
    StoreError,
    TransferError,
)
from tests.dataset.fetching.ordered_file import ALL, NEW, OLD, WHERE, Answer, OrderedFile, OrderedStream


@dataclass
class Patience:
    """Waits no time at all and keeps for how long it should have; stop: says when it was enough."""

    stop: Callable[[float], bool] = lambda seconds: False
    waited_s: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def wait(self, seconds: float) -> bool:
        if seconds:
            self.waited_s.append(seconds)
        return self.stop(seconds)

    def trouble(self, error: StoreError, wait_s: float) -> None:
        self.troubles.append(f"{error} ({wait_s:g})")


def fetch(
    file: OrderedFile, into: PartialFile, patience: Patience | None = None, *, expected: bytes = OLD
) -> Patience:
    patience = patience or Patience()
    download(file, into, wait=patience.wait, on_trouble=patience.trouble)
    assert into.is_whole
    assert into.read(0, len(expected)) == expected
    assert into.size_bytes == len(expected)
    assert all(stream.is_closed for stream in file.streams)
    return patience


@pytest.fixture
def into(tmp_path: Path) -> PartialFile:
    return PartialFile(tmp_path / "wav", source=WHERE)


def test_a_file_that_nothing_happens_to_takes_one_request(into: PartialFile) -> None:
    file = OrderedFile([ALL])
    assert fetch(file, into).waited_s == []
    assert file.asked == [(0, None, "")]
    fetch(file, into)
    assert len(file.asked) == 1  # It is here.


def test_a_file_of_many_chunks_and_one_of_none(tmp_path: Path) -> None:
    large = bytes(3 * CHUNK_BYTES // 300 * 300 + 7)
    fetch(OrderedFile([Answer(large)]), PartialFile(tmp_path / "wav", source=WHERE), expected=large)
    fetch(OrderedFile([Answer(b"")]), PartialFile(tmp_path / "empty", source=WHERE), expected=b"")


def test_only_what_is_missing_is_asked_for_once_a_gap(into: PartialFile) -> None:
    into.describe(len(OLD), "v1")
    into.write(0, OLD[:100])
    into.write(400, OLD[400:500])
    file = OrderedFile([ALL])
    assert fetch(file, into).waited_s == []
    assert file.asked == [(100, 400, "v1"), (500, None, "v1")]


@pytest.mark.parametrize("breaks", [True, False])
def test_it_goes_on_exactly_where_the_bytes_ended(into: PartialFile, breaks: bool) -> None:
    """A connection that breaks, and a server that closes it before the length that it told."""
    file = OrderedFile([Answer(most=301, breaks=breaks), Answer(most=99, breaks=breaks), ALL])
    patience = fetch(file, into)
    assert file.asked == [(0, None, ""), (301, None, "v1"), (400, None, "v1")]
    assert patience.waited_s == [1.0, 1.0]  # Something came each time.
    assert all(WHERE in trouble for trouble in patience.troubles)


def test_without_a_byte_the_waits_grow_until_it_is_given_up(into: PartialFile) -> None:
    broken = Answer(fails_with=TransferError("no connection", where=WHERE))
    patience = Patience()
    with pytest.raises(TransferError, match="no connection"):
        fetch(OrderedFile([broken]), into, patience)
    assert patience.waited_s == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert len(patience.troubles) == MOST_FAILURES


def test_what_works_again_counts_as_mended(into: PartialFile) -> None:
    broken = Answer(fails_with=TransferError("no connection", where=WHERE))
    into.describe(len(OLD), "v1")
    into.write(400, OLD[400:500])
    file = OrderedFile([*[broken] * MOST_FAILURES, ALL, *[broken] * MOST_FAILURES, ALL])
    patience = fetch(file, into)
    assert patience.waited_s == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0] * 2


def test_a_busy_store_is_given_the_time_it_wants(into: PartialFile) -> None:
    busy = [
        Answer(fails_with=StoreBusyError("429", where=WHERE, retry_after_s=7.0)),
        Answer(fails_with=StoreBusyError("500", where=WHERE)),
        Answer(fails_with=StoreBusyError("429", where=WHERE, retry_after_s=1e9)),
    ]
    assert fetch(OrderedFile([*busy, ALL]), into).waited_s == [7.0, 2.0, 600.0]


@pytest.mark.parametrize("error", [AbsentError, DeniedError])
def test_what_is_not_to_be_had_is_not_tried_again(into: PartialFile, error: type[StoreError]) -> None:
    file = OrderedFile([Answer(fails_with=error("no", where=WHERE))])
    with pytest.raises(error):
        fetch(file, into)
    assert len(file.asked) == 1


def test_a_file_that_changes_is_fetched_from_its_beginning(into: PartialFile) -> None:
    file = OrderedFile([Answer(most=500), Answer(NEW, "v2", most=10), Answer(NEW, "v2")])
    fetch(file, into, expected=NEW)
    # The second request found out, the third began anew.
    assert file.asked == [(0, None, ""), (500, None, "v1"), (0, None, "")]
    assert into.version == "v2"


@pytest.mark.parametrize("new", [NEW, OLD[::-1]])
def test_nothing_is_mixed_where_only_the_answer_shows_the_change(into: PartialFile, new: bytes) -> None:
    changed = Answer(new, "v2", checks_version=False)
    file = OrderedFile([Answer(most=500), changed])
    fetch(file, into, expected=new)
    assert file.asked == [(0, None, ""), (500, None, "v1"), (0, 500, "v2")]


def test_a_file_that_is_always_another_one_is_given_up(into: PartialFile) -> None:
    orders = [Answer(OLD[number:], f"v{number}", most=400) for number in range(2 * MOST_CHANGES + 4)]
    file = OrderedFile(orders)
    with pytest.raises(ChangedError):
        fetch(file, into)
    assert len(file.asked) == 2 * (MOST_CHANGES + 1)


@pytest.mark.parametrize("ignores_stop", [True, False])
def test_a_server_that_knows_no_ranges_serves_as_well(into: PartialFile, ignores_stop: bool) -> None:
    into.describe(len(OLD), "v1")
    into.write(0, OLD[:100])
    into.write(400, OLD[400:500])
    file = OrderedFile([Answer(begins_at=0, ignores_stop=ignores_stop)])
    assert fetch(file, into).troubles == []


@pytest.mark.parametrize("begins_at", [101, 999, -1])
def test_bytes_of_another_place_are_not_taken(into: PartialFile, begins_at: int) -> None:
    into.describe(len(OLD), "v1")
    into.write(0, OLD[:100])
    patience = fetch(OrderedFile([Answer(begins_at=begins_at), ALL]), into)
    assert "bytes from 100 on" in patience.troubles[0]


def test_a_size_below_nothing_is_no_file(into: PartialFile) -> None:
    class Absurd(OrderedFile):
        def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> OrderedStream:
            stream = super().open(start, stop, version=version)
            stream.size_bytes = -1
            return stream

    with pytest.raises(InputError, match="0 bytes or more"):
        fetch(Absurd([ALL]), into)
    assert not into.is_whole


def test_whoever_stops_keeps_what_came(into: PartialFile) -> None:
    file = OrderedFile([ALL])
    stopping = threading.Event()
    into.on_change(lambda: stopping.set() if into.here.byte_count >= 600 else None)
    with pytest.raises(FetchStoppedError, match=WHERE):
        download(file, into, wait=stopping.wait)
    assert into.here == ByteSpans(((0, 600),))
    with pytest.raises(FetchStoppedError):
        download(file, into, wait=stopping.wait)
    assert len(file.asked) == 1  # Nobody is asked for what nobody wants.
    into.close()
    again = PartialFile(into.path, source=WHERE)
    fetch(file, again)
    assert file.asked[1:] == [(600, None, "v1")]


def test_whoever_stops_while_it_waits_asks_no_more(into: PartialFile) -> None:
    file = OrderedFile([Answer(most=10), ALL])
    with pytest.raises(FetchStoppedError):
        fetch(file, into, Patience(stop=lambda seconds: seconds > 0))
    assert len(file.asked) == 1


def test_a_disk_without_room_is_not_the_store_s_fault(tmp_path: Path) -> None:
    into = PartialFile(tmp_path / "wav", source=WHERE)
    (tmp_path / "wav.state.new").mkdir()  # Nothing can be kept.
    file = OrderedFile([ALL])
    with pytest.raises(MachineError, match="cannot be written"):
        fetch(file, into)
    assert len(file.asked) == 1
    assert all(stream.is_closed for stream in file.streams)
