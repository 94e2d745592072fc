"""A plan is carried out: what exists comes, what does not is told, and nothing is asked for twice."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.fetching.fetch_plan import place_of, plan_fetch, with_known_sizes
from avatar_server.dataset.fetching.fetch_records import (
    KINDS,
    FetchRecord,
    FileCame,
    Finished,
    Planned,
    Progress,
    RecordingAbsent,
    RecordingCame,
    RecordingFailed,
    Retrying,
    parse_record,
    record_line,
)
from avatar_server.dataset.fetching.fetcher import Fetcher
from avatar_server.dataset.modalities import PLAYABLE, Modality
from avatar_server.dataset.stores.local_store import LocalStore
from avatar_server.errors import MachineError, StoreBusyError, TransferError
from avatar_server.testing.loose_pieces import FILM
from avatar_server.testing.synthetic_interaction import synthesize
from tests.dataset.fetching.folder_store import FolderStore, listed, motion

A, B, C = (f"V00_S0001_I0000000{number}_P0001" for number in (1, 2, 3))
VAD = b'{"start": 0.5, "end": 1.0}\n'
WHOLE = {**motion(), "wav": b"RIFF" + bytes(1000), "metadata:vad": VAD}


class Fetch:
    """A store, a data folder, and what was told; no clock moves and nobody waits."""

    def __init__(self, folder: Path, *ids: str) -> None:
        self.store = FolderStore(folder / "store")
        self.tree = CacheTree(folder / "data")
        self.listed = listed(folder / "data", *ids)
        self.told: list[FetchRecord] = []
        self.stop = NoWaiting()

    def run(self, *besides: Modality, jobs: int = 4) -> Finished:
        plan = plan_fetch(self.listed, PLAYABLE | {*besides}, self.tree)
        self.stop = NoWaiting()
        return Fetcher(
            plan,
            self.store,
            self.tree,
            tell=self.told.append,
            jobs=jobs,
            stop=self.stop,
            clock=lambda: 0.0,
            spread=lambda: 0.5,
        ).run()

    def of(self, kind: type[FetchRecord]) -> list[FetchRecord]:
        return [record for record in self.told if isinstance(record, kind)]


class NoWaiting(threading.Event):
    """Remembers for how long it should have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self.waited_s.append(timeout)
        return self.is_set()


def counts(finished: Finished) -> tuple[int, int, int, int]:
    return finished.fetched, finished.here, finished.absent, finished.failed


