"""kill -9 at any moment loses no segment that was finished, makes none twice, and leaves nothing behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.batch.conftest import children, command, refuse_unless_whole, render_all

pytestmark = pytest.mark.opengl

KILLS = 20

Spans = Callable[..., Path]


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.timeout(400)
def test_twenty_kills_and_a_resume(data_dir: Path, spans: Spans, tmp_path: Path) -> None:
    """When it is killed, and how many workers before it, is drawn by lot: at times before it draws."""
    lot = random.Random(7)
    names = {f"film{number}" for number in range(12)}
    file = spans(*((0.1 * number, 7.5, f"film{number}") for number in range(12)))
    out = tmp_path / "out"
    arguments = ("--spans", file, "--data", data_dir, "-o", out, "--resume", "--jobs", "2")
    kills = 0
    while kills < KILLS:
        process = subprocess.Popen(
            [*command(*arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        segments = lot.choice((0, 0, 2, 4, 6, 8, 10))
        if segments:
            wait_for(process.stdout, "drawing", segments)
        else:
            wait_for(process.stdout, "", lot.randrange(4))
        time.sleep(lot.uniform(0, 0.1))
        for _ in range(lot.choice((0, 1, 2, 2)) if segments else 0):
            os.kill(lot.choice(children(process.pid)), signal.SIGKILL)
            kills += 1
            wait_for(process.stdout, "worker_lost", 1)
        workers = children(process.pid)
        process.kill()
        kills += 1
        process.communicate()
        until_s = time.monotonic() + 20
        while any(is_alive(worker) for worker in workers):
            assert time.monotonic() < until_s, "workers outlive the command"
            time.sleep(0.01)
    drawn_by_the_killed = len((out / "segments.jsonl").read_text().splitlines())
    records, _ = render_all(*arguments)
    assert records[-1]["failed"] == 0
    refuse_unless_whole(out, names)
    assert drawn_by_the_killed >= 10, "most kills came before anything was drawn: they prove little"


def wait_for(records: IO[str], kind: str, count: int) -> None:
    """Read so many records of a kind (of any, if it is empty), or to the end."""
    while count and (line := records.readline()):
        count -= f'"type":"{kind}' in line


def test_two_resumes_at_once_share_the_work(data_dir: Path, spans: Spans, tmp_path: Path) -> None:
    file = spans((0, 5, "a"), (1, 6, "b"), (2, 7, "c"))
    out = tmp_path / "out"
    both = [
        subprocess.Popen(
            command("--spans", file, "--data", data_dir, "-o", out, "--resume"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    refuse_unless_whole(out, {"a", "b", "c"})
