"""What goes wrong on this machine while an interaction arrives: no room, a place that is taken, closing."""

from __future__ import annotations

import logging
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.errors import MachineError
from avatar_server.testing.bucket_server import BucketServer, Fault
from tests.dataset.fetching.arriving_pair import (
    BODY,
    LIMIT_S,
    PIECES,
    PLACES,
    Pair,
    arriving,
    fetch_all,
    left,
    write_pair,
)

ROOT = "smplh:global_orient"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("bucket"), 6.0)


@pytest.fixture
def server(pair: Pair) -> Iterator[BucketServer]:
    with BucketServer(pair.folder) as server:
        yield server


@contextmanager
def no_file_beyond(size_bytes: int) -> Iterator[None]:
    """The errors are those of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_all_can_be_played(arrival: Arrival, pair: Pair) -> None:
    for recording, motion, sound in zip(arrival.recordings, pair.motions, pair.sounds, strict=True):
        assert recording.arrays is not None
        assert recording.sound is not None
        np.testing.assert_array_equal(recording.arrays.read(0, 180).body_pose, motion[BODY])
        assert recording.sound.read(0, len(sound)) == sound


def test_a_full_disk_is_told_and_what_came_is_kept(server: BucketServer, pair: Pair, tmp_path: Path) -> None:
    with no_file_beyond(600_000), arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        arrival.begin_playing()
        with pytest.raises(MachineError, match=r"no room for .*wav"):
            arrival.wait_until_whole(LIMIT_S)
        assert "no room" in arrival.trouble
    pair.assert_nothing_official(tmp_path)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    wav = bucket_path(PLACES[0], "wav")
    assert max(one.start for one in server.asked if one.path == wav) > 200_000


def test_a_disk_that_is_full_from_the_start_is_told_before_anything_is_played(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    with (
        no_file_beyond(50_000),
        arriving(server, tmp_path) as arrival,
        pytest.raises(MachineError, match="no room"),
    ):
        arrival.wait_for_beginning(LIMIT_S)
    pair.assert_nothing_official(tmp_path)


@pytest.mark.parametrize("taken", ["the folder", "the book"])
def test_what_cannot_be_put_in_its_place_is_played_to_the_end_and_kept(
    taken: str, server: BucketServer, pair: Pair, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    obstacle = pair.files(tmp_path)[1].parent if taken == "the folder" else ledger_of(tmp_path)
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        obstacle.parent.mkdir(parents=True, exist_ok=True)
        if taken == "the folder":
            obstacle.write_text("somebody's")
        else:
            obstacle.mkdir()
        arrival.begin_playing()
        with pytest.raises(MachineError, match="cannot be") as raised:
            arrival.wait_until_whole(LIMIT_S)
        assert arrival.failure is None
        assert arrival.not_kept is raised.value
        assert arrival.trouble == str(raised.value)
        assert arrival.ahead_s() == float("inf")
        (said,) = (record for record in caplog.records if record.levelno >= logging.WARNING)
        assert str(raised.value) in said.getMessage()
        assert_all_can_be_played(arrival, pair)
    assert left(tmp_path)
    if taken == "the folder":
        obstacle.unlink()
    else:
        obstacle.rmdir()
    again = [path for path in server.sent if str(PLACES[1].id) in path]
    before = len(server.asked)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    assert again
    assert not [one for one in server.asked[before:] if one.path in again], "all of it was here"


def ledger_of(data_dir: Path) -> Path:
    return data_dir / ".avatar-server" / "fetched.sqlite"


def test_closing_waits_for_no_silent_bucket(server: BucketServer, pair: Pair, tmp_path: Path) -> None:
    """Some pieces hang before the answer, some in the middle of one."""
    for place in PLACES:
        for number, piece in enumerate(PIECES):
            cut_after = 200 if number % 2 else None
            server.fail(bucket_path(place, piece), Fault(stall=True, cut_after=cut_after))
    threads: list[threading.Thread] = []
    with arriving(server, tmp_path) as arrival:
        threads += [one for one in threading.enumerate() if one.name.startswith("arriving ")]
        while sum(one.is_alive() for one in threads) == 2 * len(PIECES) and (
            len(server.asked) < 2 * len(PIECES) - 2
            or not all(one.pieces[ROOT].partial.here.byte_count for one in arrival.recordings)
        ):
            arrival.wait_for_news(0.05)
        arrival.close()
        assert sum(one.is_alive() for one in threads) > len(PIECES), "they are still asking"
        arrival.close()
    server.close()
    for thread in threads:
        thread.join(LIMIT_S)
    assert not [thread for thread in threads if thread.is_alive()]
    pair.assert_nothing_official(tmp_path)
    with BucketServer(pair.folder) as other:
        fetch_all(other, tmp_path)
    pair.assert_whole(tmp_path)


def test_whoever_closes_when_the_last_byte_came_has_the_files(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        arrival.begin_playing()
        while arrival.ahead_s() < float("inf") or "transcript" not in str(server.sent):
            arrival.wait_for_news(LIMIT_S)
        while not all(piece.is_done for one in arrival.recordings for piece in one.pieces.values()):
            arrival.wait_for_news(LIMIT_S)
    pair.assert_whole(tmp_path)
