"""`avatar-server render` as people call it, and how much memory all its processes take together."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from avatar_server.bench.memory_together import MemoryTogether
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.errors import MachineError
from avatar_server.export_records import Written, parse_record
from avatar_server.render.contract import PictureSize

_LOOKED_AT_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class FilmRun:
    """One export by `jobs` processes.

    seconds: of the film. wall_s: from when all is read to the whole file. processor_s: of all processes,
    reading included. peak_memory_mib: of all processes together, see `MemoryTogether`.
    """

    jobs: int
    seconds: float
    pictures: int
    wall_s: float
    processor_s: float
    peak_memory_mib: float

    @property
    def pictures_per_second(self) -> float:
        """Over all."""
        return self.pictures / self.wall_s

    @property
    def processor_ms(self) -> float:
        """Of a picture, reading and opening included: what other programs on the machine hardly change."""
        return 1000 * self.processor_s / self.pictures


def measure_film(
    size: PictureSize,
    seconds: float,
    jobs: int,
    *,
    rate_hz: str = "30",
    interaction: str = "demo",
    data_dir: str = ".",
    start_s: float = 0.0,
) -> FilmRun:
    """Export a film; MachineError if that fails."""
    with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder:
        target = Path(folder) / "out.mp4"
        command = [sys.executable, "-m", "avatar_server", "render", interaction, "-o", str(target)]
        command += ["--data", data_dir, "--source", "local", "--json", "--fps", rate_hz, "--jobs", str(jobs)]
        command += ["--size", f"{size.width}x{size.height}"]
        command += ["--start", str(start_s), "--end", str(start_s + seconds)]
        said_to = Path(folder) / "said"
        with said_to.open("w") as file:
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True)
        memory, used_s = MemoryTogether(), 0.0
        while process.poll() is None:
            with suppress(OSError):
                everybody = [process.pid, *descendants(process.pid)]
                memory.look(everybody)
                used_s = max(used_s, processor_s(everybody))
            time.sleep(_LOOKED_AT_EVERY_S)
        assert process.stderr is not None
        complaints = process.stderr.read()
        if process.returncode != 0:
            raise MachineError(f"render ended with status {process.returncode}: {complaints.strip()}")
        told = parse_record(said_to.read_text().splitlines()[-1])
    assert isinstance(told, Written)
    return FilmRun(jobs, seconds, told.pictures, told.wall_s, used_s, memory.peak_mib)
