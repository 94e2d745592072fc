"""A fetch that is killed, interrupted or out of room goes on later; two at a time do no harm."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.fetching.fetch_records import FileCame, Finished, Progress, parse_record
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.bucket_server import BucketServer
from tests.dataset.fetching.folder_store import HEADER, motion

KEY = "V00_S0001_I00000001"
PLACES = [RecordingPlace(RecordingId(0, 1, 1, person), "improvised", "dev", 0, person) for person in (1, 2)]
SOUNDS = [b"RIFF" + np.random.default_rng(person).bytes(4_000_000 + person) for person in (1, 2)]
SLOW_BYTES_PER_S = 8e6
LIMIT_S = 60
UNDER_WAY_BYTES = 400_000
"""That were sent, but lay in the buffers of sockets when somebody died."""


class Bucket:
    """A pair with four megabytes of sound each in a slow bucket, and a data folder that knows of it."""

    def __init__(self, folder: Path, server: BucketServer) -> None:
        self.server = server
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        rows = [f"{place.id},improvised,dev,0,{place.archive}" for place in PLACES]
        (self.data_dir / "filelist.csv").write_text("\n".join((HEADER, *rows)))
        for place, sound in zip(PLACES, SOUNDS, strict=True):
            for piece, data in {**motion(300), "wav": sound, "metadata:vad": b""}.items():
                path = server.folder / bucket_path(place, piece)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    def start(self, *arguments: str, file_bytes: int | None = None) -> subprocess.Popen[str]:
        """`avatar-server fetch` as a process; file_bytes: no file may grow larger."""

        def limit() -> None:
            if file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        where = ["--data", str(self.data_dir), "--source", self.server.url]
        return subprocess.Popen(
            [sys.executable, "-m", "avatar_server", "fetch", KEY, *where, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
        )

    def finish(self, process: subprocess.Popen[str], status: int = 0) -> tuple[str, str]:
        out, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == status, err
        return out, err

    def official(self) -> list[Path]:
        return [path for path in self.data_dir.rglob("V*") if ".avatar-server" not in path.parts]

    def check_whole(self) -> None:
        """Everything is as in the bucket, and nothing is left of the way."""
        for place, sound in zip(PLACES, SOUNDS, strict=True):
            stem = self.data_dir / "improvised" / "dev" / "0000" / f"{place.archive:04d}" / str(place.id)
            assert stem.with_suffix(".wav").read_bytes() == sound
            with np.load(stem.with_suffix(".npz"), allow_pickle=False) as arrays:
                assert set(arrays) == set(SMPLH)
                assert all(len(arrays[key]) == 300 for key in SMPLH)
        assert len(self.official()) == 6
        assert [path for path in (self.data_dir / ".avatar-server").rglob("*") if str(KEY) in str(path)] == []

    def check_not_fetched_twice(self) -> None:
        for place, sound in zip(PLACES, SOUNDS, strict=True):
            path = bucket_path(place, "wav")
            assert self.server.sent[path] <= len(sound) + (1 << 20) + UNDER_WAY_BYTES
        again = [one for one in self.server.asked if one.path.endswith(".wav") and one.start]
        assert len(again) == 2


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    (tmp_path / "bucket").mkdir()
    with BucketServer(tmp_path / "bucket", bytes_per_s=SLOW_BYTES_PER_S) as server:
        yield Bucket(tmp_path, server)


def wait_for_bytes(process: subprocess.Popen[str], count: int) -> None:
    """Until so many have come, as the child tells."""
    assert process.stdout
    for line in process.stdout:
        record = parse_record(line)
        assert not isinstance(record, Finished), "it was over too soon"
        if isinstance(record, Progress) and record.bytes >= count:
            return
    pytest.fail(f"it ended by itself: {process.communicate()[1]}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_it_goes_on_where_it_was_ended(number: signal.Signals, bucket: Bucket) -> None:
    process = bucket.start("--json")
    wait_for_bytes(process, 4_500_000)
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=LIMIT_S)
    if number == signal.SIGINT:
        assert process.returncode == 128 + signal.SIGINT, err
        assert [line.removeprefix("avatar-server: ") for line in err.splitlines()] == [
            "what came is kept: the same command goes on from here",
            "ended by SIGINT",
        ]
    assert bucket.official() == []
    out, _ = bucket.finish(bucket.start("--json"))
    records = [parse_record(line) for line in out.splitlines()]
    assert isinstance(records[-1], Finished)
    assert records[-1].fetched == 2
    assert records[-1].bytes < 4_500_000
    bucket.check_whole()
    bucket.check_not_fetched_twice()


def test_without_room_it_says_so_and_goes_on_when_there_is_some(bucket: Bucket) -> None:
    """No file may grow beyond three megabytes: the errors are those of a full disk."""
    _, err = bucket.finish(bucket.start(file_bytes=3_000_000), status=1)
    assert len(err.splitlines()) == 1
    assert "no room for " in err
    assert bucket.official() == []
    out, err = bucket.finish(bucket.start())
    assert out.startswith("fetched 2 recordings")
    bucket.check_whole()
    bucket.check_not_fetched_twice()


def test_two_at_a_time_fetch_the_same_pair(bucket: Bucket) -> None:
    both = [bucket.start("--json") for _ in range(2)]
    ends = []
    for process in both:
        out, _ = bucket.finish(process)
        records = [parse_record(line) for line in out.splitlines()]
        ends.append(records[-1])
        assert not [one for one in records if isinstance(one, FileCame) and one.fetched > one.bytes]
    assert all(isinstance(end, Finished) and end.fetched + end.here == 2 for end in ends)
    bucket.check_whole()
