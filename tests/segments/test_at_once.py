"""Several processes write the film that one would have written, and leave nothing when they are stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_server.errors import MachineError
from avatar_server.export import export
from avatar_server.render.contract import PictureSize
from avatar_server.segments.at_once import export_at_once
from avatar_server.segments.film import Film
from avatar_server.stage.test_card import TestCardRenderer

Films = Callable[..., Film]
RUN = Path(__file__).with_name("at_once_run.py")


def run(what: str, target: Path, jobs: int = 2) -> dict[str, Any]:
    """See `at_once_run.py`; forks of this process could not draw, and must not die."""
    command = [sys.executable, str(RUN), what, str(target), str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["left"] == 0
    return result


def test_the_same_file_by_any_number_of_processes(tmp_path: Path, film: Films, size: PictureSize) -> None:
    shown = film()
    export(shown, TestCardRenderer(size), tmp_path / "one.mp4")
    for jobs in (1, 3):
        target = tmp_path / f"by {jobs}.mp4"
        found = run("nothing", target, jobs)
        assert target.read_bytes() == (tmp_path / "one.mp4").read_bytes()
        assert found["children"] == (0 if jobs == 1 else jobs)
        assert found["done"]["picture_count"] == found["told"][-1] == found["total"] == shown.picture_count
        assert found["told"] == sorted(found["told"])
        assert found["done"]["renderer"] == TestCardRenderer(size).name
        assert found["done"]["encoding_s"] > 0
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("kill", "was ended by SIGKILL"),
        ("leave", "ended with status 3"),
        ("fail", "the driver is gone"),
        ("fill", "no room left for "),
        ("interrupt", "interrupted"),
    ],
)
def test_a_worker_that_ends_ends_all(tmp_path: Path, what: str, told: str) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older")
    found = run(what, target)
    assert told in found["error"]
    assert found["children"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert target.read_bytes() == b"older"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, film: Films, size: PictureSize) -> None:
    with pytest.raises(MachineError, match=r"no/out\.mp4 cannot be written"):
        export_at_once(film(), size, lambda: TestCardRenderer(size), tmp_path / "no" / "out.mp4", jobs=2)


def test_workers_clean_up_behind_a_process_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, str(RUN), "kill all", str(tmp_path / "out.mp4"), "2"]
    # Workers hold the other end of the pipe: it ends when the last of them has ended.
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said, _ = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, said
    assert said == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.opengl
def test_drawn_pictures_do_not_depend_on_what_was_drawn_before(tmp_path: Path) -> None:
    """A second process begins in the midst, without planes, levels and shadows that the first has kept."""
    films = []
    for jobs in ("1", "2"):
        target = tmp_path / f"{jobs}.mp4"
        span = ["--start", "3", "--end", "5.5", "--fps", "12", "--size", "256x144"]
        command = ["render", "demo", "-o", str(target), *span, "--jobs", jobs]
        subprocess.run([sys.executable, "-m", "avatar_server", *command], check=True, capture_output=True)
        films.append(target.read_bytes())
    assert films[0] == films[1]
    assert len(list(tmp_path.iterdir())) == 2
