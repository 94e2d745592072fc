"""Without a network whoever waits for an answer is told within seconds, and does not wait for a network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.download import MOST_UNREACHABLE, download
from avatar_server.dataset.fetching.kept_catalogue import whole_catalogue
from avatar_server.dataset.fetching.reach import Reach
from avatar_server.dataset.stores.http_files import HttpFiles
from avatar_server.dataset.stores.https_bucket import HttpsBucket
from avatar_server.dataset.stores.web_file import WebFile
from avatar_server.errors import AbsentError, TransferError, UnreachableError
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.loose_pieces import PLACE

LIMIT_S = 60.0
DEAD = UnreachableError("no connection", where="there")


class NoWaiting:
    """Nobody waits; for how long they should have is remembered."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    def __call__(self, seconds: float) -> bool:
        if seconds:
            self.waited_s.append(seconds)
        return False


@pytest.fixture
def nobody() -> str:
    """An address at which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_list_of_recordings_is_asked_for_twice(tmp_path: Path, nobody: str) -> None:
    wait, noted = NoWaiting(), list[str]()
    with pytest.raises(UnreachableError, match="no connection"):
        whole_catalogue(tmp_path, f"{nobody}/filelist.csv", wait=wait, note=noted.append)
    assert wait.waited_s == [1.0] * MOST_UNREACHABLE
    assert f"{nobody}/filelist.csv: no connection (Connection refused); trying again in 1 s" in noted


def test_a_server_that_answers_is_given_its_time(tmp_path: Path) -> None:
    """It is no missing network if there is somebody who has trouble."""
    (tmp_path / "bucket").mkdir()
    wait = NoWaiting()
    with BucketServer(tmp_path / "bucket") as server:
        server.fail("filelist.csv", Fault(status=500, times=-1))
        with pytest.raises(TransferError, match="500"):
            whole_catalogue(tmp_path, f"{server.url}/filelist.csv", wait=wait)
    assert wait.waited_s == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_who_fetches_many_waits_for_a_network(tmp_path: Path, nobody: str) -> None:
    wait, http = NoWaiting(), HttpFiles()
    with pytest.raises(UnreachableError):
        download(WebFile(f"{nobody}/one.wav", http), PartialFile(tmp_path / "one", source=nobody), wait=wait)
    assert wait.waited_s == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    http.close()


@pytest.fixture
def arrival(tmp_path: Path, nobody: str) -> Iterator[Arrival]:
    store = HttpsBucket(nobody)
    with Arrival((PLACE,), store, CacheTree(tmp_path / "data")) as arrival:
        yield arrival
    store.close()


def test_nothing_can_arrive(arrival: Arrival, nobody: str) -> None:
    with pytest.raises(UnreachableError, match=f"^{nobody}/.* no connection"):
        arrival.wait_for_beginning(LIMIT_S)
    assert "no connection" in arrival.trouble


def test_what_has_begun_waits_for_the_network_to_come_back() -> None:
    reach = Reach()
    assert not reach.tried("wav", None)
    assert not any(reach.tried("wav", DEAD) for _ in range(10))


@pytest.mark.parametrize(
    "error", [TransferError("cut", where="there"), AbsentError("not there", where="there")]
)
def test_an_answer_of_any_kind_is_a_network(error: TransferError) -> None:
    reach = Reach()
    assert not reach.tried("wav", DEAD)
    assert not reach.tried("npz", error)
    assert not any(reach.tried("wav", DEAD) for _ in range(10))


def test_each_file_has_its_tries() -> None:
    """Nine that fail at once are one try of nine."""
    reach = Reach()
    assert not any(reach.tried(piece, DEAD) for piece in range(9))
    assert reach.tried(3, DEAD)
