"""A server with a grainy stage, for all tests of faults."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from avatar_server.bench.viewers import started_with


@contextmanager
def grainy() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """It stops well, and has complained of nothing that it did not expect, whatever was done to it."""
    command = [sys.executable, str(Path(__file__).with_name("grainy_server.py"))]
    with tempfile.TemporaryFile("w+") as complaints:
        with started_with(command, complaints) as (url, process):
            yield url, process
        complaints.seek(0)
        said = complaints.read()
        assert process.returncode == 0, said
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def grainy_server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(URL, process)."""
    with grainy() as running:
        yield running
        assert running[1].poll() is None
