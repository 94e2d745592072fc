"""What this machine, or the container around us, has to give."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def processor_cores(cgroup: Path = CGROUP) -> float:
    """How many processor cores this process may use: those it may run on, or less if a quota says so.

    Quotas are read from cgroup v2 (cpu.max) or v1 (cpu.cfs_quota_us), as containers see them.
    """
    cores = float(len(os.sched_getaffinity(0)))
    quota, period = "max", "100000"
    with contextlib.suppress(OSError, ValueError):
        quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
    with contextlib.suppress(OSError):
        quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text(encoding="ascii").strip()
        period = (cgroup / "cpu/cpu.cfs_period_us").read_text(encoding="ascii").strip()
    if quota not in ("max", "-1"):
        cores = min(cores, int(quota) / int(period))
    return cores


def available_bytes(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = CGROUP) -> int:
    """Memory that can be taken without swapping: the kernel's estimate, or less if a limit says so."""
    lines = meminfo.read_text(encoding="ascii").splitlines()
    available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        with contextlib.suppress(OSError, ValueError):
            most = int((cgroup / limit).read_text(encoding="ascii"))
            available = min(available, most - int((cgroup / used).read_text(encoding="ascii")))
    return max(available, 0)
