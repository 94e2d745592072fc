"""Memory of several processes: what they share is counted once, and nobody else's use makes it less."""

from __future__ import annotations

import subprocess
import sys

import pytest

from avatar_server.bench.memory_together import MemoryTogether
from avatar_server.bench.processor_time import descendants

_SHARING = """
import os, sys, numpy as np
shared = np.ones(40 << 20, np.uint8)
if os.fork():
    own = np.ones(30 << 20, np.uint8)
else:
    os.fork()
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def sharing_mib() -> float:
    """Of three processes that share 40 MB, and of which one has 30 more."""
    with subprocess.Popen(
        [sys.executable, "-c", _SHARING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline()
        found = MemoryTogether()
        found.look([process.pid, *descendants(process.pid)])
        process.communicate()
        before = found.peak_mib
        found.look([process.pid])
        assert found.peak_mib == before
        return before


def test_what_is_shared_counts_once(sharing_mib: float) -> None:
    """With the interpreter, numpy and their libraries, which take less than 40."""
    assert 70 < sharing_mib < 115
