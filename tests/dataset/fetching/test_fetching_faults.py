"""Whatever goes wrong on the way from a bucket, what arrives is what the bucket has, or nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch
from avatar_server.dataset.fetching.fetch_records import FetchRecord, Finished, RecordingFailed, Retrying
from avatar_server.dataset.fetching.fetcher import Fetcher
from avatar_server.dataset.modalities import PLAYABLE
from avatar_server.dataset.stores.https_bucket import HttpsBucket, bucket_path
from avatar_server.testing.bucket_server import BucketServer, Fault
from tests.dataset.fetching.folder_store import listed, motion

A = "V00_S0001_I00000001_P0001A"
SOUND = b"RIFF" + bytes(range(256)) * 2000
VAD = b'{"start": 0.5, "end": 1.0}\n'
PIECES = {**motion(frames=900), "wav": SOUND, "metadata:vad": VAD, "metadata:transcript": b""}


class NoWaiting(threading.Event):
    """Nobody waits for the next try; for how long they should have is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self.waited_s.append(timeout)
        return self.is_set()


class Bucket:
    """A recording in a bucket, and how it is fetched."""

    def __init__(self, folder: Path, server: BucketServer) -> None:
        self.data_dir = folder / "data"
        self.listed = listed(self.data_dir, A)
        self.place = place_of(self.listed[0])
        self.server = server
        self.told: list[FetchRecord] = []
        for piece, data in PIECES.items():
            path = server.folder / bucket_path(self.place, piece)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def fail(self, piece: str, *faults: Fault) -> None:
        for fault in faults:
            self.server.fail(bucket_path(self.place, piece), fault)

    def fetch(self, stop: threading.Event | None = None) -> Finished:
        tree = CacheTree(self.data_dir)
        store = HttpsBucket(self.server.url)
        try:
            plan = plan_fetch(self.listed, PLAYABLE, tree)
            return Fetcher(
                plan, store, tree, tell=self.told.append, stop=stop or NoWaiting(), spread=lambda: 0.0
            ).run()
        finally:
            store.close()

    def official(self) -> dict[str, Path]:
        """What lies under official names, by suffix."""
        return {
            path.suffix: path for path in self.data_dir.rglob(f"{A}*") if ".avatar-server" not in path.parts
        }

    def is_as_in_the_bucket(self) -> bool:
        files = self.official()
        with np.load(files[".npz"], allow_pickle=False) as arrays:
            same = set(arrays) == set(motion()) and all(
                (arrays[key] == np.full_like(arrays[key], arrays[key].flat[0])).all()
                and len(arrays[key]) == 900
                for key in arrays
            )
        document = json.loads(files[".json"].read_text())
        return (
            same
            and files[".wav"].read_bytes() == SOUND
            and document == {"id": A, "metadata:transcript": [], "metadata:vad": [{"start": 0.5, "end": 1.0}]}
        )


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    (tmp_path / "bucket").mkdir()
    with BucketServer(tmp_path / "bucket") as server:
        yield Bucket(tmp_path, server)


BODY = "smplh:body_pose"


@pytest.mark.parametrize(
    ("piece", "faults", "starts"),
    [
        ("wav", [Fault(cut_after=100_000)], [0, 100_000]),
        ("wav", [Fault(cut_after=100_000), Fault(cut_after=50_000)], [0, 100_000, 150_000]),
        (BODY, [Fault(cut_after=0)], [0, 0]),
        ("wav", [Fault(status=429, headers={"Retry-After": "30"})], [0, 0]),
        ("wav", [Fault(status=500), Fault(status=503)], [0, 0, 0]),
        (BODY, [Fault(length=10_000_000)], [0, -1, 0]),
        (BODY, [Fault(cut_after=1000), Fault(status=206, headers={"Content-Length": "0"})], [0, 1000, 1000]),
        ("wav", [Fault(cut_after=100_000, etag='"old"')], [0, 100_000, 0]),
        ("wav", [Fault(cut_after=100_000), Fault(ignore_range=True)], [0, 100_000]),
        ("wav", [Fault(cut_after=100_000), Fault(etag='"new"', times=2)], [0, 100_000, 0]),
        ("wav", [Fault(location="http://169.254.169.254/latest")], [0, 0]),
        ("metadata:vad", [Fault(location="file:///etc/passwd")], [0, 0]),
    ],
    ids=[
        "cut",
        "cut twice, also in a range",
        "cut before the first byte",
        "busy",
        "server errors",
        "a length that is too large",
        "a range that is none",
        "changed after the first range",
        "ranges ignored",
        "changed under way and changing",
        "redirect to the keeper of secrets",
        "redirect to a file",
    ],
)
def test_it_comes_whole_whatever_goes_wrong(
    piece: str, faults: list[Fault], starts: list[int], bucket: Bucket
) -> None:
    bucket.fail(piece, *faults)
    stop = NoWaiting()
    finished = bucket.fetch(stop)
    assert (finished.fetched, finished.failed) == (1, 0), bucket.told
    assert bucket.is_as_in_the_bucket()
    path = bucket_path(bucket.place, piece)
    asked = [one.start for one in bucket.server.asked if one.path == path]
    assert [start for start, wanted in zip(asked, starts, strict=True) if wanted not in (start, -1)] == []
    troubles = [record for record in bucket.told if isinstance(record, Retrying)]
    assert [record.wait_s for record in troubles] == stop.waited_s
    assert all(bucket.server.url in record.reason for record in troubles)
    if any(fault.status == 429 for fault in faults):
        assert stop.waited_s == [30.0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=500, times=-1), "status 500"),
        (Fault(status=401, times=-1), "not for us"),
        (Fault(length=3, times=-1), "expected"),
        (Fault(location="http://169.254.169.254/latest", times=-1), "redirects"),
    ],
    ids=["broken", "denied", "too short", "redirected"],
)
def test_what_does_not_come_leaves_nothing_under_an_official_name(
    fault: Fault, said: str, bucket: Bucket
) -> None:
    bucket.fail(BODY, fault)
    finished = bucket.fetch()
    assert (finished.fetched, finished.failed) == (0, 1)
    (failed,) = (record for record in bucket.told if isinstance(record, RecordingFailed))
    assert said in failed.reason
    assert bucket.official() == {}
    bucket.server.faults.clear()
    assert bucket.fetch().fetched == 1
    assert bucket.is_as_in_the_bucket()
