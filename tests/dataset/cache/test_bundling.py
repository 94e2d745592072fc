"""What comes from a store is judged before anything of it is believed."""

from __future__ import annotations

import gc
import io
import json
import random
import threading
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.cache.bundling import (
    LARGEST_NPZ_BYTES,
    check_npz,
    check_piece,
    list_items,
    npz_keys,
    read_npy_header,
    write_json,
    write_npz,
)
from avatar_server.errors import InputError
from avatar_server.testing.loose_pieces import MOTION, npy, npz


def with_header(text: str) -> bytes:
    header = text.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    "header",
    [
        "{[]: 1}",
        "'''",
        "(" * 2000,
        "{'descr': (), 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 3)}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3)}",
        "{'descr': 'V99999999999999999999', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4,<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<U9', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}" + " " * 20_000,
    ],
)
def test_a_header_that_means_no_array_of_numbers_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "array"
    path.write_bytes(with_header(header) + bytes(12))
    with pytest.raises(InputError, match=r"^https://bucket\.example/x: expected [^\n]*$"):
        check_piece("smplh:body_pose", path, "https://bucket.example/x")


def test_whatever_happens_to_a_header_is_one_sentence() -> None:
    """Seeded: bytes changed, ends cut off."""
    whole = npy(np.zeros((4, 3), np.float32))
    chance = random.Random(1)
    sentences = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of headers that Python 2 wrote.
        for _ in range(500):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(128)] = chance.randrange(256)
            try:
                read_npy_header(io.BytesIO(data[: chance.choice((len(data), chance.randrange(128)))]), "x")
            except InputError as error:
                sentences.append(str(error))
    assert len(sentences) > 300
    assert not any("\n" in sentence for sentence in sentences)


def bomb(path: Path, member_count: int) -> None:
    """A small zip that says of itself how much would come out of it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(member_count):
            archive.writestr(f"movement:x{number}.npy", b"0")
        for info in archive.filelist:
            info.file_size = LARGEST_NPZ_BYTES // 2


def test_what_would_fill_the_disk_is_not_unpacked(tmp_path: Path) -> None:
    bomb(tmp_path / "bomb", 3)
    with pytest.raises(InputError, match="at most 4 GiB of arrays, but found 6 GiB"):
        check_npz(tmp_path / "bomb", "x")
    with pytest.raises(InputError, match="at most 4 GiB"):
        write_npz(tmp_path / "new", {}, beside=[tmp_path / "bomb"])


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_member_that_is_damaged_is_a_sentence_however_it_is_packed(tmp_path: Path, method: int) -> None:
    path = tmp_path / "npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.npy", bytes(range(256)) * 8)
    data = bytearray(path.read_bytes())
    for place in range(40, 70):
        data[place] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(InputError):
        check_npz(path, "x")
    with pytest.raises(InputError):
        write_npz(tmp_path / "new", {}, beside=[path])


def test_of_two_members_of_one_name_the_last_one_counts_as_it_does_for_numpy(tmp_path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "npz", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.npy", npy(np.zeros(2)))
        archive.writestr("a.npy", npy(np.ones(2)))
    write_npz(tmp_path / "new", {}, beside=[tmp_path / "npz"])
    for name in ("npz", "new"):
        with np.load(tmp_path / name) as read:
            assert read["a"].tolist() == [1.0, 1.0]


def test_equal_arrays_make_equal_files(tmp_path: Path) -> None:
    (tmp_path / "array").write_bytes(npy(np.zeros((4, 3))))
    for name in ("first", "second"):
        write_npz(tmp_path / name, {"smplh:translation": tmp_path / "array"})
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert npz_keys(tmp_path / "first") == {"smplh:translation"}


def test_a_line_ends_where_json_lines_end(tmp_path: Path) -> None:
    """U+2028, U+0085 and their like end a line for Python, and may stand in a JSON text as they are."""
    said = "one\u2028two\u0085three\u2029four"
    path = tmp_path / "transcript"
    path.write_text(
        json.dumps({"transcript": said}, ensure_ascii=False) + "\r\n", encoding="utf-8", newline=""
    )
    assert list_items(path, "x") == [{"transcript": said}]


def test_lists_as_deep_as_can_be_read_are_written_or_refused(tmp_path: Path) -> None:
    """No depth that comes through the reader may end in a traceback of the writer."""
    for depth in (100, *range(940, 1000), 5000):
        path = tmp_path / "list"
        path.write_text("[" * depth + "]" * depth)
        try:
            list_items(path, "x")
            write_json(tmp_path / "new", "r", {"metadata:vad": path})
        except InputError:
            assert depth > 100


def test_an_archive_s_arrays_are_whole(tmp_path: Path) -> None:
    (tmp_path / "npz").write_bytes(npz(MOTION))
    check_piece("npz", tmp_path / "npz", "x")
    assert npz_keys(tmp_path / "npz") == {*MOTION}
    assert npz_keys(tmp_path) == frozenset()


def test_headers_are_read_in_many_threads_at_once() -> None:
    """CPython 3.11 mixes up threads that parse while the garbage collector lets another one go on."""
    data = npy(MOTION["smplh:global_orient"])
    failed: list[BaseException] = []

    def read(depth: int) -> None:
        if depth:
            return read(depth - 1)
        for _ in range(150):
            try:
                read_npy_header(io.BytesIO(data), "here")
            except BaseException as error:
                failed.append(error)
        return None

    def let_others_go_on(phase: str, info: dict[str, int]) -> None:
        time.sleep(1e-5)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_go_on)
    gc.set_threshold(5)
    try:
        threads = [threading.Thread(target=read, args=(depth,)) for depth in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(let_others_go_on)
    assert failed == []
