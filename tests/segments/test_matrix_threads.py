"""Matrix products of a worker keep to one thread."""

from __future__ import annotations

import subprocess
import sys


def test_products_keep_to_one_thread() -> None:
    """In a fork, as workers are; other threads turn round for a moment when they are started, and no more."""
    program = """if True:
        import os
        from multiprocessing import get_context
        from pathlib import Path
        import numpy as np
        from avatar_server.segments.matrix_threads import use_one_thread

        def ticks():
            own = others = 0
            for task in Path("/proc/self/task").iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                used = int(fields[11]) + int(fields[12])
                if int(task.name) == os.getpid():
                    own = used
                else:
                    others += used
            return own, others

        def child(line):
            told = use_one_thread()
            a = np.ones((700, 700), np.float32)
            while ticks()[0] < 60:
                a @ a
            line.send((told, ticks()[1]))

        ours, theirs = get_context("fork").Pipe()
        process = get_context("fork").Process(target=child, args=(theirs,))
        process.start()
        told, others = ours.recv()
        process.join()
        assert told >= 1, told
        assert others <= 20, others
    """
    subprocess.run([sys.executable, "-c", program], check=True)
