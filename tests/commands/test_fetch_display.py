"""What people see of a fetch."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import termios

import pytest

from avatar_server.commands.fetch_display import FetchDisplay, shown_bytes
from avatar_server.dataset.fetching.fetch_records import Finished, PieceAbsent, RecordingFailed, Retrying
from tests.commands.conftest import Caller

KEY = "V00_S0809_I00000582"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_499, "99.5 kB"),
        (999_600, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (234_567_890, "235 MB"),
        (27_000_000_000_000, "27.0 TB"),
        (27_000_000_000_000_000, "27000 TB"),
    ],
)
def test_bytes_for_people(count: int, text: str) -> None:
    assert shown_bytes(count) == text


def test_what_is_not_as_it_should_be_is_a_line_and_the_rest_is_counted() -> None:
    said: list[str] = []
    display = FetchDisplay(said.append)
    for kind in ("1P-R", "3P-V"):
        display.show(PieceAbsent("A", f"annotations:{kind}", "there"))
    display.show(PieceAbsent("A", "mp4", "there"))
    display.show(Retrying("A", "there: too busy (status 429)", 30.0))
    display.show(RecordingFailed("B", "there: no connection"))
    assert said == [
        "there: too busy (status 429); trying again in 30 s",
        "B did not come: there: no connection",
    ]
    assert display.summary(Finished(1, 2, 0, 1, 3, 5_000_000, 2.0, "")).splitlines() == [
        "fetched 1 recording, 5.0 MB in 2.0 s (2.5 MB/s); 2 here before, 0 absent, 1 failed",
        "3 pieces of theirs do not exist: annotations (2), mp4 (1)",
    ]


def test_a_terminal_shows_files_and_bytes(call: Caller) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 100))
    where = ("--data", str(call.data_dir), "--source", call.server.url)
    address = ("--filelist-url", f"{call.server.url}/filelist.csv")
    ran = subprocess.run(
        [sys.executable, "-m", "avatar_server", "fetch", KEY, *where, *address],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = ""
    with contextlib.suppress(OSError):  # The end of a terminal.
        while data := os.read(ours, 1 << 16):
            shown += data.decode(errors="replace")
    os.close(ours)
    assert ran.stdout.startswith(b"fetched 2 recordings")
    assert "files: 100%" in shown
    assert "18/18" in shown
    assert "bytes: 100%" in shown
