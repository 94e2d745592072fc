"""One thread for matrix products, in a process that is one of several on the same cores.

OpenBLAS, which numpy and scipy bring along, starts a thread for each core, and they wait for work by turning
round: where there is other work for the cores, a product takes many times as long.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

VARIABLE = "OPENBLAS_NUM_THREADS"
"""Environment variable that says so to processes that are still to be started."""

_SETTERS = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads", "openblas_set_num_threads")
"""As it is called in wheels of numpy and of scipy, and elsewhere."""


def use_one_thread() -> int:
    """Say so to every OpenBLAS that this process has loaded; how many there were."""
    told = 0
    for path in _loaded("openblas"):
        with suppress(OSError):
            library = ctypes.CDLL(path)
            for name in _SETTERS:
                if (setter := getattr(library, name, None)) is not None:
                    setter(1)
                    told += 1
                    break
    return told


def _loaded(part: str) -> list[str]:
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        return []
    paths = {line.split(maxsplit=5)[5] for line in maps.read_text().splitlines() if line.count("/")}
    return sorted(path for path in paths if part in Path(path).name)
