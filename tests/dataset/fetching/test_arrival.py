"""An interaction while it arrives, from a bucket over real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.arriving_piece import SMALL_CHUNK_BYTES
from avatar_server.dataset.fetching.pacing import ENOUGH_S, LEAD_S, NEEDED_S
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.bucket_server import BucketServer
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

UNDER_WAY_BYTES = 400_000
"""That were sent, but lay in the buffers of sockets when somebody died."""

PACED = ("wav", *SMPLH)


@pytest.fixture(scope="module")
def long_pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("bucket"), 180.0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("bucket"), 15.0)


@pytest.fixture
def server(pair: Pair) -> Iterator[BucketServer]:
    with BucketServer(pair.folder) as server:
        yield server


def byte_rate(name: str) -> float:
    """Of media time."""
    frame_bytes = {"wav": 192_000 / 30, BODY: 252, "smplh:is_valid": 1}.get(name)
    return 30 * (frame_bytes or (180 if "hand" in name else 12))


def test_three_minutes_begin_with_less_than_a_megabyte_and_come_in_few_requests(
    long_pair: Pair, tmp_path: Path
) -> None:
    leads: dict[str, float] = {}

    def watch(arrival: Arrival) -> None:
        """How far each piece is ahead of the slowest, beyond the bite that it took last."""
        slowest = arrival.ahead_s()
        for recording in arrival.recordings:
            for name in PACED:
                ahead_s = recording.ahead_s(name, 0.0) - SMALL_CHUNK_BYTES / byte_rate(name)
                if ahead_s < float("inf"):
                    leads[name] = max(leads.get(name, 0.0), ahead_s - slowest)

    with BucketServer(long_pair.folder, delay_s=0.01, bytes_per_s=6e6) as server:
        with arriving(server, tmp_path) as arrival:
            for recording in arrival.recordings:
                recording.pieces["wav"].partial.on_change(lambda: watch(arrival))
            assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
            assert server.sent_bytes < 1_000_000
            assert server.requests("transcript") == 0
            assert {asked.path for asked in server.asked} == {
                bucket_path(place, piece) for place in PLACES for piece in PIECES if "transcript" not in piece
            }
            assert not arrival.wait_until_whole(0.3), "nobody watches yet"
            assert server.sent_bytes < 1_000_000
            for recording in arrival.recordings:
                assert recording.sound_length_s == 180.0
                assert recording.motion_rate_hz == 30.0
                for name in PACED:
                    most_s = ENOUGH_S + SMALL_CHUNK_BYTES / byte_rate(name)
                    ahead_s = recording.ahead_s(name, 0.0)
                    assert recording.pieces[name].is_done or NEEDED_S <= ahead_s <= most_s, name
            assert max(leads.values()) <= LEAD_S + 0.1, leads
            server.set_bytes_per_s(None)
            arrival.look_ahead(0.2)
            assert arrival.wait_until_whole(LIMIT_S), arrival.trouble
            assert arrival.files is not None
            assert arrival.ahead_s() == float("inf")
            assert arrival.trouble == ""
        for place in PLACES:
            assert sum(str(place.id) in asked.path for asked in server.asked) <= 12
        assert server.sent_bytes < sum(path.stat().st_size for path in server.folder.rglob("V*")) + 1000
    long_pair.assert_whole(tmp_path)


def test_what_comes_after_a_new_playhead_comes_first(long_pair: Pair, tmp_path: Path) -> None:
    with (
        BucketServer(long_pair.folder, bytes_per_s=12e6) as server,
        arriving(server, tmp_path) as arrival,
    ):
        assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
        wav = arrival.recordings[0].pieces["wav"].partial
        arrival.look_ahead(120.0)
        while arrival.ahead_s(120.0) < 2.0:
            arrival.wait_for_news(LIMIT_S)
        for recording, sound, motion in zip(
            arrival.recordings, long_pair.sounds, long_pair.motions, strict=True
        ):
            came = recording.pieces["wav"].partial
            assert came.here.byte_count < 60 * 192_000, "what lies between is not here"
            start = recording.byte_at("wav", 120.0)
            assert came.read(start, 1000) == sound[start : start + 1000]
            assert recording.arrays is not None
            body = recording.arrays.read(3600, 3650).body_pose
            np.testing.assert_array_equal(body, motion[BODY][3600:3650])
        asked = [one.start for one in server.asked if one.path == bucket_path(PLACES[0], "wav")]
        assert asked == [0, arrival.recordings[0].byte_at("wav", 120.0)]
        # And back to where nothing is.
        arrival.look_ahead(60.0)
        while arrival.ahead_s(60.0) < 1.0:
            arrival.wait_for_news(LIMIT_S)
        assert not wav.here.covers(0, 60 * 192_000)


def test_after_seeking_everything_comes_and_is_as_in_the_bucket(
    pair: Pair, server: BucketServer, tmp_path: Path
) -> None:
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
        for media_s in (12.0, 3.0, 14.99, 200.0):
            arrival.look_ahead(media_s)
        assert arrival.wait_until_whole(LIMIT_S), arrival.trouble
    pair.assert_whole(tmp_path)


def test_who_closes_in_the_middle_keeps_what_came(pair: Pair, server: BucketServer, tmp_path: Path) -> None:
    server.set_bytes_per_s(8e6)
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
        arrival.begin_playing()
        while arrival.ahead_s() < 6.0:
            arrival.wait_for_news(LIMIT_S)
    arrival.close()
    pair.assert_nothing_official(tmp_path)
    assert left(tmp_path)
    server.set_bytes_per_s(None)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    assert server.sent_bytes < sum(path.stat().st_size for path in pair.folder.rglob("V*")) + UNDER_WAY_BYTES


CHILD = """
import sys
from pathlib import Path
from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.stores.https_bucket import HttpsBucket
from tests.dataset.fetching.arriving_pair import PLACES

