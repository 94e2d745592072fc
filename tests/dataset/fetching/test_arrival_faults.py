"""Whatever goes wrong while an interaction arrives: nothing but what the bucket has is ever given out."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.dataset.fetching.pacing import LEAD_PLAYING_S
from avatar_server.dataset.stores import http_files
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.errors import AbsentError, ChangedError, DeniedError, InputError
from avatar_server.testing.bucket_server import BucketServer, Fault
from tests.dataset.fetching.arriving_pair import (
    BODY,
    LIMIT_S,
    PLACES,
    Pair,
    arriving,
    fetch_all,
    write_pair,
)

BODY_START = 128
LEFT = "smplh:left_hand_pose"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("bucket"), 6.0)


@pytest.fixture
def server(pair: Pair) -> Iterator[BucketServer]:
    with BucketServer(pair.folder) as server:
        yield server


def fail(server: BucketServer, piece: str, *faults: Fault) -> str:
    """Let it go wrong for the first person; the path."""
    path = bucket_path(PLACES[0], piece)
    for fault in faults:
        server.fail(path, fault)
    return path


def starts(server: BucketServer, path: str) -> list[int]:
    return [one.start for one in server.asked if one.path == path]


@pytest.mark.parametrize(
    ("piece", "faults", "asked"),
    [
        ("wav", [Fault(cut_after=100_000)], [0, 100_000]),
        ("wav", [Fault(cut_after=500_000), Fault(cut_after=100_000)], [0, 500_000, 600_000]),
        (BODY, [Fault(cut_after=60)], [0, 60]),
        (BODY, [Fault(cut_after=0)], [0, 0]),
        ("wav", [Fault(status=500)], [0, 0]),
        ("metadata:vad", [Fault(status=500)], [0, 0]),
        (BODY, [Fault(cut_after=8000), Fault(status=206, headers={"Content-Length": "0"})], [0, 8000, 8000]),
        ("wav", [Fault(cut_after=100_000), Fault(ignore_range=True)], [0, 100_000]),
        ("wav", [Fault(cut_after=700_000), Fault(ignore_range=True)], [0, 700_000]),
        ("wav", [Fault(location="http://169.254.169.254/latest")], [0, 0]),
        (BODY, [Fault(location="file:///etc/passwd")], [0, 0]),
        ("wav", [Fault(cut_after=100_000, etag='"old"')], [0, 100_000, 0]),
        (BODY, [Fault(cut_after=4000, etag='"old"')], [0, 4000, 0]),
        ("wav", [Fault(length=10_000_000, cut_after=100_000)], [0, 100_000, 0]),
    ],
    ids=[
        "cut",
        "cut twice while it is played",
        "cut in a header",
        "cut before the first byte",
        "a server error",
        "a server error of what is read once",
        "a range that is none",
        "ranges ignored after a cut",
        "ranges ignored after a cut while it is played",
        "redirect to the keeper of secrets",
        "redirect to a file",
        "sound changed before anything is played",
        "motion changed before anything is played",
        "a length that is too large, cut before anything is played",
    ],
)
def test_it_is_played_whatever_goes_wrong(
    piece: str,
    faults: list[Fault],
    asked: list[int],
    pair: Pair,
    server: BucketServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = fail(server, piece, *faults)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    assert starts(server, path) == asked
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert 0 < len(said) < len(asked)
    assert all(f"{server.url}/{path}" in line for line in said)


def test_a_busy_bucket_is_not_asked_before_the_time_it_wants(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    path = fail(server, "wav", Fault(status=429, headers={"Retry-After": "2"}))
    fetch_all(server, tmp_path)
    first, second = (one.at_s for one in server.asked if one.path == path)
    assert second - first >= 2.0


def test_a_signed_address_that_has_expired_is_asked_for_again(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    path = fail(
        server,
        "wav",
        Fault(location=f"{server.url}/signed-1.wav?signature=secret"),
        Fault(location=f"{server.url}/signed-2.wav?signature=secret"),
    )
    for name in ("signed-1.wav", "signed-2.wav"):
        shutil.copy(pair.folder / path, pair.folder / name)
    server.fail("signed-1.wav", Fault(cut_after=300_000))
    server.fail("signed-1.wav", Fault(status=403, times=-1))
    try:
        fetch_all(server, tmp_path)
    finally:
        for name in ("signed-1.wav", "signed-2.wav"):
            (pair.folder / name).unlink()
    pair.assert_whole(tmp_path)
    assert starts(server, "signed-1.wav") == [0]
    assert starts(server, "signed-2.wav") == [300_000]


@pytest.mark.parametrize("absent", [403, 404])
def test_without_a_piece_that_is_needed_it_ends_with_a_message(
    absent: int, pair: Pair, tmp_path: Path
) -> None:
    with BucketServer(pair.folder) as server:
        path = fail(server, BODY, Fault(status=absent, times=-1))
        with arriving(server, tmp_path) as arrival:
            with pytest.raises(AbsentError, match="needed to play") as raised:
                arrival.wait_for_beginning(LIMIT_S)
            assert f"{server.url}/{path}" in str(raised.value) == arrival.trouble
    pair.assert_nothing_official(tmp_path)


@pytest.mark.parametrize(
    ("piece", "absent"),
    [(LEFT, 403), ("smplh:is_valid", 404), ("metadata:vad", 403), ("metadata:transcript", 404)],
)
def test_what_may_be_missing_may(
    piece: str, absent: int, server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    for place in PLACES:
        server.fail(bucket_path(place, piece), Fault(status=absent, times=-1))
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path, without=frozenset({piece}))


def test_without_sound_it_is_silent(server: BucketServer, pair: Pair, tmp_path: Path) -> None:
    fail(server, "wav", Fault(status=403, times=-1))
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        assert arrival.recordings[0].sound is None
        assert arrival.recordings[0].sound_length_s == 0.0
        assert arrival.recordings[1].sound_length_s == 6.0
        arrival.begin_playing()
        assert arrival.wait_until_whole(LIMIT_S)
        assert arrival.files is not None
        assert [files.wav is None for files in arrival.files] == [True, False]


def test_what_is_for_others_ends_it_with_a_message(server: BucketServer, pair: Pair, tmp_path: Path) -> None:
    path = fail(server, "wav", Fault(status=401, times=-1))
    with arriving(server, tmp_path) as arrival:
        with pytest.raises(DeniedError, match="not for us") as raised:
            arrival.wait_for_beginning(LIMIT_S)
        assert f"{server.url}/{path}" in str(raised.value)


@pytest.mark.parametrize(
    ("piece", "cut_after"), [("wav", 400_000), (BODY, BODY_START + 100 * 252)], ids=["sound", "motion"]
)
def test_what_changes_while_it_is_played_ends_it_and_is_not_mixed(
    piece: str, cut_after: int, server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    path = fail(server, piece, Fault(cut_after=cut_after, etag='"old"'))
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        arrival.begin_playing()
        with pytest.raises(ChangedError, match="changed while it was played") as raised:
            arrival.wait_until_whole(LIMIT_S)
        assert f"{server.url}/{path}" in str(raised.value)
        assert arrival.recordings[0].ahead_s(piece, 0.0) == 0.0, "nothing of either is given out"
    pair.assert_nothing_official(tmp_path)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)


def test_what_changes_after_it_was_opened_ends_it_also_if_nobody_has_begun_to_watch(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        arrival.note_change(0, "metadata:transcript")
        assert arrival.failure is None, "nobody has seen any of it"
        arrival.note_change(0, "wav")
        with pytest.raises(ChangedError):
            arrival.wait_until_whole(LIMIT_S)


@pytest.mark.parametrize(
    ("piece", "fault", "said"),
    [
        (BODY, Fault(length=10_000_000), "fill the file"),
        (BODY, Fault(length=3), "NPY format"),
        (BODY, Fault(length=5000), "fill the file"),
        ("wav", Fault(length=1_000_000_000), "changed while it was played"),
    ],
)
def test_a_wrong_length_is_found_out_and_the_next_time_it_plays(
    piece: str, fault: Fault, said: str, server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    path = fail(server, piece, fault)
    with pytest.raises((InputError, ChangedError)) as raised:
        fetch_all(server, tmp_path)
    assert said in str(raised.value)
    assert f"{server.url}/{path}" in str(raised.value)
    pair.assert_nothing_official(tmp_path)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)


def test_sound_that_is_cut_by_a_wrong_length_is_never_kept(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    fail(server, "wav", Fault(length=3))
    with pytest.raises(InputError, match="expected a WAV file"):
        fetch_all(server, tmp_path)
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)


def test_what_its_player_finds_broken_is_not_kept_either(
    server: BucketServer, pair: Pair, tmp_path: Path
) -> None:
    fail(server, "wav", Fault(length=3))
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S), "all of the sound is here"
        sound = arrival.recordings[0].sound
        assert sound is not None
        assert sound.is_whole
        arrival.fail(InputError(expected="a WAV file", came="three bytes", where=sound.source))
    fetch_all(server, tmp_path)
    pair.assert_whole(tmp_path)
    for place in PLACES[1:]:
        assert server.requests(f"{place.id}.wav") <= 2, "what is sound is kept"


def test_of_a_silent_bucket_people_are_told_and_nobody_runs_ahead(
    server: BucketServer, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_files, "TIMEOUT_S", 0.7)
    path = fail(server, BODY, Fault(cut_after=BODY_START + 36 * 252), Fault(stall=True))
    with arriving(server, tmp_path) as arrival:
        assert arrival.wait_for_beginning(LIMIT_S)
        arrival.look_ahead(1.0)
        while "silent" not in arrival.trouble:
            arrival.wait_for_news(LIMIT_S)
        assert f"{server.url}/{path}: silent for 0.7 s" == arrival.trouble
        assert arrival.failure is None
        assert arrival.ahead_s(1.0) == pytest.approx(0.2)
        sound = arrival.recordings[1]
        assert 1.0 <= sound.ahead_s("wav", 1.0) < 0.2 + LEAD_PLAYING_S + 0.2
        assert arrival.wait_until_whole(LIMIT_S), "it spoke again"
        assert arrival.trouble == ""
    pair.assert_whole(tmp_path)
