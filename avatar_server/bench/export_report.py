"""`bench export`: how fast films are written here, beside the encoder, the reference and GENEA's loop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_server.assembly import DEMO
from avatar_server.bench.case import Case, Measured
from avatar_server.bench.film_run import FilmRun, measure_film
from avatar_server.bench.genea_loop import SIZE as GENEA_SIZE
from avatar_server.bench.material import write_long_interaction
from avatar_server.bench.report import REFERENCE_SECONDS, Machine, machine, measure_in_own_process
from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize
from avatar_server.testing.demo import DEMO_SECONDS

RATE_HZ = 30
_GENEA_SECONDS = 0.5
_PROFILED = 160


@dataclass(frozen=True, slots=True)
class ExportReport:
    """All figures of one run.

    ours: by as many processes as there are cores, as people get it; encoders: as many of them, of pictures
    drawn beforehand. reference and genea: None where those packages are not installed; missing says so.
    ours_at_genea: the same size as `genea`. steps_ms: processor time a picture, see `profile_export`.
    """

    machine: Machine
    size: tuple[int, int]
    ours: FilmRun
    encoders: tuple[Measured, ...]
    reference: Measured | None
    ours_at_genea: FilmRun
    genea: Measured | None
    missing: str
    steps_ms: Mapping[str, float]

    @property
    def encoder_per_second(self) -> float:
        """Pictures of all encoders."""
        return sum(one.pictures_per_second for one in self.encoders)

    def ratios(self) -> dict[str, float | None]:
        """Times as many pictures a second as the others, and as real time has.

        processor_*: how many times the processor time the others need for a picture.
        """
        ours, at_genea = self.ours, self.ours_at_genea
        found: dict[str, float | None] = {
            "to_real_time": ours.pictures_per_second / RATE_HZ,
            "to_encoder": ours.pictures_per_second / self.encoder_per_second,
        }
        for name, mine, other in (("reference", ours, self.reference), ("genea", at_genea, self.genea)):
            if other is None:
                found |= {f"to_{name}": None, f"processor_to_{name}": None}
            else:
                found[f"to_{name}"] = mine.pictures_per_second / other.pictures_per_second
                found[f"processor_to_{name}"] = other.processor_ms / mine.processor_ms
        return found

    def as_json(self) -> dict[str, Any]:
        """Plain values: the fields, and the ratios."""
        return {**asdict(self), "ratios": self.ratios()}

    def as_text(self) -> str:
        """For people."""
        from avatar_server.bench.profile_export import profile_text

        ratios = self.ratios()
        width, height = self.size
        at = f" at {GENEA_SIZE.width}x{GENEA_SIZE.height}"
        encoder_ms = sum(one.processor_ms for one in self.encoders) / len(self.encoders)
        rows: list[tuple[str, FilmRun | Measured | None]] = [
            ("avatar-server render", self.ours),
            ("reference renderer", self.reference),
            ("avatar-server render" + at, self.ours_at_genea),
            ("GENEA tool's loop" + at, self.genea),
        ]
        lines = [
            self.machine.as_text(),
            f"{width}x{height}, 4 samples a pixel, shadows, faces; {self.ours.jobs} processes",
            "",
            f"{'export by':<34}{'pictures a second':>18}{'processor ms':>14}{'peak MiB':>10}",
            *(
                f"{name:<34}{one.pictures_per_second:>18.2f}{one.processor_ms:>14.1f}"
                f"{one.peak_memory_mib:>10.0f}"
                for name, one in rows
                if one is not None
            ),
            f"{'the encoder alone, as many':<34}{self.encoder_per_second:>18.2f}{encoder_ms:>14.1f}",
            "",
            f"{ratios['to_real_time']:.2f} times real time (of {RATE_HZ} pictures a second)",
            f"{ratios['to_encoder']:.0%} of the encoder's limit",
        ]
        for name, told in (("reference", "the reference renderer"), ("genea", "the GENEA tool's loop")):
            if ratios[f"to_{name}"] is not None:
                lines.append(
                    f"{ratios[f'to_{name}']:.1f} times {told}, "
                    f"which needs {ratios[f'processor_to_{name}']:.1f} times the processor time"
                )
        if self.missing:
            lines.append(f"no comparison: {self.missing}")
        return "\n".join([*lines, "", profile_text(self.steps_ms)])


def measure_export(
    size: PictureSize, seconds: float, note: Callable[[str], None] = lambda sentence: None
) -> ExportReport:
    """Measure everything, one after the other; MachineError if this machine cannot draw or encode at all.

    What is longer than the demo is exported of an interaction that repeats it.
    """
    on = machine()
    jobs = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder:
        played = write_long_interaction(Path(folder), seconds) if seconds > DEMO_SECONDS else DEMO
        note(f"exporting {seconds:g} s at {size.width}x{size.height} with {jobs} processes")
        ours = measure_film(size, seconds, jobs, interaction=played, data_dir=folder)
        note("encoding what was drawn beforehand")
        case = Case("encoder", size.width, size.height, seconds, interaction=played, data_dir=folder)
        encoders = _at_once(case, jobs)
    missing = ""

    def rival(case: Case) -> Measured | None:
        nonlocal missing
        note(f"measuring {case.kind}: {case.seconds:g} s at {case.width}x{case.height}")
        try:
            return measure_in_own_process(case)
        except MachineError as error:
            missing = str(error)
            return None

    reference = rival(Case("reference", size.width, size.height, min(seconds, REFERENCE_SECONDS)))
    genea = rival(Case("genea", GENEA_SIZE.width, GENEA_SIZE.height, _GENEA_SECONDS))
    note(f"exporting at {GENEA_SIZE.width}x{GENEA_SIZE.height}")
    ours_at_genea = measure_film(GENEA_SIZE, min(seconds, 8.0), jobs)
    note("measuring step by step")
    return ExportReport(
        on,
        (size.width, size.height),
        ours,
        encoders,
        reference,
        ours_at_genea,
        genea,
        missing,
        _steps(size),
    )


def _at_once(case: Case, count: int) -> tuple[Measured, ...]:
    """As many of the same."""
    with ThreadPoolExecutor(count) as pool:
        return tuple(pool.map(measure_in_own_process, [case] * count))


def _steps(size: PictureSize) -> Mapping[str, float]:
    command = [sys.executable, "-m", "avatar_server.bench.profile_export", "--json"]
    command += ["--pictures", str(_PROFILED), "--size", f"{size.width}x{size.height}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise MachineError(f"measuring step by step ended with status {run.returncode}: {last}")
    steps: Mapping[str, float] = json.loads(run.stdout)
    return steps
