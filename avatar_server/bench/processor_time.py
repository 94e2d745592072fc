"""How much of the processors a process and its children have used, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path


def descendants(process: int) -> list[int]:
    """Children of `process`, their children, and so on."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def processor_s(processes: list[int]) -> float:
    """Seconds of processor time that `processes` have used, in and out of the kernel."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
