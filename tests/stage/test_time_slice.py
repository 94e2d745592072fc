"""Whether Linux took what was asked for: it tells the slice of a thread where it tells its policy."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import threading
from avatar_server.stage.time_slice import ask_for_long_slices
if ask_for_long_slices():
    def tell():
        with open("/proc/thread-self/sched") as file:
            print(*(line.split()[-1] for line in file if line.startswith("se.slice")))
    tell()
    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
"""


def test_threads_begun_later_have_long_slices_too() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    if not said.strip():
        pytest.skip("this kernel gives no slices, or does not tell them")
    assert {float(word) for word in said.split()} == {12_000_000}
