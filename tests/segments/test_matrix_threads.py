"""Matrix products of a worker keep to one thread."""

from __future__ import annotations

import subprocess
import sys


def test_products_keep_to_one_thread() -> None:
    """In a fork, as workers are; other threads may be there, but do nothing."""
    program = """if True:
        import os
        from multiprocessing import get_context
        from pathlib import Path
        import numpy as np
        from avatar_server.segments.matrix_threads import use_one_thread

        def ticks_of_others():
            tasks = [task for task in Path("/proc/self/task").iterdir() if int(task.name) != os.getpid()]
            told = [(task / "stat").read_text().rpartition(")")[2].split() for task in tasks]
            return sum(int(fields[11]) + int(fields[12]) for fields in told)

        def child(line):
            told = use_one_thread()
            a = np.ones((700, 700), np.float32)
            for _ in range(20):
                a @ a
            line.send((told, ticks_of_others()))

        ours, theirs = get_context("fork").Pipe()
        process = get_context("fork").Process(target=child, args=(theirs,))
        process.start()
        told, ticks = ours.recv()
        process.join()
        assert told >= 1, told
        assert ticks <= 1, ticks
    """
    subprocess.run([sys.executable, "-c", program], check=True)
