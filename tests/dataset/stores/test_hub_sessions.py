"""A repository for several at once, and for whoever comes again: processes, first questions, fetches."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch
from avatar_server.dataset.fetching.fetch_records import (
    FetchRecord,
    Finished,
    PieceAbsent,
    RecordingFailed,
)
from avatar_server.dataset.fetching.fetcher import Fetcher
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.modalities import PLAYABLE, Modality
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.hub_store import HubStore
from avatar_server.errors import UsageError
from avatar_server.testing.hub_server import REPOSITORY, HubServer
from avatar_server.testing.loose_pieces import MOTION, PLACE, stored_npz
from avatar_server.testing.tar_layout import tar_path, write_tar
from tests.dataset.fetching.folder_store import listed

SOURCE = f"hf:{REPOSITORY}"
IDS = [RecordingId(0, 1, 1, number) for number in range(12)]
VIDEO: frozenset[Modality] = frozenset({"video"})


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    with HubServer(tmp_path / "hub") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def files_of(name: object) -> dict[str, bytes]:
    return {f"{name}.json": b"{}", f"{name}.npz": stored_npz(MOTION), f"{name}.wav": b"RIFF" * 5000}


PROGRAM = f"""
import sys
from avatar_server.dataset.modalities import PLAYABLE
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.hub_store import HubStore
from dataclasses import replace
from avatar_server.testing.loose_pieces import PLACE
store = HubStore({SOURCE!r})
print("ready", flush=True)
sys.stdin.readline()
for file in store.files(replace(PLACE, id=RecordingId(0, 1, 1, 11)), PLAYABLE):
    with file.open() as stream:
        while stream.read(1 << 20):
            pass
print("read")
"""


def test_of_two_processes_one_walks(hub: HubServer) -> None:
    """The other waits for it, and both read the same; so does a third that comes later."""
    write_tar(
        hub.folder / tar_path(PLACE),
        {name: data for one in IDS for name, data in files_of(one).items()},
    )
    hub.bytes.delay_s = 0.005
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in processes] == ["read\n"] * 2
    assert hub.bytes.requests() == 3 * len(IDS) + 2 * 3


def test_first_questions_of_several_threads_are_of_one_commit(hub: HubServer) -> None:
    """Although `main` moves with every answer."""
    places = [replace(PLACE, archive=number) for number in range(6)]
    for place in places:
        write_tar(hub.folder / tar_path(place), files_of(PLACE.id))
    answer = hub.answer

    def moving(
        path: str, authorization: str, wanted: tuple[str, ...] = ()
    ) -> tuple[int, dict[str, str], bytes]:
        answered = answer(path, authorization, wanted)
        if "/main/" in path:
            hub.commit = f"{len(hub.asked):040d}"
        return answered

    hub.answer = moving  # type: ignore[method-assign]
    store = HubStore(SOURCE)
    threads = [threading.Thread(target=store.files, args=(place, PLAYABLE)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert sum("/resolve/main/" in path for _, path, _ in hub.asked) == 1
    assert len(hub.asked) == len(places)


class Fetching:
    """Two recordings of a list, each in a tar of its own."""

    def __init__(self, hub: HubServer, data_dir: Path) -> None:
        self.hub = hub
        self.data_dir = data_dir
        self.recordings: tuple[ListedRecording, ...] = listed(data_dir, *map(str, IDS[:2]))
        for recording in self.recordings:
            write_tar(self.tar(recording), files_of(recording.id))

    def tar(self, recording: ListedRecording) -> Path:
        return self.hub.folder / tar_path(place_of(recording))

    def fetch(self, modalities: frozenset[Modality]) -> tuple[list[FetchRecord], Finished]:
        told: list[FetchRecord] = []
        tree, store = CacheTree(self.data_dir), HubStore(SOURCE)
        try:
            plan = plan_fetch(self.recordings, modalities, tree)
            return told, Fetcher(plan, store, tree, tell=told.append, spread=lambda: 0.0).run()
        finally:
            store.close()


def test_a_broken_tar_ends_nothing_but_its_recording(hub: HubServer, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path / "data")
    fetching.tar(fetching.recordings[0]).write_bytes(b"no tar " * 1000)
    told, finished = fetching.fetch(PLAYABLE)
    assert (finished.fetched, finished.failed, finished.reason) == (1, 1, "")
    [failed] = [record for record in told if isinstance(record, RecordingFailed)]
    assert failed.recording == str(IDS[0])
    assert "expected a tar header" in failed.reason


def test_a_video_that_a_tar_lacks_is_remembered(hub: HubServer, tmp_path: Path) -> None:
    """Hundreds of recordings have none: it is told as absent, and not asked for again."""
    fetching = Fetching(hub, tmp_path / "data")
    told, finished = fetching.fetch(PLAYABLE | VIDEO)
    assert (finished.fetched, finished.absent, finished.pieces_absent) == (2, 0, 2)
    assert {record.piece for record in told if isinstance(record, PieceAbsent)} == {"mp4"}
    asked = len(hub.asked)
    told, finished = fetching.fetch(PLAYABLE | VIDEO)
    assert (finished.here, finished.fetched, finished.absent) == (2, 0, 0)
    assert len(hub.asked) == asked


@pytest.mark.parametrize("endpoint", ["ftp://host", "host", "https://", "https://host?token=secret"])
def test_an_endpoint_that_is_no_address_is_told(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(UsageError, match="HF_ENDPOINT") as caught:
        HubStore()
    assert "secret" not in str(caught.value)
