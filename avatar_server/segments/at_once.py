"""A film by several processes of this machine at once: each draws and encodes segments, one joins them.

Workers are forked, so that what was read and imported is in memory once. A fork copies no threads: where
there are others, or OpenGL was opened, whose drivers have some, all is done in this process instead. Each
worker draws with one thread of a software rasteriser; cores are used by there being several.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path

from avatar_server.encode.h264_encoders import encoder_here
from avatar_server.encode.h264_segment import pictures_per_group
from avatar_server.errors import MachineError
from avatar_server.export import Exported, Progress, export
from avatar_server.render.contract import PictureSize, Renderer
from avatar_server.render.opengl.context import DEVICE_VARIABLE, was_opened_here
from avatar_server.segments.drawing import FilmTimes
from avatar_server.segments.film import Film
from avatar_server.segments.joining import FilmJoiner
from avatar_server.segments.plan import Segment, plan_segments
from avatar_server.segments.spare_memory import give_back_freed
from avatar_server.segments.worker import HELD_BACK, Drew, Failed, Finished, work
from avatar_server.sinks.disk_errors import disk_error

_ENDS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class _Worker:
    process: ForkProcess
    line: Connection

    def hear(self) -> Drew | Finished | None:
        """What it tells, None if it has ended as it should; MachineError if it failed, or was ended."""
        try:
            told: Drew | Finished | Failed = self.line.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            if self.process.exitcode == 0:
                return None
            raise MachineError(f"a process that draws {_how_it_ended(self.process)}") from None
        if isinstance(told, Failed):
            raise MachineError(told.message)
        return told


def export_at_once(
    film: Film,
    size: PictureSize,
    open_renderer: Callable[[], Renderer],
    target: Path,
    *,
    jobs: int,
    devices: Sequence[int] = (),
    prepare: Callable[[], None] = lambda: None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Exported:
    """Write `film` to the MP4 file `target` with up to `jobs` processes: the same bits as by `export`.

    open_renderer: called in each worker, gives pictures of `size`. devices: numbers of EGL devices, which
    workers share; empty for the usual one. prepare: called before there are workers; what it reckons for
    renderers is in memory once. Raises what the parts raise, and
    MachineError if a worker ends on its own; then no file and no process is left behind, and an older file
    under the same name is still there. Not even killing this process leaves anything: workers notice.
    """
    if jobs == 1 or film.picture_count <= pictures_per_group(film.rate_hz) or not _can_fork():
        with drawing_on(devices), contextlib.closing(open_renderer()) as renderer:
            return export(film, renderer, target, progress=progress)
    begun = time.perf_counter()
    total = film.picture_count
    plan = plan_segments(total, film.rate_hz)
    times = FilmTimes()
    encoder_here()  # Found before there are workers, so that all have the same.
    prepare()
    drawn, drawn_by, finished, joined = 0, "", set[int](), 0
    with (
        _folder_beside(target) as folder,
        _workers(min(jobs, len(plan)), film, plan, open_renderer, folder, devices) as workers,
        FilmJoiner(film, size, target, folder) as joiner,
    ):
        while joined < len(plan):
            heard = wait([each.line for each in workers])
            for worker in [one for one in workers if one.line in heard]:
                told = worker.hear()
                if told is None:
                    workers.remove(worker)
                elif isinstance(told, Drew):
                    drawn += told.pictures
                else:
                    finished.add(told.index)
                    drawn_by = told.renderer
                    times.add(told.times)
            progress(Progress(drawn, total, joiner.bytes_written))
            while joined in finished:
                path = folder / str(joined)
                joiner.take(path)
                path.unlink()
                joined += 1
        joiner.check_complete()
    return Exported(
        renderer=drawn_by,
        picture_count=total,
        duration_s=float(total / film.rate_hz),
        wall_s=time.perf_counter() - begun,
        posing_s=times.posing_s,
        submitting_s=times.submitting_s,
        collecting_s=times.collecting_s,
        waiting_s=times.waiting_s,
        encoding_s=times.encoding_s,
    )


def _can_fork() -> bool:
    return threading.active_count() == 1 and not was_opened_here()


@contextlib.contextmanager
def drawing_on(devices: Sequence[int]) -> Iterator[None]:
    """OpenGL that is opened inside is on the first of `devices`."""
    before = os.environ.get(DEVICE_VARIABLE)
    if devices:
        os.environ[DEVICE_VARIABLE] = str(devices[0])
    try:
        yield
    finally:
        if devices:
            os.environ.pop(DEVICE_VARIABLE)
            if before is not None:
                os.environ[DEVICE_VARIABLE] = before


@contextlib.contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A hidden folder for segments, on the same disk; removed with all that is in it."""
    try:
        made = tempfile.TemporaryDirectory(
            prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise disk_error(error, target) from None
    with made as name:
        yield Path(name)


@contextlib.contextmanager
def _workers(
    count: int,
    film: Film,
    plan: tuple[Segment, ...],
    open_renderer: Callable[[], Renderer],
    folder: Path,
    devices: Sequence[int],
) -> Iterator[list[_Worker]]:
    """Processes at work; none is left when the block ends."""
    fork = multiprocessing.get_context("fork")
    next_index = fork.Value("i", 0)
    started: list[_Worker] = []
    # What lives for ever is not looked at by workers' garbage collection, which would copy its memory.
    gc.collect()
    give_back_freed()
    gc.freeze()
    try:
        for number in range(count):
            device = devices[number % len(devices)] if devices else None
            ours, theirs = fork.Pipe()
            not_ours = [ours, *(worker.line for worker in started)]
            arguments = (film, plan, open_renderer, folder, next_index, theirs, not_ours, device)
            process = fork.Process(target=work, args=arguments, name="avatar-server segments", daemon=True)
            before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
            try:
                process.start()
                started.append(_Worker(process, ours))
            finally:
                theirs.close()
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield list(started)
    finally:
        gc.unfreeze()
        for worker in started:
            worker.process.terminate()
        for worker in started:
            worker.process.join(_ENDS_WITHIN_S)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
            worker.line.close()


def _how_it_ended(process: ForkProcess) -> str:
    code = process.exitcode
    assert code is not None
    return f"ended with status {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"
