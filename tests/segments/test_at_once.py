"""Several processes write the film that one would have written, and leave nothing when they are stopped."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar_server.errors import MachineError
from avatar_server.export import Progress, export
from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Snapshot
from avatar_server.segments.at_once import export_at_once
from avatar_server.segments.film import Film
from avatar_server.stage.test_card import TestCardRenderer

Films = Callable[..., Film]


def no_child_is_left() -> bool:
    return multiprocessing.active_children() == []


def test_the_same_file_by_any_number_of_processes(tmp_path: Path, film: Films, size: PictureSize) -> None:
    shown = film()
    export(shown, TestCardRenderer(size), tmp_path / "one.mp4")
    for jobs in (1, 2, 3):
        told: list[Progress] = []
        target = tmp_path / f"by {jobs}.mp4"
        done = export_at_once(
            shown, size, lambda: TestCardRenderer(size), target, jobs=jobs, progress=told.append
        )
        assert target.read_bytes() == (tmp_path / "one.mp4").read_bytes()
        assert done.picture_count == told[-1].pictures == told[-1].total == shown.picture_count
        assert [one.pictures for one in told] == sorted(one.pictures for one in told)
        assert done.renderer == TestCardRenderer(size).name
        assert done.encoding_s > 0
        assert done.submitting_s + done.collecting_s > 0
    assert no_child_is_left()
    assert len(list(tmp_path.iterdir())) == 4


class Mortal(TestCardRenderer):
    """Ends its process, or fails, or runs out of room, at a time of the film."""

    def __init__(self, size: PictureSize, end: Callable[[], None]) -> None:
        super().__init__(size)
        self._end = end

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        if snapshot.time_s > 4.5:
            self._end()
        super().submit(snapshot, hasty=hasty)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise MachineError("the driver is gone")


def leave() -> None:
    os._exit(3)


def fill() -> None:
    """The kernel refuses what is longer than this, as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (kill, "was ended by SIGKILL"),
        (leave, "ended with status 3"),
        (fail, "^the driver is gone$"),
        (fill, r"no room left for .*out\.mp4"),
    ],
)
def test_a_worker_that_ends_ends_all(
    tmp_path: Path, film: Films, size: PictureSize, end: Callable[[], None], told: str
) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older")
    with pytest.raises(MachineError, match=told):
        export_at_once(film(), size, lambda: Mortal(size, end), target, jobs=2)
    assert no_child_is_left()
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert target.read_bytes() == b"older"


def test_an_interruption_leaves_nothing(tmp_path: Path, film: Films, size: PictureSize) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.pictures > 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_at_once(
            film(), size, lambda: TestCardRenderer(size), tmp_path / "out.mp4", jobs=2, progress=interrupt
        )
    assert no_child_is_left()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, film: Films, size: PictureSize) -> None:
    with pytest.raises(MachineError, match=r"no/out\.mp4 cannot be written"):
        export_at_once(film(), size, lambda: TestCardRenderer(size), tmp_path / "no" / "out.mp4", jobs=2)


def test_workers_clean_up_behind_a_process_that_was_killed(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, "tests/segments")
        from conftest import card_film
        from avatar_server.render.contract import PictureSize
        from avatar_server.segments.at_once import export_at_once
        from avatar_server.stage.test_card import TestCardRenderer
        size = PictureSize(320, 192)
        def end(progress):
            if progress.pictures > 70:
                os.kill(os.getpid(), signal.SIGKILL)
        film, target = card_film(end_s=60.0), Path(sys.argv[1])
        export_at_once(film, size, lambda: TestCardRenderer(size), target, jobs=2, progress=end)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "out.mp4")]
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
