from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar_server.dataset import csv_rows
from avatar_server.dataset.filelist_csv import read_filelist
from avatar_server.dataset.recording_table import LABELS, SPLITS, UNKNOWN, RecordingTable
from avatar_server.errors import InputError

HEADER = "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"
OLD_HEADER = HEADER.rsplit(",", 3)[0]
ROW = "V00_S0809_I00000582_P1275A,improvised,dev,3,150,1,0,1"

Row = tuple[str, str, str, int, int, int, int, int]


def rows_of(table: RecordingTable) -> Iterator[Row]:
    columns = (table.batch, table.archive, table.movement, table.annotation_1p, table.annotation_3p)
    numbers = np.column_stack(columns).tolist()
    for row, rest in enumerate(numbers):
        yield (str(table.id(row)), LABELS[table.label[row]], SPLITS[table.split[row]], *rest)


def data_set(count: int, seed: int) -> list[Row]:
    """Rows in no order: pairs and, every now and then, a letter."""
    rows: list[Row] = []
    for number in range(count):
        # Multiples of a prime, cut to their last digits, come back to none of them for long.
        digits = f"{(number // 2 + seed) * 61_803_398_874_989 % 10**14:014d}"
        letter = "ABZ"[number % 3] if number % 790 == 7 else ""
        id = f"V{digits[:2]}_S{digits[2:6]}_I{digits[6:]}_P{number * 7919 % 10**4:04d}{letter}"
        bits = number * 31 + seed
        flags = bits & 1, bits >> 1 & 1, bits >> 2 & 1
        rows.append((id, LABELS[bits % 2], SPLITS[bits % 3], number // 2 % 10**4, number % 10**4, *flags))
    return rows


def written(folder: Path, *lines: object, end: str = "\n") -> Path:
    path = folder / "filelist.csv"
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def test_as_many_rows_as_the_data_set_has_come_out_as_they_went_in(tmp_path: Path) -> None:
    rows = data_set(129_370, seed=4)
    path = written(tmp_path, HEADER, *(",".join(map(str, row)) for row in rows))
    assert list(rows_of(read_filelist(path))) == sorted(rows)


def test_the_older_form_tells_no_flags(tmp_path: Path) -> None:
    table = read_filelist(written(tmp_path, OLD_HEADER, ROW.rsplit(",", 3)[0]))
    unknown = (UNKNOWN,) * 3
    assert list(rows_of(table)) == [("V00_S0809_I00000582_P1275A", "improvised", "dev", 3, 150, *unknown)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seed=st.integers(0, 10**6), count=st.integers(0, 12))
def test_other_writers_ways_make_no_difference(
    tmp_path: Path, data: st.DataObject, seed: int, count: int
) -> None:
    """Columns in any order, others among them, quotes, CRLF, a byte order mark, blank lines, no last end."""
    rows = data_set(count, seed)
    names = data.draw(st.permutations([*HEADER.split(","), "", "note"]))
    quote = data.draw(st.sampled_from(["", '"']))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = [end.join(["" for _ in range(data.draw(st.integers(0, 2)))])]
    for row in [tuple(HEADER.split(",")), *rows]:
        named = {**dict(zip(HEADER.split(","), row, strict=True)), "": "7", "note": "note"}
        if row[0] == "file_id":
            named[""] = ""
        lines.append(",".join(f"{quote}{named[name]}{quote}" for name in names))
        lines.extend([""] * data.draw(st.sampled_from([0, 0, 0, 1])))
    text = end.join(lines) + data.draw(st.sampled_from(["", end]))
    path = tmp_path / "filelist.csv"
    path.write_bytes(data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode())
    assert list(rows_of(read_filelist(path))) == sorted(rows)


def test_values_of_other_tools(tmp_path: Path) -> None:
    """pandas writes True and 1.0 for a flag, and nothing for what is missing."""
    id = "V01_S0001_I00000001_P000"
    lines = [f"{id}{n},naturalistic,train,,,{flag},," for n, flag in enumerate(("True", "1.0", "False", ""))]
    table = read_filelist(written(tmp_path, HEADER, *lines))
    assert table.movement.tolist() == [1, 1, 0, UNKNOWN]
    assert {*table.batch.tolist(), *table.archive.tolist(), *table.annotation_1p.tolist()} == {UNKNOWN}


def test_a_row_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    other = ROW.replace("P1275A", "P1276")
    table = read_filelist(written(tmp_path, HEADER, ROW, other, ROW, ROW))
    assert [str(table.id(row)) for row in range(len(table))] == [
        line.partition(",")[0] for line in (ROW, other)
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "V00_S0809",
            "../../etc",
            "a recording id like V00_S0809_I00000582_P1275, but found '../../etc",
        ),
        ("P1275A", "P1275a", "expected a recording id"),
        ("P1275A", "P1275AB", "expected a recording id"),
        ("P1275A", "P127", "expected a recording id"),
        ("V00", "V٠٠", "expected a recording id"),
        ("V00_S0809_I00000582_P1275A", "", "expected a recording id"),
        ("V00_S0809_I00000582_P1275A", "x" * 5000, "found 'xxx"),
        ("improvised", "../..", "expected one of improvised, naturalistic as label, but found '../..'"),
        ("improvised", "improvised" + " " * 40, "as label"),
        ("dev", "Dev", "expected one of train, dev, test as split, but found 'Dev'"),
        (",3,", ",-3,", "expected a whole number from 0 to 9999 as batch_idx, but found '-3'"),
        (",3,", ",00003,", "as batch_idx"),
        ("150", "15.0", "expected a whole number from 0 to 9999 as archive_idx, but found '15.0'"),
        ("150", "1e3", "as archive_idx"),
        ("150,1", "150,2", "expected 0 or 1 as has_imitator_movement, but found '2'"),
        ("150,1", "150,1,1", "expected 8 fields as in the header, but found 9"),
        ("150,1", "150", "expected 8 fields as in the header, but found 7"),
        ("dev", '"d"ev"', "expected plain values, but found a quote inside of one"),
        ("dev", '"de\nv"', "expected 8 fields"),
        ("dev", "de\0v", "expected UTF-8 text, but found a NUL character"),
        ("improvised", "improvised\N{ZERO WIDTH SPACE}\x1b[2J", r"found 'improvised\u200b\x1b[2J'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    good = ROW.replace("P1275A", "P1276")
    path = written(tmp_path, HEADER, good, "", ROW.replace(old, new, 1), good)
    with pytest.raises(InputError) as raised:
        read_filelist(path)
    assert str(raised.value).startswith(f"{path}, line 4: ")
    assert said in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300 + len(str(path))


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "filelist.csv"
    path.write_bytes(f"{HEADER}\n{ROW}\n".encode() + b"caf\xe9\n")
    with pytest.raises(InputError, match="line 3: expected UTF-8 text, but found the byte 0xe9"):
        read_filelist(path)


def test_rows_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, ROW, ROW.replace("P1275A", "P0001"), ROW.replace("dev", "test"))
    with pytest.raises(InputError) as raised:
        read_filelist(path)
    assert f"{path}, line 4: expected V00_S0809_I00000582_P1275A as in line 2, but found" in str(raised.value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "expected the columns file_id, label, split, batch_idx, archive_idx, but found an empty file"),
        ("<html>", "but found only '<html>'"),
        (HEADER.replace("split", "spilt"), "expected the columns"),
        (f"{HEADER},label", "expected every column once, but found 'label' twice"),
        (HEADER + ",note" * 60, "expected at most 64 columns, but found 68"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_filelist(written(tmp_path, header))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            [HEADER, ROW, "," * (csv_rows.MAX_LINE_BYTES + 1)],
            "line 3: expected lines of at most 1048576 bytes",
        ),
        ([HEADER, *[","] * csv_rows.MAX_ROWS], "expected at most 1000000 lines, but found 1000001"),
        ([HEADER, *["," * 1000] * 2], "expected at most 64 columns"),
        ([HEADER, '"' * 900_000], "line 2: expected plain values"),
    ],
)
def test_hostile_sizes_are_refused_with_the_limit(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_filelist(written(tmp_path, *lines))
    assert said in str(raised.value)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER)
    os.truncate(path, 1 << 40)
    with pytest.raises(InputError, match="expected at most 64 MiB, but found a larger file"):
        read_filelist(path)
