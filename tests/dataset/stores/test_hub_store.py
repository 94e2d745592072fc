"""The repository on Hugging Face: what it costs, what goes wrong with it, and what nobody may see."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.arriving_performance import ArrivingPerformance
from avatar_server.assembly import open_playable
from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.stores.hub_store import HubStore
from avatar_server.dataset.stores.tar_index import digest_of
from avatar_server.errors import (
    AbsentError,
    BrokenArchiveError,
    ChangedError,
    DeniedError,
    StoreBusyError,
    TransferError,
    UnreachableError,
    UsageError,
)
from avatar_server.motion.presets import NATURAL
from avatar_server.performance import Performance
from avatar_server.testing.bucket_server import Fault
from avatar_server.testing.hub_server import COMMIT, REPOSITORY, SIGNATURE, HubServer
from avatar_server.testing.loose_pieces import MOTION, PLACE, stored_npz
from avatar_server.testing.store_suite import SOUND, file_of, read_all
from avatar_server.testing.synthetic_interaction import IDS, synthesize
from avatar_server.testing.tar_layout import tar_path, write_sparse_tar, write_tar, write_tars

TOKEN = "hf_what-nobody-may-see"
SOURCE = f"hf:{REPOSITORY}"
TAR = tar_path(PLACE)
NPZ = stored_npz(MOTION)
MEMBERS = {f"{PLACE.id}.json": b"{}", f"{PLACE.id}.npz": NPZ, f"{PLACE.id}.wav": SOUND}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    write_tar(tmp_path / "hub" / TAR, MEMBERS)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    with HubServer(tmp_path / "hub", token=TOKEN) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def store(hub: HubServer) -> Iterator[HubStore]:
    store = HubStore(SOURCE)
    yield store
    store.close()


def test_the_token_goes_to_the_hub_and_nowhere_else(
    hub: HubServer, store: HubStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = file_of(store, "wav")
    assert read_all(file) == SOUND
    assert {headers["authorization"] for _, _, headers in hub.asked} == {f"Bearer {TOKEN}"}
    assert hub.bytes.asked
    assert not [one for one in hub.bytes.asked if "authorization" in one.headers]
    told = [file.where, repr(file), repr(store), caplog.text]
    hub.bytes.fail(TAR, Fault(times=2, status=403))
    with pytest.raises(DeniedError) as caught:
        file.open()
    told += [str(caught.value), repr(caught.value)]
    for secret in (TOKEN, SIGNATURE):
        assert secret not in "".join(told)


def test_questions_are_few_and_all_of_one_commit(hub: HubServer, store: HubStore) -> None:
    for piece in ("wav", "npz", "json"):
        read_all(file_of(store, piece))
    other = tar_path(RecordingPlace(PLACE.id, PLACE.label, PLACE.split, 0, 12))
    write_tar(hub.folder / other, MEMBERS)
    store.files(RecordingPlace(PLACE.id, PLACE.label, PLACE.split, 0, 12), {"sound"})
    top = f"datasets/{REPOSITORY}/resolve"
    assert [(method, path) for method, path, _ in hub.asked] == [
        ("HEAD", f"{top}/main/{TAR}"),
        ("HEAD", f"{top}/{COMMIT}/{other}"),
    ]


def test_an_address_that_counts_no_more_is_asked_for_again(hub: HubServer, store: HubStore) -> None:
    file = file_of(store, "wav")
    hub.bytes.fail(TAR, Fault(status=403))
    assert read_all(file, 1000) == SOUND[1000:]
    assert len(hub.asked) == 2


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault(status=404, headers={"X-Error-Code": "EntryNotFound"}), AbsentError, "not there"),
        (Fault(status=404, headers={"X-Error-Code": "RevisionNotFound"}), AbsentError, "no revision main"),
        (Fault(status=404, headers={"X-Error-Code": "RepoNotFound"}), DeniedError, "without another token"),
        (Fault(status=401), DeniedError, "hf auth login"),
        (Fault(status=403, headers={"X-Error-Code": "GatedRepo"}), DeniedError, "accepted the terms"),
        (Fault(status=429, headers={"Retry-After": "9"}), StoreBusyError, "too busy"),
        (Fault(status=503), StoreBusyError, "too busy"),
        (Fault(status=500), TransferError, "status 500"),
        (Fault(location="file:///etc/passwd"), TransferError, "redirects to file:///etc/passwd"),
        (Fault(location="http://169.254.169.254/latest"), TransferError, "keeper of secrets"),
        (Fault(status=200), TransferError, "neither its ETag"),
    ],
)
def test_what_the_hub_refuses_is_told(
    hub: HubServer, store: HubStore, fault: Fault, error: type[Exception], said: str
) -> None:
    hub.faults.append(fault)
    with pytest.raises(error, match=said) as caught:
        store.files(PLACE, {"sound"})
    assert f"{hub.url}/datasets/{REPOSITORY}/resolve/main/{TAR}" in str(caught.value)
    assert getattr(caught.value, "retry_after_s", None) == (9.0 if "Retry-After" in fault.headers else None)
    assert store.files(PLACE, {"sound"}), "the next try finds it"


def test_a_gated_or_unknown_repository_is_told(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.is_gated = True
    with pytest.raises(DeniedError, match="accepted the terms"):
        HubStore(SOURCE).files(PLACE, {"sound"})
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HF_TOKEN_PATH", "/none")
    with pytest.raises(DeniedError, match="not without another token"):
        HubStore(SOURCE).files(PLACE, {"sound"})


def test_a_hub_that_is_gone_or_forbidden_is_told(
    hub: HubServer, store: HubStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(UnreachableError, match="HF_HUB_OFFLINE"):
            store.files(PLACE, {"sound"})
    hub.close()
    with pytest.raises(UnreachableError):
        store.files(PLACE, {"sound"})


def test_a_recording_that_is_in_no_archive_is_absent(store: HubStore) -> None:
    elsewhere = RecordingPlace(RecordingId(0, 1, 2, 3), "improvised", "dev", 0, 11)
    with pytest.raises(AbsentError, match="is not in it"):
        store.files(elsewhere, {"sound"})
    with pytest.raises(AbsentError, match="not there"):
        store.files(RecordingPlace(PLACE.id, "improvised", "dev", 7, 7), {"sound"})
    with pytest.raises(AbsentError, match="does not say in which archive"):
        store.files(RecordingPlace(PLACE.id, "improvised", "dev", None, None), {"sound"})


def test_a_tar_that_is_none_is_told(hub: HubServer, store: HubStore) -> None:
    (hub.folder / TAR).write_bytes(b"<!DOCTYPE html>" * 1000)
    with pytest.raises(BrokenArchiveError, match="expected a tar header"):
        store.files(PLACE, {"sound"})


def test_an_index_that_does_not_fit_gives_no_wrong_bytes(
    hub: HubServer, store: HubStore, tmp_path: Path
) -> None:
    """Kept by somebody else for the same content, as after a mistake in an older version."""
    assert read_all(file_of(store, "wav")) == SOUND
    (path,) = (tmp_path / "cache" / "tar-indices").glob("*.json")
    kept = json.loads(path.read_text().replace(str(len(SOUND)), str(len(SOUND) - 1000)))
    del kept["digest"]
    path.write_text(json.dumps({**kept, "digest": digest_of(kept)}))
    other = HubStore(SOURCE)
    with pytest.raises(TransferError, match="made anew"):
        file_of(other, "wav").open()
    assert read_all(file_of(other, "wav")) == SOUND


def test_a_tar_that_is_replaced_is_another_file(hub: HubServer, store: HubStore, tmp_path: Path) -> None:
    file = file_of(store, "wav")
    with file.open(0, 10) as stream:
        version = stream.version
    before = {f"{number}.txt": b"more" for number in range(3)}
    write_tar(hub.folder / TAR, {**before, **MEMBERS, f"{PLACE.id}.wav": SOUND[::-1]})
    for start in (1000, 0):
        with pytest.raises(ChangedError):
            file.open(start, version=version)
    assert read_all(file) == SOUND[::-1]
    # And somebody who comes later, with the index of before.
    assert read_all(file_of(HubStore(SOURCE), "wav")) == SOUND[::-1]


@pytest.mark.parametrize(
    "address", ["hf:", "hf:name", "hf:a/b/c", "hf:a/b@", "hf:../b", "hf:a/b--c", "hfs", "hf:a/b?x"]
)
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(UsageError, match="expected hf"):
        HubStore(address)


GIBIBYTE = 1 << 30
PEOPLE = [RecordingId(0, 100 + pair, 7, person) for pair in range(40) for person in (1, 2)]


def test_out_of_a_gibibyte_little_more_comes_than_was_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty pairs, four files each: of one person sound and motion, and the index once."""
    rng = np.random.default_rng(1)
    wanted = PEOPLE[41]
    contents = {f"{wanted}.npz": rng.bytes(3_000_000), f"{wanted}.wav": rng.bytes(9_000_000)}
    sizes = {"json": 60_000, "npz": 3_000_000, "wav": 9_000_000, "mp4": GIBIBYTE // 80 - 12_060_000}
    path = tmp_path / "hub" / tar_path(PLACE)
    write_sparse_tar(path, [str(one) for one in PEOPLE], sizes, contents)
    assert path.stat().st_size > 0.99 * GIBIBYTE
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    with HubServer(tmp_path / "hub", etag='"a"') as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.bytes.fail(TAR, Fault(times=-1, etag='"b"'))

        def fetch(who: RecordingId) -> dict[str, bytes]:
            store = HubStore(SOURCE)
            files = store.files(RecordingPlace(who, PLACE.label, PLACE.split, 0, 11), {"sound", "motion"})
            found = {file.piece: read_all(file) for file in files}
            store.close()
            return found

        last = HubStore(SOURCE)
        assert last.files(RecordingPlace(PEOPLE[-1], PLACE.label, PLACE.split, 0, 11), {"sound"})
        index_bytes, index_requests = hub.bytes.sent[TAR], hub.bytes.requests()
        assert index_bytes < 100_000, "of all there is in it"
        assert index_requests == 4 * len(PEOPLE)
        found = fetch(wanted)
        assert found == {"npz": contents[f"{wanted}.npz"], "wav": contents[f"{wanted}.wav"]}
        size = sum(map(len, contents.values()))
        assert hub.bytes.sent[TAR] - index_bytes < 1.001 * size, "three in a hundred are allowed"
        assert hub.bytes.requests() == index_requests + 2


def test_an_interaction_plays_while_it_comes_and_is_then_the_one_of_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = synthesize(tmp_path / "made", seconds=4.0)
    write_tars(made, tmp_path / "hub")
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (tmp_path / "hub" / "filelist.csv").rename(data_dir / "filelist.csv")
    with HubServer(tmp_path / "hub", delay_s=0.01) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)

        def opened() -> Performance | ArrivingPerformance:
            return open_playable(
                str(IDS[0].interaction_key),
                data_dir,
                source=SOURCE,
                cache_bytes=None,
                filelist_url="",
                body=None,
                preset=NATURAL,
                staging="face-to-face",
            )

        arriving = opened()
        assert isinstance(arriving, ArrivingPerformance)
        try:
            arriving.look_ahead(0.2)
            assert arriving.growth.arrival.wait_until_whole(60.0)
        finally:
            arriving.close()
        asked = hub.bytes.requests()
        whole = opened()
        assert isinstance(whole, Performance)
        assert hub.bytes.requests() == asked
        assert isinstance(whole.interaction, Interaction)
        assert whole.duration_s == pytest.approx(4.0, abs=0.05)
    for recording in made.recordings:
        for path in (recording.npz, recording.wav, recording.json):
            (came,) = data_dir.rglob(path.name)
            assert came.read_bytes() == path.read_bytes()
