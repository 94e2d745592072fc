"""A server with a grainy stage, for all tests of faults."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from avatar_server.bench.viewers import started


@contextmanager
def grainy() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with started([sys.executable, str(Path(__file__).with_name("grainy_server.py"))]) as running:
        yield running


@pytest.fixture(scope="module")
def grainy_server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(URL, process)."""
    with grainy() as running:
        yield running
        assert running[1].poll() is None
