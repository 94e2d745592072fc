"""How fast this machine exports, beside what it could: one run, the same pictures, each in its own process.

`opengl` is what people get. `reference` draws the same snapshots with pyrender and smplx, the way it is
usually done. `encoder` writes the same film from pictures drawn beforehand: the limit.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from avatar_server.bench.case import Case, Measured
from avatar_server.bench.live import LiveMeasured, measure_live
from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize

REFERENCE_SECONDS = 2.0
"""The reference is slow and every picture costs it the same: a short film tells."""

LIVE_SECONDS = 10.0

SHORT_S, LONG_S = 20.0, 600.0
_MEMORY_SIZE = PictureSize(128, 72)
_MEMORY_RATE_HZ = "2"
"""Small and few pictures: memory grows, if it does, with motion, sound and the file's index."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What was measured on. load: running processes averaged over the minute before."""

    processor: str
    cores: int
    system: str
    load: float

    def as_text(self) -> str:
        """For people."""
        return f"{self.processor}, {self.cores} cores, {self.system}, load before {self.load:.1f}"


@dataclass(frozen=True, slots=True)
class Memory:
    """Largest resident sets of two exports of different length, MiB."""

    short_s: float
    long_s: float
    short_peak_mib: float
    long_peak_mib: float

    @property
    def ratio(self) -> float:
        """Long to short: 1 if length costs no memory."""
        return self.long_peak_mib / self.short_peak_mib


@dataclass(frozen=True, slots=True)
class BenchReport:
    """All figures of one run.

    `reference` is None where it is not installed, and `reference_missing` says so; `live` and `live_missing`
    likewise, where there is no browser to watch with.
    """

    machine: Machine
    size: tuple[int, int]
    opengl: Measured
    encoder: Measured
    reference: Measured | None
    reference_missing: str
    memory: Memory
    live: LiveMeasured | None
    live_missing: str

    @property
    def to_reference(self) -> float | None:
        """How many times the pictures a second of the reference renderer."""
        if self.reference is None:
            return None
        return self.opengl.pictures_per_second / self.reference.pictures_per_second

    @property
    def to_encoder(self) -> float:
        """The share of the encoder's limit that is reached, 0..1."""
        return self.opengl.pictures_per_second / self.encoder.pictures_per_second

    def as_json(self) -> dict[str, Any]:
        """Plain values: the fields, and the three ratios."""
        ratios = {"opengl_to_reference": self.to_reference, "opengl_to_encoder": self.to_encoder}
        return {**asdict(self), "ratios": {**ratios, "memory_long_to_short": self.memory.ratio}}

    def as_text(self) -> str:
        """A table for people."""
        width, height = self.size
        lines = [
            self.machine.as_text(),
            f"{width}x{height}, 4 samples a pixel, shadows; drawn by {self.opengl.renderer}",
            "",
            f"{'export by':<11}{'pictures':>9}{'a second':>10}  | ms a picture: {'motion':>7}{'submit':>8}"
            f"{'readback':>10}{'wait':>7}{'encode*':>9}  | {'peak MiB':>8}",
        ]
        rows = {"opengl": self.opengl, "reference": self.reference, "encoder": self.encoder}
        lines += [_row(name, measured) for name, measured in rows.items() if measured is not None]
        lines += ["* in a thread of its own, beside the others", ""]
        if self.to_reference is None:
            lines.append(f"no comparison with the reference renderer: {self.reference_missing}")
        else:
            lines.append(f"{self.to_reference:.1f} times the reference renderer")
        lines.append(f"{self.to_encoder:.0%} of the encoder's limit")
        memory = self.memory
        lines.append(
            f"peak memory of {memory.long_s:g} s is {memory.ratio:.2f} times that of {memory.short_s:g} s "
            f"({memory.long_peak_mib:.0f} and {memory.short_peak_mib:.0f} MiB, at "
            f"{_MEMORY_SIZE.width}x{_MEMORY_SIZE.height}, {_MEMORY_RATE_HZ} pictures a second)"
        )
        lines += ["", self.live.as_text() if self.live else f"live: not measured, {self.live_missing}"]
        return "\n".join(lines)


def measure(
    size: PictureSize, seconds: float, note: Callable[[str], None] = lambda sentence: None
) -> BenchReport:
    """Measure everything at `size` over a film of `seconds`; `note` is told what is being measured.

    Raises MachineError if this machine cannot draw or encode at all.
    """
    from avatar_server.assembly import DEMO, open_interaction

    measured_on = machine()
    open_interaction(DEMO, Path())  # Made now if need be, so that its making is no part of anything measured.

    def export_by(kind: Literal["opengl", "reference", "encoder"], length_s: float) -> Measured:
        note(f"measuring {kind}: {length_s:g} s at {size.width}x{size.height}")
        return measure_in_own_process(Case(kind, size.width, size.height, length_s))

    opengl = export_by("opengl", seconds)
    encoder = export_by("encoder", seconds)
    reference, reference_missing = None, ""
    try:
        reference = export_by("reference", min(seconds, REFERENCE_SECONDS))
    except MachineError as error:
        reference_missing = str(error)
    memory = measure_memory(note)
    live, live_missing = None, ""
    note(f"watching the live stage for {LIVE_SECONDS:g} s")
    try:
        live = measure_live(LIVE_SECONDS)
    except MachineError as error:
        live_missing = str(error)
    return BenchReport(
        measured_on,
        (size.width, size.height),
        opengl,
        encoder,
        reference,
        reference_missing,
        memory,
        live,
        live_missing,
    )


def measure_memory(note: Callable[[str], None], rate_hz: str = _MEMORY_RATE_HZ) -> Memory:
    """Peak memory of a short and a long export of small pictures, each in its own process."""
    from avatar_server.bench.material import write_long_interaction

    peaks = []
    for seconds in (SHORT_S, LONG_S):
        note(f"measuring the memory of an export of {seconds:g} s")
        with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder:
            key = write_long_interaction(Path(folder), seconds)
            case = Case("opengl", _MEMORY_SIZE.width, _MEMORY_SIZE.height, seconds, rate_hz, key, folder)
            peaks.append(measure_in_own_process(case).peak_memory_mib)
    return Memory(SHORT_S, LONG_S, *peaks)


def measure_in_own_process(case: Case) -> Measured:
    """Run one case in a fresh interpreter; MachineError if it fails."""
    run = subprocess.run(
        [sys.executable, "-m", "avatar_server.bench.case"],
        input=json.dumps(asdict(case)),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (run.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise MachineError(f"measuring {case.kind} ended with status {run.returncode}: {last}") from None
    if "error" in answer:
        raise MachineError(answer["error"])
    return Measured(**answer)


def _row(name: str, measured: Measured) -> str:
    parts = (measured.motion_ms, measured.submit_ms, measured.readback_ms, measured.wait_ms)
    shown = [f"{part:.1f}" if part else "-" for part in parts]
    return (
        f"{name:<11}{measured.picture_count:>9}{measured.pictures_per_second:>10.1f}  |               "
        f"{shown[0]:>7}{shown[1]:>8}{shown[2]:>10}{shown[3]:>7}{measured.encode_ms:>9.1f}  "
        f"| {measured.peak_memory_mib:>8.0f}"
    )


def machine() -> Machine:
    """This one."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return Machine(processor, len(os.sched_getaffinity(0)), platform.platform(terse=True), os.getloadavg()[0])
