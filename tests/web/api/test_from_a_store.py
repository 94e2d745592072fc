"""What is not on this machine: fetched on request, and videos while they are watched, from a real bucket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import httpx
import numpy as np
import pytest

from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.bucket_layout import places, write_bucket
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.loose_pieces import FILM
from avatar_server.testing.small_film import picture_number, write_film
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize
from tests.running_server import Server, StartServer

LIMIT_S = 60.0
NOWHERE = "V00_S0810_I00000001"
"""In the list, and in no store."""

FILM_BYTES = 12 << 20


@dataclass(frozen=True)
class Place:
    """A bucket, and a server that has nothing but its address."""

    bucket: BucketServer
    made: SyntheticInteraction
    server: Server
    data_dir: Path
    client: httpx.Client

    @property
    def key(self) -> str:
        return str(self.made.key)

    def video(self, person: int) -> str:
        participant = str(self.made.recordings[person].id).rpartition("_")[2]
        return f"/api/interactions/{self.key}/video/{participant}"

    def bucket_video(self, person: int) -> str:
        return bucket_path(places(self.made)[person], "mp4")

    def over(self, location: str) -> dict[str, Any]:
        """The fetch when it is over."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < LIMIT_S:
            told: dict[str, Any] = self.client.get(location).json()
            if told["state"] not in ("queued", "running"):
                return told
        raise AssertionError(f"still {told}")


