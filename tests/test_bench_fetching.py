"""Fetching is measured as it says; how fast it is, is not tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_server.bench import bucket_material
from avatar_server.bench.fetching import measure_fetching
from avatar_server.bench.fetching_report import Arriving, FetchedFirst, FetchingReport, Taken
from avatar_server.bench.newcomer import Watched
from avatar_server.cli import main
from avatar_server.dataset.catalogue import open_catalogue

WATCHED = Watched(
    opened_s=0.4, picture_s=0.6, sound_s=0.55, whole_s=12.0, waits=2, waited_s=1.5, pictures=300
)
TAKEN = Taken({"P0947": 400_000, "P1275A": 500_000}, {"P0947": 8, "P1275A": 9})


def test_the_comparison_by_hand() -> None:
    first = FetchedFirst("all files", 11.0, TAKEN)
    played = Watched(0.4, 0.7, 1.0, 0.8, 0, 0.0, 3)
    report = FetchingReport(180.0, 50.0, 50.0, Arriving(WATCHED, TAKEN, TAKEN), (first,), played)
    assert report.with_sound_s(first) == pytest.approx(12.0)
    text = report.as_text()
    assert "first picture        0.60 s after it was asked for, first sound 0.55 s" in text
    assert "0.90 MB, 17 requests (P0947 8, P1275A 9)" in text
    assert "waits for data       2, 1.5 s in all" in text
    assert "picture with sound after 12.0 s: 20 times as long" in text
    assert json.loads(json.dumps(report.as_json()))["arriving"]["before"]["requests"]["P0947"] == 8


@pytest.mark.timeout(240)
def test_somebody_watches_what_is_not_here() -> None:
    notes: list[str] = []
    report = measure_fetching(4.0, delay_ms=5.0, mbit_per_s=200.0, note=notes.append)
    watched, before, in_all = report.arriving.watched, report.arriving.before, report.arriving.in_all
    assert 0 < watched.opened_s < watched.picture_s < watched.whole_s
    assert watched.sound_s > watched.opened_s
    assert watched.pictures > 0
    assert set(before.requests) == set(in_all.requests) == {"P0947", "P1275A"}
    # Nine files a person, none of them twice; when these are here, three more with the face.
    assert max(before.requests.values()) <= 9
    assert all(9 <= count <= 12 for count in in_all.requests.values())
    assert 0 < before.all_bytes <= in_all.all_bytes
    playable, everything, plain = report.fetched_first
    assert playable.taken.requests == {"P0947": 9, "P1275A": 9}
    assert playable.taken.all_bytes <= in_all.all_bytes
    assert everything.taken.all_requests == plain.taken.all_requests == 100
    assert everything.taken.bytes == plain.taken.bytes
    assert everything.taken.all_bytes > in_all.all_bytes
    assert report.played.waits == 0
    assert notes[-1] == "everything there is, one file after another"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--seconds", "3", "--seconds: expected seconds from 4 on"),
        ("--mbit", "0", "--mbit: expected 1 to 100000, got 0"),
        ("--delay-ms", "soon", "--delay-ms: expected a number, got 'soon'"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "fetch", option, value]) == 2
    assert said in capsys.readouterr().err


def test_the_bucket_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path))
    folder = bucket_material.bucket_folder(4.0)
    made_ns = folder.stat().st_mtime_ns
    assert bucket_material.bucket_folder(4.0) == folder
    assert folder.stat().st_mtime_ns == made_ns
    assert len(bucket_material.recordings_in(folder)) == 2
    assert sum(1 for _ in folder.rglob("*.wav")) == 2
    bucket_material.write_long_list(folder, tmp_path / "filelist.csv")
    assert open_catalogue(tmp_path).recording_count == bucket_material.ROWS
