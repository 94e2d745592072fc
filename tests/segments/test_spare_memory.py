"""What nobody needs goes back to the machine, and nothing changes by it."""

from __future__ import annotations

import subprocess
import sys


def run(program: str) -> None:
    """In a process whose memory is its own."""
    subprocess.run([sys.executable, "-c", _MEASURE + program], check=True)


_MEASURE = """
import mmap
from pathlib import Path
import numpy as np
from avatar_server.segments.spare_memory import give_back_freed, give_back_zeros, keep_little

def own_mib():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024
"""


def test_zeros_are_given_back_and_all_else_stays() -> None:
    run("""
large = np.empty(48 << 20, np.uint8)
large[:] = 0
large[5 << 20 : 6 << 20] = 7
large[-1] = 9
before = own_mib()
give_back_zeros()
assert before - own_mib() > 44, (before, own_mib())
assert large[5 << 20 : 6 << 20].min() == 7 and large[-1] == 9
assert int(large.sum(dtype=np.int64)) == 7 * (1 << 20) + 9
large[:] = 1
assert large.min() == 1
""")


def test_what_was_freed_between_is_given_back() -> None:
    run("""
pieces = [bytearray(100_000) for _ in range(400)]
kept = pieces[::2]
del pieces
before = own_mib()
give_back_freed()
assert before - own_mib() > 15, (before, own_mib())
assert not any(map(any, kept))
""")


def test_large_pieces_go_back_when_they_are_freed() -> None:
    """Without that glibc keeps them once some were freed, since then wanting them again is quicker."""
    run("""
keep_little()
for _ in range(3):
    pieces = [np.ones(5 << 20, np.uint8) for _ in range(8)]
    last = bytearray(1000)
    before = own_mib()
    del pieces
    assert before - own_mib() > 38, (before, own_mib())
""")
