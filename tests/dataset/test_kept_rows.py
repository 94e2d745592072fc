"""Rows on the disk are what was kept, in any order, from any process, and gone when nobody wants them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.kept_rows import KeptRows


def kept(count: int = 50) -> KeptRows[np.float32]:
    rows = KeptRows((2, 3), np.float32, "motion")
    for first in range(0, count, 20):
        rows.append(np.arange(6 * first, 6 * min(first + 20, count), dtype=np.float32).reshape(-1, 2, 3))
    return rows


def test_any_stretch_comes_back() -> None:
    rows = kept()
    assert (len(rows), rows.shape) == (50, (50, 2, 3))
    everything = np.arange(300, dtype=np.float32).reshape(50, 2, 3)
    np.testing.assert_array_equal(np.asarray(rows), everything)
    for first, last in ((0, 50), (19, 21), (49, 50), (7, 7)):
        np.testing.assert_array_equal(rows.read(first, last), everything[first:last])
    np.testing.assert_array_equal(rows[33], everything[33])
    for first, last in ((-1, 3), (5, 4), (40, 51)):
        with pytest.raises(ValueError, match="of 50"):
            rows.read(first, last)


def test_other_rows_are_refused() -> None:
    rows = kept()
    for wrong in (np.zeros((4, 3, 2), np.float32), np.zeros((4, 2, 3))):
        with pytest.raises(ValueError, match="expected"):
            rows.append(wrong)  # type: ignore[arg-type]


def test_a_forked_process_reads_too() -> None:
    rows = kept()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, rows.read(30, 31).tobytes())
        os._exit(0)
    os.wait()
    assert os.read(reader, 100) == rows[30].tobytes()
    os.close(reader)
    os.close(writer)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    rows = kept()
    assert list(tmp_path.iterdir()) == []
    rows.close()
    rows.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
    with pytest.raises(ValueError, match="closed"):
        rows.read(0, 1)


def test_a_full_disk_is_named() -> None:
    """The kernel refuses what is longer than the limit, as a full disk does."""
    program = """if True:
        import resource, signal
        import numpy as np
        from avatar_server.dataset.kept_rows import KeptRows
        from avatar_server.errors import NoRoomError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        rows = KeptRows((), np.float32, "motion")
        try:
            rows.append(np.zeros(500, np.float32))
        except NoRoomError as error:
            print(error)
    """
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("no room to keep motion in /")
