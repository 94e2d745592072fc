"""What a fetch says of itself, from what its process says."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.dataset.fetching.fetch_records import (
    FileCame,
    Finished,
    PieceAbsent,
    Planned,
    Progress,
    RecordingAbsent,
    RecordingFailed,
    Retrying,
)
from avatar_server.web.fetches.job import MOST_NAMED, AbsentShown, FetchJob, FetchOrder
from avatar_server.web.library.without_paths import without_paths

FIRST, SECOND = "V00_S0809_I00000582_P0947", "V00_S0809_I00000582_P1275A"
ORDER = FetchOrder(("V00_S0809_I00000582",), ("sound", "video"))


@pytest.fixture
def job() -> FetchJob:
    made = FetchJob("1", ORDER, 5.0, lambda sentence: without_paths(sentence, [Path("/data")]))
    made.state = "running"
    return made


def finished(*, failed: int = 0, reason: str = "") -> Finished:
    return Finished(2, 0, 0, failed, 1, 900, 1.0, reason)


def test_how_far_it_is(job: FetchJob) -> None:
    assert job.shown().recordings_expected == 0
    job.told(Planned(2, 0, 1000, 400))
    assert (job.shown().recordings_expected, job.shown().bytes_expected) == (2, 1000)
    job.told(
        Progress(
            recordings=1, recordings_expected=2, files=3, files_expected=7, bytes=450, bytes_expected=900
        )
    )
    told = job.shown()
    assert (told.recordings, told.files, told.bytes, told.bytes_expected) == (1, 3, 450, 900)
    job.told(PieceAbsent(FIRST, "mp4", "https://bucket/video"))
    job.told(RecordingAbsent(SECOND, "nowhere"))
    assert job.shown().absent == (AbsentShown(FIRST, "mp4"), AbsentShown(SECOND, ""))
    job.told(finished())
    job.ended(0, "")
    assert (job.shown().state, job.shown().problem, job.shown().bytes) == ("done", "", 900)


def test_trouble_is_told_until_it_is_over_and_without_paths(job: FetchJob) -> None:
    job.told(Retrying(FIRST, "https://bucket/a.wav: no connection", 2.0))
    assert job.shown().trouble == f"{FIRST}: https://bucket/a.wav: no connection"
    job.told(FileCame(FIRST, "wav", "https://bucket/a.wav", 4, 4))
    assert job.shown().trouble == ""
    job.told(RecordingFailed(SECOND, "no room for /data/improvised/dev/x.wav: full"))
    job.told(finished(failed=1))
    job.ended(1, "auto: 1 of 2 recordings did not come")
    assert (job.shown().state, job.shown().problem) == ("failed", f"{SECOND}: no room for x.wav: full")


@pytest.mark.parametrize(
    ("status", "last_words", "problem"),
    [
        (
            2,
            "--source: expected local, https, got 'nonsense'",
            "--source: expected local, https, got 'nonsense'",
        ),
        (1, "/data/filelist.csv, line 2: expected an id", "filelist.csv, line 2: expected an id"),
        (-9, "", "the process ended with status -9"),
    ],
)
def test_a_process_that_ends_early_says_why(
    job: FetchJob, status: int, last_words: str, problem: str
) -> None:
    job.told(Planned(2, 0, 1000, 400))
    job.ended(status, last_words)
    assert (job.shown().state, job.shown().problem) == ("failed", problem)


def test_many_absent_pieces_are_counted(job: FetchJob) -> None:
    for number in range(MOST_NAMED + 5):
        job.told(PieceAbsent(FIRST, f"movement:{number}", "https://bucket"))
    assert (len(job.shown().absent), job.shown().absent_count) == (MOST_NAMED, MOST_NAMED + 5)
