"""Moments that several processes note on their way, in one file and on one clock (CLOCK_MONOTONIC)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """Something happened at `at_s`. pts: of the picture that it happened to, 0 for what has none."""

    what: str
    pts: int
    at_s: float


class Stamps:
    """Notes moments at a few microseconds each; any process and thread may write to the same file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, what: str, pts: int = 0, at_s: float | None = None) -> None:
        """`what` happened now, or at `at_s`."""
        # One short write to a file opened for appending is never mixed with another's.
        os.write(self._file, f"{what} {pts} {time.monotonic() if at_s is None else at_s:.6f}\n".encode())


def read_stamps(path: Path) -> Iterator[Stamp]:
    """What was noted in whole lines so far, in the order of writing."""
    for line in path.read_text(encoding="ascii").splitlines(keepends=True):
        if line.endswith("\n"):
            what, pts, at_s = line.split()
            yield Stamp(what, int(pts), float(at_s))
