"""A file that arrives in pieces, and what is left of it after its process was killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.partial_file import SAVED_EVERY_BYTES, PartialFile
from avatar_server.errors import InputError, MachineError

SOURCE = "https://bucket.example/wav"


def begun(path: Path, size_bytes: int = 10, version: str = "v1") -> PartialFile:
    file = PartialFile(path, source=SOURCE)
    file.describe(size_bytes, version)
    return file


def test_bytes_come_in_any_order_and_only_those_that_are_here_are_read(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(6, b"6789")
    assert not file.is_whole
    with pytest.raises(ValueError, match="not here"):
        file.read(5, 2)
    file.write(0, b"012345")
    assert file.is_whole
    assert file.read(0, 10) == b"0123456789"


def test_another_process_goes_on_where_this_one_closed(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(2, b"234")
    file.close()
    file.close()
    again = PartialFile(tmp_path / "wav", source=SOURCE)
    assert (again.size_bytes, again.version, again.here) == (10, "v1", ByteSpans(((2, 5),)))
    assert again.read(2, 3) == b"234"


def test_bytes_of_another_version_or_size_or_source_are_never_mixed(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(0, b"0123")
    file.describe(10, "v2")
    assert (file.here.byte_count, file.version) == (0, "v2")
    file.write(0, b"abcd")
    file.describe(11, "v2")
    assert file.here.byte_count == 0
    file.write(0, b"ABCD")
    file.close()
    elsewhere = PartialFile(tmp_path / "wav", source="https://other.example/wav")
    assert (elsewhere.size_bytes, elsewhere.here.byte_count) == (None, 0)


@pytest.mark.parametrize(
    "state",
    [
        "",
        "[]",
        '{"source": 1}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 10, "version": "v1", "here": [[0, 9]]}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 2, "version": "v1", "here": [[0, 4]]}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 10, "version": "v1", "here": [[4, 0]]}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 10, "version": null, "here": [[0, 4]]}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": -1, "version": "v1", "here": []}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 2, "version": "v1", "here": [[0, 2]]}}',
        f'{{"source": "{SOURCE}", "boot": "", "size_bytes": 10, "version": "v1", "here": [[0, Infinity]]}}',
        "[" * 100_000,
    ],
)
def test_a_state_that_does_not_fit_counts_as_nothing(tmp_path: Path, state: str) -> None:
    (tmp_path / "wav").write_bytes(b"0123")
    (tmp_path / "wav.state").write_text(state)
    file = PartialFile(tmp_path / "wav", source=SOURCE)
    assert (file.size_bytes, file.here.byte_count) == (None, 0)
    assert not file.is_whole


def test_bytes_beyond_the_end_are_refused(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    with pytest.raises(InputError, match="a file of 10 bytes"):
        file.write(8, b"890")
    with pytest.raises(InputError):
        PartialFile(tmp_path / "other", source=SOURCE).write(0, b"0")


def test_whoever_waits_is_told_when_bytes_come(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    told: list[int] = []
    file.on_change(lambda: told.append(file.here.byte_count))
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(file.wait_for(4, 100, limit_s=60)))
    waiting.start()
    file.write(4, b"45")
    assert not file.wait_for(4, 100, limit_s=0)
    file.write(6, b"6789")
    waiting.join()
    assert answers == [True]
    assert told == [2, 6]


def test_a_killed_process_loses_at_most_what_it_had_not_told(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from avatar_server.dataset.cache.partial_file import PartialFile\n"
        f"file = PartialFile(Path(sys.argv[1]), source={SOURCE!r})\n"
        f"file.describe({4 * SAVED_EVERY_BYTES}, 'v1')\n"
        f"for place in range(0, {3 * SAVED_EVERY_BYTES}, 65536):\n"
        "    file.write(place, bytes([place // 65536]) * 65536)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "wav")], check=False)
    assert killed.returncode == -signal.SIGKILL
    file = PartialFile(tmp_path / "wav", source=SOURCE)
    here = file.here.byte_count
    assert 2 * SAVED_EVERY_BYTES < here <= 3 * SAVED_EVERY_BYTES
    assert file.read(0, here) == b"".join(bytes([number]) * 65536 for number in range(here // 65536))


def test_a_full_disk_is_a_sentence_and_keeps_what_came(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from avatar_server.dataset.cache.partial_file import PartialFile\n"
        "from avatar_server.errors import MachineError\n"
        f"file = PartialFile(Path(sys.argv[1]), source={SOURCE!r})\n"
        "file.describe(1 << 20, 'v1')\n"
        "file.write(0, bytes(4096))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n"
        "    file.write(4096, bytes(65536))\n"
        "except MachineError as error:\n"
        "    print(error)\n"
        "file.close()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "wav")], capture_output=True, text=True, check=True
    )
    assert "no room for" in ran.stdout
    assert PartialFile(tmp_path / "wav", source=SOURCE).here == ByteSpans(((0, 4096),))


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        PartialFile(tmp_path / "taken" / "wav", source=SOURCE)


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(0, b"0")
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_longer_file_stays_behind_the_end(tmp_path: Path) -> None:
    longer = begun(tmp_path / "wav")
    longer.write(0, b"0123456789")
    longer.close()
    file = PartialFile(tmp_path / "wav", source="https://other.example/wav")
    file.describe(4, "v1")
    file.write(0, b"abcd")
    assert file.is_whole
    assert (tmp_path / "wav").read_bytes() == b"abcd"


def test_after_the_machine_stopped_only_what_was_closed_counts(tmp_path: Path) -> None:
    """Its disk may have kept the state and not the bytes."""
    file = begun(tmp_path / "wav")
    file.write(0, b"0123")
    file.save()
    state = json.loads((tmp_path / "wav.state").read_text())
    (tmp_path / "wav.state").write_text(json.dumps({**state, "boot": "another time"}))
    assert PartialFile(tmp_path / "wav", source=SOURCE).size_bytes is None
    file = begun(tmp_path / "wav")
    file.write(0, b"0123")
    file.close()
    assert json.loads((tmp_path / "wav.state").read_text())["boot"] == ""


def test_no_size_is_below_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 bytes or more"):
        PartialFile(tmp_path / "wav", source=SOURCE).describe(-1, "v1")


def test_bytes_that_were_handed_over_stay_as_they_are(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(0, b"0123456789")
    file.hand_over()
    (tmp_path / "wav").rename(tmp_path / "official")
    with pytest.raises(ValueError, match="handed over"):
        file.describe(4, "v2")
    with pytest.raises(ValueError, match="handed over"):
        file.write(0, b"abcd")
    with pytest.raises(ValueError, match="handed over"):
        file.forget()
    assert (tmp_path / "official").read_bytes() == file.read(0, 10) == b"0123456789"
    file.close()
    assert [path.name for path in tmp_path.iterdir()] == ["official"]


def test_whoever_is_late_changes_nothing_of_the_next_one(tmp_path: Path) -> None:
    late = begun(tmp_path / "wav")
    late.close()
    file = begun(tmp_path / "wav")
    file.write(0, b"0123")
    file.close()
    late.describe(10, "v1")
    late.save()
    with pytest.raises(ValueError, match="closed"):
        late.write(0, b"abcd")
    assert PartialFile(tmp_path / "wav", source=SOURCE).read(0, 4) == b"0123"


def test_what_is_read_while_the_file_changes_is_of_one_version(tmp_path: Path) -> None:
    size_bytes = 1 << 16
    file = PartialFile(tmp_path / "wav", source=SOURCE)
    done = threading.Event()
    read: list[bytes] = []

    def reads() -> None:
        while not done.is_set():
            with contextlib.suppress(ValueError):
                read.append(bytes({*file.read(0, size_bytes)}))

    reader = threading.Thread(target=reads)
    reader.start()
    for number in range(60):
        file.describe(size_bytes, f"v{number}")
        for start in range(0, size_bytes, size_bytes // 4):
            file.write(start, bytes([number % 256]) * (size_bytes // 4))
    done.set()
    reader.join()
    assert all(len(values) == 1 for values in read)


def test_a_file_that_somebody_cut_is_a_sentence(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(0, b"0123456789")
    os.truncate(tmp_path / "wav", 4)
    with pytest.raises(MachineError, match="cut short"):
        file.read(0, 10)


def test_an_empty_file_is_told_of_as_soon_as_its_size_is_known(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "wav", source=SOURCE)
    told: list[bool] = []
    file.on_change(lambda: told.append(file.is_whole))
    file.describe(0, "v1")
    assert told == [True]


def test_a_disk_without_room_lets_a_file_be_closed(tmp_path: Path) -> None:
    file = begun(tmp_path / "wav")
    file.write(0, b"0123")
    file.save()
    file.write(4, b"4567")
    (tmp_path / "wav.state.new").mkdir()
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.read(0, 1)
    (tmp_path / "wav.state.new").rmdir()
    assert PartialFile(tmp_path / "wav", source=SOURCE).read(0, 4) == b"0123"