def test_all_that_there_is_comes_once(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    for name in (A, B):
        fetch.store.put(name, WHOLE)
    finished = fetch.run()
    size = sum(len(data) for data in WHOLE.values())
    assert counts(finished) == (2, 0, 0, 0)
    assert (finished.bytes, finished.pieces_absent, finished.reason) == (2 * size, 2, "")
    # Nine files of each, of which the data set has no transcript; each was asked for once.
    assert len(fetch.store.opened) == len(set(fetch.store.opened)) == 18
    (planned,) = fetch.of(Planned)
    assert (planned.recordings, planned.here, planned.known_bytes) == (2, 0, 0)  # type: ignore[union-attr]
    last = fetch.of(Progress)[-1]
    assert last == Progress(2, 2, 18, 18, 2 * size, 2 * size)
    assert len(fetch.of(FileCame)) == 16
    assert sorted(name for record in fetch.of(RecordingCame) for name in record.files) == [  # type: ignore[union-attr]
        f"improvised/dev/0000/000{number}/{name}.{suffix}"
        for number, name in enumerate((A, B))
        for suffix in ("json", "npz", "wav")
    ]
    files = fetch.tree.present(place_of(fetch.listed[0]))
    assert files is not None
    with np.load(files.npz, allow_pickle=False) as arrays:
        assert set(arrays) == set(motion())
    assert files.json is not None
    assert json.loads(files.json.read_text())["metadata:vad"] == [{"start": 0.5, "end": 1.0}]
    assert fetch.told[0] == planned
    assert fetch.told[-1] == finished

    again = fetch.run()
    assert counts(again) == (0, 2, 0, 0)
    assert len(fetch.store.opened) == 18


def test_of_a_film_alone_nothing_else_is_said_to_have_come(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A)
    fetch.store.put(A, {"mp4": FILM})
    plan = plan_fetch(fetch.listed, frozenset[Modality]({"video"}), fetch.tree)
    Fetcher(plan, fetch.store, fetch.tree, tell=fetch.told.append, stop=threading.Event()).run()
    (came,) = (record for record in fetch.told if isinstance(record, RecordingCame))
    assert [Path(name).suffix for name in came.files] == [".mp4"]


def test_what_is_wanted_besides_is_all_that_is_fetched_later(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A)
    fetch.store.put(A, {**WHOLE, "mp4": FILM, "movement:FAUValue": motion()["smplh:is_valid"]})
    fetch.run()
    fetch.store.opened.clear()
    assert counts(fetch.run("video", "movement")) == (1, 0, 0, 0)
    asked = {name.partition(":")[2].partition(":")[0] for name, _ in fetch.store.opened}
    assert asked == {"mp4", "movement", "movement_v4"}
    place = place_of(fetch.listed[0])
    assert all(fetch.tree.has(place, part) for part in ("sound", "motion", "video", "movement"))
    fetch.store.opened.clear()
    fetch.run("video", "movement")
    assert fetch.store.opened == []
    # The data set may have got more in the meantime.
    fetch.tree.ledger.forget_absent(A)
    fetch.run("movement")
    assert ("movement_v4:FAUValue" in {name.partition(":")[2] for name, _ in fetch.store.opened}) is True
    assert "movement:FAUValue" not in {name.partition(":")[2] for name, _ in fetch.store.opened}


def test_a_recording_without_motion_is_absent_and_leaves_nothing(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    fetch.store.put(A, WHOLE)
    fetch.store.put(B, {"wav": b"RIFF"})
    assert counts(fetch.run(jobs=1)) == (1, 0, 1, 0)
    (absent,) = fetch.of(RecordingAbsent)
    assert (absent.recording, "not there" in absent.reason) == (B, True)  # type: ignore[union-attr]
    # After the first needed piece was found to be absent no other one was asked for.
    assert sum(name.startswith(B) for name, _ in fetch.store.opened) <= 2
    left = [path for path in (tmp_path / "data" / ".avatar-server").rglob("*") if B in str(path)]
    assert left == []


def test_what_breaks_goes_on_where_it_broke(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A)
    fetch.store.put(A, WHOLE)
    fetch.store.trouble = {
        "wav": [500, StoreBusyError("busy", where="there", retry_after_s=77), 800],
        "metadata:vad": [TransferError("no way", where="there")],
    }
    fetch.store.asked = [StoreBusyError("busy", where="index", retry_after_s=5)]
    finished = fetch.run()
    assert counts(finished) == (1, 0, 0, 0)
    assert finished.bytes == sum(len(data) for data in WHOLE.values())
    assert [start for name, start in fetch.store.opened if name.endswith(":wav")] == [0, 500, 500, 800]
    told_s = [record.wait_s for record in fetch.of(Retrying)]  # type: ignore[union-attr]
    assert sorted(told_s) == [1.0, 1.0, 1.0, 5.0, 77.0]
    assert sorted(fetch.stop.waited_s) == [1.25 * wait_s for wait_s in sorted(told_s)]


def test_one_that_fails_keeps_what_came_and_stops_no_other(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B, C)
    for name in (A, B, C):
        fetch.store.put(name, WHOLE)
    dead = TransferError("no connection", where="there")
    fetch.store.trouble = {f"{B}:wav": [700, *[dead] * 6]}
    first = fetch.run(jobs=2)
    assert counts(first) == (2, 0, 0, 1)
    (failed,) = fetch.of(RecordingFailed)
    assert failed == RecordingFailed(B, "there: no connection")
    fetch.store.opened.clear()
    second = fetch.run()
    assert counts(second) == (1, 2, 0, 0)
    assert [start for name, start in fetch.store.opened if name.endswith(":wav")] == [700]
    assert first.bytes + second.bytes == 3 * sum(len(data) for data in WHOLE.values())


def test_what_is_not_what_it_has_to_be_never_gets_a_name(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    fetch.store.put(A, {**WHOLE, "smplh:translation": b"<html>"})
    fetch.store.put(B, WHOLE)
    assert counts(fetch.run()) == (1, 0, 0, 1)
    (failed,) = fetch.of(RecordingFailed)
    assert "NPY" in failed.reason  # type: ignore[union-attr]
    assert not [path for path in (tmp_path / "data").rglob(f"{A}*") if ".avatar-server" not in path.parts]
    fetch.store.put(A, WHOLE)
    assert counts(fetch.run()) == (1, 1, 0, 0)


def test_a_full_disk_ends_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = Fetch(tmp_path, A, B, C)
    for name in (A, B, C):
        fetch.store.put(name, WHOLE)
    fetch.store.trouble = {f"{B}:wav": [MachineError("no room for it")]}
    with pytest.raises(MachineError, match="no room for it"):
        fetch.run(jobs=1)
    finished = fetch.told[-1]
    assert isinstance(finished, Finished)
    assert (counts(finished), finished.reason) == ((1, 0, 0, 0), "no room for it")
    assert counts(fetch.run(jobs=1)) == (2, 1, 0, 0)


def test_it_can_be_stopped_and_goes_on_later(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    for name in (A, B):
        fetch.store.put(name, WHOLE)
    plain = fetch.told.append

    def stop_after_three(record: FetchRecord) -> None:
        plain(record)
        if len(fetch.of(FileCame)) == 3:
            fetch.stop.set()

    plan = plan_fetch(fetch.listed, PLAYABLE, fetch.tree)
    finished = Fetcher(plan, fetch.store, fetch.tree, tell=stop_after_three, jobs=1, stop=fetch.stop).run()
    assert (counts(finished), finished.reason) == ((0, 0, 0, 0), "stopped")
    again = fetch.run()
    assert counts(again) == (2, 0, 0, 0)
    assert finished.bytes + again.bytes == 2 * sum(len(data) for data in WHOLE.values())


def test_what_another_process_fetches_is_put_off_and_then_here(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    for name in (A, B):
        fetch.store.put(name, WHOLE)
    other = fetch.tree.incoming(place_of(fetch.listed[0]))
    assert not other.is_private

    def let_go(record: FetchRecord) -> None:
        fetch.told.append(record)
        if isinstance(record, RecordingCame):
            other.close()

    plan = plan_fetch(fetch.listed, PLAYABLE, fetch.tree)
    assert counts(Fetcher(plan, fetch.store, fetch.tree, tell=let_go, jobs=1).run()) == (2, 0, 0, 0)
    assert [record.recording for record in fetch.of(RecordingCame)] == [B, A]  # type: ignore[union-attr]


def test_what_another_process_does_not_let_go_of_comes_as_well(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A)
    fetch.store.put(A, WHOLE)
    with fetch.tree.incoming(place_of(fetch.listed[0])):
        assert counts(fetch.run()) == (1, 0, 0, 0)
    assert fetch.tree.present(place_of(fetch.listed[0])) is not None


def test_whole_files_of_another_folder_come_as_they_are(tmp_path: Path) -> None:
    made = synthesize(tmp_path / "made", seconds=2.0)
    names = [str(recording.id) for recording in made.recordings]
    tree = CacheTree(tmp_path / "data")
    plan = plan_fetch(listed(tmp_path / "data", *names), [*PLAYABLE, "movement", "annotations"], tree)
    store = LocalStore(made.data_dir)
    known = with_known_sizes(plan, store.files)
    told: list[FetchRecord] = []
    finished = Fetcher(known, store, tree, tell=told.append).run()
    assert counts(finished) == (2, 0, 0, 0)
    assert finished.bytes == known.summary.known_bytes == known.summary.estimated_bytes
    # Movement came with the NPZ, annotations are in no JSON: neither is asked for again.
    again = plan_fetch(listed(tmp_path / "data", *names), [*PLAYABLE, "movement", "annotations"], tree)
    assert again.to_fetch == ()
    for recording in plan.recordings:
        files = tree.present(recording.place)
        assert files is not None
        for path in (files.npz, files.wav, files.json):
            assert path is not None
            (theirs,) = made.data_dir.rglob(path.name)
            assert path.read_bytes() == theirs.read_bytes()


def test_records_are_lines_that_can_be_read(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, A, B)
    fetch.store.put(A, WHOLE)
    fetch.store.trouble = {"wav": [TransferError("a\nb", where="there")]}
    fetch.run()
    lines = [record_line(record) for record in fetch.told]
    assert [parse_record(line) for line in lines] == fetch.told
    assert {json.loads(line)["type"] for line in lines} <= KINDS.keys()
    assert not any("\n" in line for line in lines)
