"""A folder that is one process's own, also while others remove it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from avatar_server.dataset.cache.recording_lock import LOCK_NAME, FolderLock
from avatar_server.errors import MachineError


def test_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "incoming" / "shared"
    first = FolderLock.take(folder)
    assert first is not None
    assert FolderLock.take(folder) is None
    first.release()
    first.release()
    second = FolderLock.take(folder)
    assert second is not None
    second.release(remove=True)
    assert not folder.parent.exists()


def test_whoever_waits_gets_it_when_it_is_free_also_if_the_folder_went(tmp_path: Path) -> None:
    folder = tmp_path / "placing"
    order: list[str] = []
    first = FolderLock.wait_for(folder)

    def waits() -> None:
        lock = FolderLock.wait_for(folder)
        order.append("second")
        lock.release()

    waiting = threading.Thread(target=waits)
    waiting.start()
    order.append("first")
    first.release(remove=True)
    waiting.join()
    assert order == ["first", "second"]
    assert folder.exists()


def test_what_the_next_one_keeps_is_not_removed_with_the_folder_of_the_one_before(tmp_path: Path) -> None:
    """Processes that take, use and remove one folder in turn; none loses a file while the lock is its own."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from avatar_server.dataset.cache.recording_lock import FolderLock\n"
        "folder = Path(sys.argv[1])\n"
        "had = 0\n"
        "while had < 60:\n"
        "    lock = FolderLock.take(folder)\n"
        "    if lock is None:\n"
        "        continue\n"
        "    had += 1\n"
        "    assert [path.name for path in folder.iterdir()] == ['lock']\n"
        "    for name in 'abcdefgh':\n"
        "        (folder / name).write_text(name)\n"
        "    for name in 'abcdefgh':\n"
        "        assert (folder / name).read_text() == name\n"
        "    lock.release(remove=True)\n"
    )
    folder = tmp_path / "incoming" / "shared"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        _, errors = process.communicate()
        assert errors == b""


def test_a_link_to_a_folder_elsewhere_is_never_emptied(tmp_path: Path) -> None:
    elsewhere = tmp_path / "documents"
    elsewhere.mkdir()
    (elsewhere / "thesis").write_text("all of it")
    (tmp_path / "shared").symlink_to(elsewhere)
    lock = FolderLock.take(tmp_path / "shared")
    assert lock is not None
    lock.release(remove=True)
    assert (elsewhere / "thesis").read_text() == "all of it"


def test_a_folder_that_can_never_be_made_is_a_sentence_and_not_for_ever(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "nowhere" / "lock")
    with pytest.raises(MachineError, match="cannot be written: No such file"):
        FolderLock.take(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        FolderLock.take(tmp_path / "file")
