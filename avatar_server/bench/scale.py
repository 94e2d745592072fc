"""`bench scale`: how an export grows with processes and with length."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_server.bench.film_run import FilmRun, measure_film
from avatar_server.bench.material import write_long_interaction
from avatar_server.bench.report import Machine, machine
from avatar_server.render.contract import PictureSize

LENGTHS_S = (60.0, 600.0)
_LONG_SIZE, _LONG_RATE_HZ = PictureSize(160, 90), "5"
"""Small and few pictures: memory grows, if it does, with motion, sound, segments and the file's index."""


@dataclass(frozen=True, slots=True)
class ScaleReport:
    """by_jobs: the same film by ever more processes. by_length: small pictures, by all cores."""

    machine: Machine
    size: tuple[int, int]
    by_jobs: tuple[FilmRun, ...]
    by_length: tuple[FilmRun, ...]

    @property
    def growth_mib(self) -> float:
        """What the longest needs more than the shortest."""
        return self.by_length[-1].peak_memory_mib - self.by_length[0].peak_memory_mib

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "growth_mib": self.growth_mib}

    def as_text(self) -> str:
        """For people."""
        head = f"{'processes':>9}{'film':>8}{'pictures':>10}{'a second':>10}{'cores':>7}{'peak MiB':>10}"
        lines = [self.machine.as_text(), f"{self.size[0]}x{self.size[1]}", head]
        lines += [_row(run) for run in self.by_jobs]
        lines += ["", f"{_LONG_SIZE.width}x{_LONG_SIZE.height}, {_LONG_RATE_HZ} pictures a second", head]
        lines += [_row(run) for run in self.by_length]
        lines.append(f"{self.growth_mib:+.0f} MiB from {LENGTHS_S[0]:g} s to {LENGTHS_S[-1]:g} s")
        return "\n".join(lines)


def measure_scale(
    size: PictureSize, seconds: float, note: Callable[[str], None] = lambda sentence: None
) -> ScaleReport:
    """Measure exports of `seconds` by one process and up to twice as many as cores; and of other lengths."""
    on = machine()
    cores = len(os.sched_getaffinity(0))
    by_jobs = []
    for jobs in sorted({1, 2, cores, 2 * cores}):
        note(f"exporting {seconds:g} s with {jobs} processes")
        by_jobs.append(measure_film(size, seconds, jobs))
    by_length = []
    for length_s in LENGTHS_S:
        note(f"exporting {length_s:g} s")
        with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder:
            key = write_long_interaction(Path(folder), length_s)
            run = measure_film(
                _LONG_SIZE, length_s, cores, rate_hz=_LONG_RATE_HZ, interaction=key, data_dir=folder
            )
        by_length.append(run)
    return ScaleReport(on, (size.width, size.height), tuple(by_jobs), tuple(by_length))


def _row(run: FilmRun) -> str:
    return (
        f"{run.jobs:>9}{run.seconds:>6.0f} s{run.pictures:>10}{run.pictures_per_second:>10.1f}"
        f"{run.processor_s / run.wall_s:>7.2f}{run.peak_memory_mib:>10.0f}"
    )
