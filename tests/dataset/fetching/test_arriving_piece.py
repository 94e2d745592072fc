"""One piece that is read as far as is wanted, from a store that fails as ordered, by hand."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.arriving_piece import (
    AT_ONCE_S,
    READ_THROUGH_BYTES,
    ArrivingPiece,
    next_position,
)
from avatar_server.errors import (
    AbsentError,
    ChangedError,
    DeniedError,
    MachineError,
    StoreBusyError,
    StoreError,
    TransferError,
    UnreachableError,
)
from tests.dataset.fetching.guide_by_hand import ByHand
from tests.dataset.fetching.ordered_file import ALL, NEW, OLD, WHERE, Answer, OrderedFile, OrderedStream

BROKEN = Answer(fails_with=TransferError("no connection", where=WHERE))
LONG = bytes(range(250)) * 80
"""More than one bite."""


@pytest.fixture
def into(tmp_path: Path) -> PartialFile:
    return PartialFile(tmp_path / "wav", source=WHERE)


def run(file: OrderedFile, into: PartialFile, guide: ByHand, expected: bytes = OLD) -> ArrivingPiece:
    piece = ArrivingPiece(file, into, guide)
    piece.run()
    assert piece.is_done
    assert into.read(0, len(expected)) == expected
    assert into.size_bytes == len(expected)
    assert all(stream.is_closed for stream in file.streams)
    return piece


@pytest.mark.parametrize(
    ("here_end", "missing", "position"),
    [
        (0, ((0, 100),), 0),
        (40, ((0, 10), (40, 100)), 40),
        (100, ((0, 10), (30, 60)), 0),
        (100, (), None),
        (70, (), None),
    ],
)
def test_what_comes_after_the_playhead_is_read_first_then_the_gaps(
    here_end: int, missing: tuple[tuple[int, int], ...], position: int | None
) -> None:
    assert next_position(here_end, 100, missing) == position


def test_a_piece_that_nothing_happens_to_takes_one_request(into: PartialFile) -> None:
    file, guide = OrderedFile([ALL]), ByHand()
    run(file, into, guide)
    assert file.asked == [(0, None, "")]
    assert (guide.waited_s, guide.troubles, guide.changes) == ([], [], 0)
    guide.until = lambda: pytest.fail("what is here needs no turn")
    run(file, into, guide)
    assert len(file.asked) == 1, "what is here is not asked for"


def test_what_is_not_there_is_absent_and_no_trouble(into: PartialFile) -> None:
    file, guide = OrderedFile([Answer(fails_with=AbsentError("403", where=WHERE))]), ByHand()
    piece = ArrivingPiece(file, into, guide)
    piece.run()
    assert piece.is_absent
    assert piece.is_done
    assert (len(file.asked), guide.troubles) == (1, [])


def test_what_is_for_others_ends_it(into: PartialFile) -> None:
    file = OrderedFile([Answer(fails_with=DeniedError("401", where=WHERE))])
    with pytest.raises(DeniedError):
        ArrivingPiece(file, into, ByHand()).run()
    assert len(file.asked) == 1


@pytest.mark.parametrize("breaks", [True, False])
def test_a_cut_is_tried_again_at_once_exactly_where_the_bytes_ended(breaks: bool, into: PartialFile) -> None:
    file, guide = OrderedFile([Answer(most=301, breaks=breaks), ALL]), ByHand()
    run(file, into, guide)
    assert file.asked == [(0, None, ""), (301, None, "v1")]
    assert guide.waited_s == [AT_ONCE_S]
    assert len(guide.troubles) == 1


def test_without_a_byte_the_waits_grow_and_it_is_never_given_up(into: PartialFile) -> None:
    guide = ByHand()
    run(OrderedFile([*[BROKEN] * 9, ALL]), into, guide)
    assert guide.waited_s == [AT_ONCE_S, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_who_gives_a_few_bytes_a_time_is_not_asked_without_end_at_once(into: PartialFile) -> None:
    guide = ByHand()
    run(OrderedFile([*[Answer(most=1)] * 4, ALL]), into, guide)
    assert guide.waited_s == [AT_ONCE_S, 1.0, 2.0, 4.0]


def test_what_works_again_counts_as_mended(into: PartialFile) -> None:
    file = OrderedFile([BROKEN, BROKEN, Answer(LONG, most=9000), BROKEN, Answer(LONG)])
    guide = ByHand()
    run(file, into, guide, LONG)
    assert guide.waited_s == [AT_ONCE_S, 1.0, AT_ONCE_S, 1.0]


def test_a_store_that_is_busy_or_out_of_reach_is_given_its_time(into: PartialFile) -> None:
    busy = [
        Answer(fails_with=UnreachableError("no network", where=WHERE)),
        Answer(fails_with=StoreBusyError("429", where=WHERE)),
        Answer(fails_with=StoreBusyError("429", where=WHERE, retry_after_s=7.0)),
        Answer(fails_with=StoreBusyError("503", where=WHERE, retry_after_s=0.0)),
    ]
    guide = ByHand()
    run(OrderedFile([*busy, ALL]), into, guide)
    assert guide.waited_s == [1.0, 2.0, 7.0, 8.0]


def test_who_says_stop_while_it_waits_is_obeyed(into: PartialFile) -> None:
    file, guide = OrderedFile([Answer(most=10), ALL]), ByHand(most_waits=1)
    ArrivingPiece(file, into, guide).run()
    assert len(file.asked) == 1
    assert into.here == ByteSpans(((0, 10),))


def test_the_playhead_decides_where_it_begins_and_goes_on(into: PartialFile) -> None:
    data = bytes(range(250)) * 4000
    file = OrderedFile([Answer(data)])
    guide = ByHand(wanted=700_000)

    def move() -> bool:
        if into.here.covers(700_000, 800_000):
            guide.wanted = 300_000
        return False

    guide.until = move
    run(file, into, guide, data)
    # Of the first answer nothing is read: the size is not known before.
    assert [start for start, _, _ in file.asked] == [0, 700_000, 300_000, 0]


def test_what_is_a_little_ahead_is_read_up_to(into: PartialFile) -> None:
    data = bytes(1_000_000)
    into.describe(len(data), "v1")
    file, guide = OrderedFile([Answer(data)]), ByHand()

    def move() -> bool:
        if into.here.byte_count >= 3000:
            guide.wanted = 3000 + READ_THROUGH_BYTES
        return False

    guide.until = move
    run(file, into, guide, data)
    assert [start for start, _, _ in file.asked] == [0]


def test_gaps_are_asked_for_and_what_lies_between_only_if_it_is_little(into: PartialFile) -> None:
    data = bytes(range(250)) * 8000
    into.describe(len(data), "v1")
    into.write(1000, data[1000:2000])
    into.write(500_000, data[500_000:1_500_000])
    file = OrderedFile([Answer(data)])
    run(file, into, ByHand(), data)
    assert [start for start, _, _ in file.asked] == [0, 1_500_000]


@pytest.mark.parametrize("wanted", [0, 600])
def test_a_server_that_knows_no_ranges_serves_as_well(wanted: int, into: PartialFile) -> None:
    into.describe(len(OLD), "v1")
    into.write(0, OLD[:100])
    into.write(400, OLD[400:500])
    file, guide = OrderedFile([Answer(begins_at=0)]), ByHand(wanted=wanted)
    run(file, into, guide)
    assert (len(file.asked), guide.troubles) == (1, [])


def test_such_a_server_is_read_to_the_end_wherever_the_playhead_is(into: PartialFile) -> None:
    """It would begin at the beginning each time it is asked."""
    data = bytes(range(250)) * 4000
    file, guide = OrderedFile([Answer(data, begins_at=0)]), ByHand(wanted=900_000)
    run(file, into, guide, data)
    assert [start for start, _, _ in file.asked] == [0, 900_000]
    assert guide.troubles == []


@pytest.mark.parametrize("begins_at", [101, 999, -1])
def test_bytes_of_another_place_are_not_taken(begins_at: int, into: PartialFile) -> None:
    into.describe(len(OLD), "v1")
    into.write(0, OLD[:100])
    guide = ByHand()
    run(OrderedFile([Answer(begins_at=begins_at), ALL]), into, guide)
    assert "bytes from 100 on" in guide.troubles[0]


@pytest.mark.parametrize("new", [NEW, OLD[::-1], b""])
@pytest.mark.parametrize("checks_version", [True, False])
def test_a_file_that_changes_is_said_to_and_begun_again(
    checks_version: bool, new: bytes, into: PartialFile
) -> None:
    changed = Answer(new, "v2", checks_version=checks_version)
    guide = ByHand()
    run(OrderedFile([Answer(most=500), changed]), into, guide, new)
    assert guide.changes == 1
    assert into.version == "v2"


def test_a_file_that_is_another_one_each_time_is_not_asked_for_without_end_at_once(into: PartialFile) -> None:
    changing = [Answer(LONG[number:], f"v{number}", most=100) for number in range(6)]
    guide = ByHand()
    run(OrderedFile([*changing, Answer(LONG, "v9")]), into, guide, LONG)
    assert guide.changes == 3
    assert guide.waited_s == [AT_ONCE_S, AT_ONCE_S, 1.0, 2.0, 4.0, 8.0]


def test_a_change_of_size_alone_is_a_change(into: PartialFile) -> None:
    guide = ByHand()
    run(OrderedFile([Answer(most=500, version=""), Answer(NEW, "")]), into, guide, NEW)
    assert guide.changes == 1


def test_what_changes_before_anything_of_it_came_is_no_change(into: PartialFile) -> None:
    guide = ByHand()
    run(OrderedFile([Answer(most=0), Answer(NEW, "v2")]), into, guide, NEW)
    assert guide.changes == 0


def test_a_disk_without_room_is_not_the_store_s_fault(tmp_path: Path) -> None:
    into = PartialFile(tmp_path / "wav", source=WHERE)
    (tmp_path / "wav.state.new").mkdir()  # Nothing can be kept.
    file = OrderedFile([ALL])
    with pytest.raises(MachineError, match="cannot be written"):
        ArrivingPiece(file, into, ByHand()).run()
    assert all(stream.is_closed for stream in file.streams)


@pytest.mark.parametrize(
    "outcome", [None, AbsentError, ChangedError, TransferError], ids=["data", "absent", "changed", "broken"]
)
@pytest.mark.parametrize("hangs_in", ["open", "read"])
def test_after_a_stop_nothing_is_touched_whatever_a_silent_store_still_says(
    hangs_in: str, outcome: type[StoreError] | None, into: PartialFile
) -> None:
    hangs, says = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        assert says.wait(30)
        if outcome is not None:
            raise outcome("at last", where=WHERE)

    class SlowStream(OrderedStream):
        def read(self, most: int) -> bytes:
            if hangs_in == "read" and into.here.byte_count:
                hang()
            return super().read(most)

    class SlowFile(OrderedFile):
        def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> OrderedStream:
            if hangs_in == "open":
                hang()
            stream = SlowStream(ALL, start, len(OLD))
            self.streams.append(stream)
            return stream

    stopped = threading.Event()
    guide = ByHand(until=stopped.is_set)
    if hangs_in == "open":
        into.describe(len(OLD), "v1")
        into.write(0, OLD[:300])
    file = SlowFile([])
    piece = ArrivingPiece(file, into, guide)
    thread = threading.Thread(target=piece.run)
    thread.start()
    assert hangs.wait(30)
    stopped.set()
    piece.stop()
    into.close()  # As whoever stops does next.
    says.set()
    thread.join(30)
    assert not thread.is_alive()
    assert into.here == ByteSpans(((0, 300),))
    assert not piece.is_absent
    assert (guide.troubles, guide.changes) == ([], 0)
    assert all(stream.is_closed for stream in file.streams)