with Arrival(PLACES, HttpsBucket(sys.argv[1]), CacheTree(Path(sys.argv[2]))) as arrival:
    arrival.wait_for_beginning(60)
    arrival.begin_playing()
    while arrival.ahead_s() < float(sys.argv[3]):
        arrival.wait_for_news(60)
    print("here", flush=True)
    assert arrival.wait_until_whole(60)
print("whole", flush=True)
"""


@pytest.fixture
def child(server: BucketServer, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process to which the same arrives, slowly; it has said that nine seconds of it are here."""
    server.set_bytes_per_s(6e6)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, server.url, str(tmp_path), "9"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_process_need_not_fetch_again_what_is_here(
    pair: Pair, server: BucketServer, child: subprocess.Popen[str], tmp_path: Path
) -> None:
    os.kill(child.pid, signal.SIGKILL)
    child.wait(LIMIT_S)
    pair.assert_nothing_official(tmp_path)
    server.set_bytes_per_s(None)
    before = len(server.asked)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    for place, sound in zip(PLACES, pair.sounds, strict=True):
        path = bucket_path(place, "wav")
        first = next(one.start for one in server.asked[before:] if one.path == path)
        assert first >= 9 * 192_000 - (1 << 20)
        assert server.sent[path] <= len(sound) + (1 << 20) + UNDER_WAY_BYTES


def test_what_arrives_to_another_process_arrives_to_us_as_well(
    pair: Pair, server: BucketServer, child: subprocess.Popen[str], tmp_path: Path
) -> None:
    with arriving(server, tmp_path) as arrival:
        assert list(tmp_path.glob(f".avatar-server/incoming/{PLACES[0].id}/private-*"))
        server.set_bytes_per_s(None)
        assert arrival.wait_for_beginning(LIMIT_S), arrival.trouble
        arrival.begin_playing()
        assert arrival.wait_until_whole(LIMIT_S), arrival.trouble
        assert child.communicate(timeout=LIMIT_S)[0] == "whole\n"
    pair.assert_whole(tmp_path)
