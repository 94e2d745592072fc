"""How many exports there may be, how large, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_server.errors import MachineError, MachineFullError
from avatar_server.web.exports.folder import ExportFolder
from avatar_server.web.exports.job import ExportJob
from avatar_server.web.exports.order import NewExport
from avatar_server.web.exports.queue import ExportLimits, ExportQueue
from avatar_server.web.library.supply import Supply

TINY = NewExport(width=64, height=36, rate_hz=10.0, end_s=0.2)


def queue_in(
    folder: Path, limits: ExportLimits, clock: Callable[[], float] = lambda: 0.0, **more: Any
) -> ExportQueue:
    return ExportQueue(
        Supply(folder / "data", "local"),
        ExportFolder(lambda: folder / "exports"),
        limits=limits,
        clock=clock,
        **more,
    )


async def end_of(queue: ExportQueue, job: ExportJob) -> None:
    """Wait until it is over."""
    while not job.is_over:
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == f"export {job.id}"])


@pytest.mark.opengl
def test_a_film_is_kept_for_a_while_and_longer_if_it_is_fetched(tmp_path: Path) -> None:
    now_s = 0.0

    async def ask() -> None:
        nonlocal now_s
        async with queue_in(tmp_path, ExportLimits(kept_s=100.0), lambda: now_s) as queue:
            job = queue.submit("demo", TINY)
            await end_of(queue, job)
            assert (job.state, job.problem) == ("done", "")
            film = queue.fetched(job)
            now_s = 60.0
            assert queue.fetched(job) == film
            assert film.stat().st_size == job.bytes
            now_s = 150.0
            assert queue.find(job.id) is job, "fetched again at 60 s"
            now_s = 161.0
            assert queue.find(job.id) is None
            assert not film.exists()
        assert list((tmp_path / "exports").iterdir()) == [tmp_path / "exports" / "lock"]

    asyncio.run(ask())


@pytest.mark.opengl
def test_a_film_that_becomes_too_large_is_ended(tmp_path: Path) -> None:
    async def ask() -> None:
        async with queue_in(tmp_path, ExportLimits(most_bytes=10_000)) as queue:
            job = queue.submit("demo", TINY.model_copy(update={"width": 640, "height": 360, "end_s": None}))
            await end_of(queue, job)
            assert (job.state, job.bytes) == ("failed", 0)
            assert "the film became larger than" in job.problem
            assert not queue.folder.room(job.id).exists()

    asyncio.run(ask())


def test_as_many_as_may_wait_do(tmp_path: Path) -> None:
    async def ask() -> None:
        async with queue_in(tmp_path, ExportLimits(queued=2, remembered=2)) as queue:
            jobs = [queue.submit("demo", TINY), queue.submit("demo", TINY)]
            with pytest.raises(MachineFullError, match="2 exports are waiting already"):
                queue.submit("demo", TINY)
            for job in jobs:
                await queue.cancel(job)
            jobs.append(queue.submit("demo", TINY))
            await queue.cancel(jobs[2])
            assert queue.jobs == (jobs[2], jobs[1]), "the oldest was forgotten"
        async with queue_in(tmp_path, ExportLimits(spare_bytes=1 << 62)) as queue:
            with pytest.raises(MachineFullError, match="no room"):
                queue.submit("demo", TINY)

    asyncio.run(ask())


def test_a_machine_without_a_place_for_films_says_so_when_one_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file, where the folder should be")

    async def ask() -> None:
        async with queue_in(tmp_path, ExportLimits()) as queue:
            with pytest.raises(MachineError, match="no folder for exports can be made"):
                queue.submit("demo", TINY)

    asyncio.run(ask())


def test_the_folder_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    with ExportFolder(lambda: tmp_path) as first:
        kept = first.make_room("one") / "film.mp4"
        kept.write_bytes(b"film")
        with ExportFolder(lambda: tmp_path) as second:
            assert kept.exists()
            assert second.room("one") != first.room("one")
        assert kept.exists()
    assert not kept.exists()