@pytest.fixture(scope="module")
def place(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    top = tmp_path_factory.mktemp("away")
    made = synthesize(top / "made", seconds=2, quirks=("no-boxes",))
    write_bucket(made, top / "bucket")
    films = [top / "bucket" / bucket_path(one, "mp4") for one in places(made)]
    for film in films:
        film.parent.mkdir(parents=True, exist_ok=True)
    write_film(films[0], pictures=50)
    with (top / "bucket" / "filelist.csv").open("a") as filelist:
        filelist.write(f"{NOWHERE}_P0001,improvised,dev,0,1,0,0,0\n")
    films[1].write_bytes(FILM + np.random.default_rng(0).bytes(FILM_BYTES - len(FILM)))
    data_dir = top / "data"
    data_dir.mkdir()
    with BucketServer(top / "bucket") as bucket:
        options = ("--source", bucket.url, "--filelist-url", f"{bucket.url}/filelist.csv")
        said = "a video was cut short|without completing response|video process"
        with (
            start_server("test-card", data_dir, options=options, may_say=said) as server,
            httpx.Client(base_url=server.url, timeout=LIMIT_S) as client,
        ):
            yield Place(bucket, made, server, data_dir, client)


def test_the_list_of_recordings_comes_by_itself(place: Place) -> None:
    listed = place.client.get("/api/interactions").json()
    assert [(one["key"], one["here"]) for one in listed["interactions"]] == [
        (place.key, False),
        (NOWHERE, False),
    ]
    assert place.bucket.requests("filelist.csv") == 1
    assert place.client.get(f"/api/interactions/{place.key}").json()["report"] is None
    assert place.client.get("/api/interactions/V00_S0001_I00000001").status_code == 404
    assert place.bucket.requests("filelist.csv") == 1


def test_a_player_seeks_in_a_video_that_is_not_here(place: Place) -> None:
    with av.open(f"{place.server.url}{place.video(0)}") as film:
        video = film.streams.video[0]
        assert video.time_base is not None
        for wanted in (40, 3):
            film.seek(round(wanted / 25 / video.time_base), stream=video)
            shown = (
                picture_number(frame)
                for frame in film.decode(video)
                if round(float(frame.time or 0) * 25) == wanted
            )
            assert next(shown) == wanted


def test_parts_of_a_video_come_once_for_all_and_are_kept(place: Place) -> None:
    film = (place.bucket.folder / place.bucket_video(1)).read_bytes()
    name = place.bucket_video(1)
    address = place.video(1)
    head = place.client.head(address)
    assert (head.status_code, head.headers["content-length"]) == (200, str(FILM_BYTES))
    middle = FILM_BYTES // 2
    part = place.client.get(address, headers={"Range": f"bytes={middle}-{middle + 99_999}"})
    assert (part.status_code, part.content) == (206, film[middle : middle + 100_000])
    assert part.headers["etag"] == head.headers["etag"]
    held = {"Range": "bytes=-5", "If-Range": head.headers["etag"]}
    assert place.client.get(address, headers=held).content == film[-5:]
    behind = place.client.get(address, headers={"Range": f"bytes={FILM_BYTES}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{FILM_BYTES}")
    same = place.client.get(address, headers={"If-None-Match": head.headers["etag"]})
    assert same.status_code == 304
    little = place.bucket.sent[name]
    assert little < FILM_BYTES // 8, "who looks at parts does not fetch the whole"
    with gone_after(place, address, 100_000):
        pass
    with gone_after(place, address, 100_000) as reader:
        reader.recv(1000)
    whole = place.client.get(address)
    assert whole.content == film
    assert place.bucket.sent[name] < FILM_BYTES * 1.2, "every byte comes about once"
    sent = place.bucket.sent[name]
    assert place.client.get(address).content == film
    assert place.bucket.sent[name] == sent, "now it is a file of this machine"
    # It has its name a moment after whoever asked for the last byte has it.
    while not (found := list(place.data_dir.rglob(f"{place.made.recordings[1].id}.mp4"))):
        assert place.client.head(address).status_code == 200
    (kept,) = found
    assert kept.read_bytes() == film
    assert kept.parent.relative_to(place.data_dir).as_posix() == "improvised/dev/0000/0011"


@contextmanager
def gone_after(place: Place, path: str, count: int) -> Iterator[socket.socket]:
    """A reader that takes so many bytes and is gone in the middle."""
    parts = urlsplit(place.server.url)
    with socket.create_connection((str(parts.hostname), parts.port or 0)) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        while count > 0:
            count -= len(reader.recv(min(count, 65536)))
        yield reader


def fetched(place: Place, **body: Any) -> tuple[httpx.Response, dict[str, Any]]:
    answer = place.client.post("/api/fetches", json=body)
    assert answer.status_code == 202, answer.text
    return answer, place.over(answer.headers["location"])


def test_a_fetch_is_followed_to_its_end(place: Place) -> None:
    before = place.client.get(f"/api/interactions/{place.key}/transcript")
    assert before.status_code == 404
    answer, told = fetched(place, interactions=[place.key], **{"with": ["movement"]})
    assert answer.json()["state"] in ("queued", "running")
    assert told["state"] == "done", told
    assert told["recordings"] == told["recordings_expected"] == 2
    assert told["modalities"] == ["sound", "motion", "words", "movement"]
    assert told["bytes"] > 100_000
    assert told["absent_count"] == len(told["absent"]) > 0
    assert {"recording": str(place.made.recordings[0].id), "piece": "movement_v4:is_occluded"} in told[
        "absent"
    ]
    assert place.client.get("/api/fetches").json()[0] == told
    words = place.client.get(f"/api/interactions/{place.key}/transcript").json()
    truth = json.loads(place.made.recordings[0].json.read_text())["metadata:transcript"]
    assert [part["text"] for part in words["people"][0]["transcript"]] == [one["transcript"] for one in truth]
    curves = place.client.get(f"/api/interactions/{place.key}/curves?of=fau:JawDrop").json()
    with np.load(place.made.recordings[1].npz) as arrays:
        np.testing.assert_allclose(
            curves["people"][1]["curves"][0]["values"], arrays["movement:FAUValue"][:, 20], atol=1e-5
        )
    listed = place.client.get("/api/interactions").json()["interactions"][0]
    assert listed["here"] is True
    report = place.client.get(f"/api/interactions/{place.key}").json()["report"]
    assert report["verdict"] in ("good", "usable")


def test_what_no_list_has_is_a_fetch_that_failed(place: Place) -> None:
    _, told = fetched(place, interactions=["V00_S0001_I00000001"])
    assert told["state"] == "failed"
    assert "V00_S0001_I00000001" in told["problem"]
    assert str(place.data_dir) not in str(told)


def test_a_fetch_that_is_ended_goes_on_where_it_was(place: Place) -> None:
    """The first film is not here any more, and the bucket stops in the middle of it."""
    film = place.bucket.folder / place.bucket_video(0)
    for kept in place.data_dir.rglob(f"{place.made.recordings[0].id}.mp4"):
        kept.unlink()
    place.bucket.fail(place.bucket_video(0), Fault(stall=True))
    before = place.bucket.requests(place.bucket_video(0))
    order: dict[str, Any] = {"interactions": [place.key], "with": ["video"]}
    location = place.client.post("/api/fetches", json=order).headers["location"]
    until(lambda: place.bucket.requests(place.bucket_video(0)) > before)
    assert place.client.post("/api/fetches", json=order).headers["location"] == location
    ended = place.client.delete(location).json()
    assert ended["state"] == "cancelled"
    assert place.client.delete(location).json() == ended
    _, told = fetched(place, **order)
    assert told["state"] == "done"
    kept = next(place.data_dir.rglob(f"{place.made.recordings[0].id}.mp4"))
    assert kept.read_bytes() == film.read_bytes()


def until(true: Callable[[], bool]) -> None:
    began_s = time.monotonic()
    while not true():
        assert time.monotonic() - began_s < LIMIT_S
        time.sleep(0.02)


def test_a_video_that_no_store_has(place: Place) -> None:
    refused = place.client.get(f"/api/interactions/{NOWHERE}/video/P0001")
    assert (refused.status_code, refused.json()["detail"]) == (404, "no store has this video")
    assert place.client.get(f"/api/interactions/{NOWHERE}/video/P0002").status_code == 404
