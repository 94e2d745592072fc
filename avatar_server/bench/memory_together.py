"""How much memory several processes take together, whatever else runs on the machine.

A proportional set (PSS) counts what processes share once, and so it becomes smaller when a program that has
nothing to do with them uses the same libraries. Their own memory is counted in that way; of each part of a
file the most that any of them has read is counted, as if nobody else had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path


class MemoryTogether:
    """The most there was, of processes that come and go; to be looked at again and again."""

    _FILES_EVERY = 8
    """Libraries are read once, and to look at them takes as long as drawing a small picture."""

    def __init__(self) -> None:
        self._own_mib = self._files_mib = 0.0
        self._looks = 0

    @property
    def peak_mib(self) -> float:
        """So far."""
        return self._own_mib + self._files_mib

    def look(self, processes: Sequence[int]) -> None:
        """At the processes there are now; who has just ended is left out."""
        self._own_mib = max(self._own_mib, sum(map(_own_mib, processes)))
        if self._looks % self._FILES_EVERY == 0:
            self._files_mib = max(self._files_mib, _files_mib(processes))
        self._looks += 1


def _own_mib(process: int) -> float:
    """Its share of what belongs to no file, and of what it changed of one."""
    lines = _lines(f"/proc/{process}/smaps_rollup")
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


def _files_mib(processes: Sequence[int]) -> float:
    """What was read of files and not changed."""
    most: dict[tuple[str, ...], int] = {}
    for process in processes:
        part: tuple[str, ...] | None = None
        resident = 0
        for line in _lines(f"/proc/{process}/smaps"):
            name, *values = line.split(maxsplit=5)
            if not name.endswith(":"):
                rights, offset, device, inode, *_ = values
                part = None if inode == "0" else (name, rights, offset, device, inode)
            elif name == "Rss:":
                resident = int(values[0])
            elif name == "Anonymous:" and part is not None:
                most[part] = max(most.get(part, 0), resident - int(values[0]))
    return sum(most.values()) / 1024


def _lines(path: str) -> Iterator[str]:
    with suppress(OSError):
        yield from Path(path).read_text().splitlines()
