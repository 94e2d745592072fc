"""CSV files beside the data set, read with limits: their bytes, and their records with line numbers.

Whoever fetched a data set did not write these files, so nothing in them is believed: every complaint is an
`InputError` of one line that names file and line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from avatar_server.errors import InputError

MAX_BYTES = 64 << 20
"""The largest of these files, filelist.csv with 129,370 rows, has 7 MB."""

MAX_ROWS = 1_000_000
MAX_COLUMNS = 64
MAX_LINE_BYTES = 1 << 20
_MAX_FIELD_CHARACTERS = 131_072  # What Python's csv module takes.

Record = dict[str, str]


def read_csv_bytes(path: Path) -> bytes:
    """The file without a byte order mark, all its lines ended by a line feed.

    Raises InputError for a file that cannot be read, is larger than `MAX_BYTES`, is no UTF-8, holds NULs, or
    has more than `MAX_ROWS` lines or longer ones than `MAX_LINE_BYTES`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(expected="a readable CSV file", came=f"{error.strerror}", where=path) from None
    if len(content) > MAX_BYTES:
        raise InputError(expected=f"at most {MAX_BYTES >> 20} MiB", came="a larger file", where=path)
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if content and not content.endswith(b"\n"):
        content += b"\n"
    _check_text(content, path)
    _check_lines(content, path)
    return content


def csv_records(
    path: Path, *, required: Collection[str], optional: Collection[str] = (), optional_suffix: str = ""
) -> Iterator[tuple[int, Record]]:
    """Every record of a CSV file as (the line it begins at, its wanted fields), in the order of the file.

    Fields may be quoted and go over several lines; columns may stand in any order, unknown ones are left
    out. required: columns without which the file is refused. optional: those that are handed on if there;
    of others, those whose name ends in `optional_suffix`, unless that is empty. Raises InputError.
    """
    text = read_csv_bytes(path).decode()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records = _numbered(reader, path)
    line, header = next(records, (1, []))
    check_header(header, required, at_line(path, line))
    wanted = [
        (index, name)
        for index, name in enumerate(header)
        if name in required or name in optional or (optional_suffix and name.endswith(optional_suffix))
    ]
    for line, fields in records:
        if len(fields) != len(header):
            raise InputError(
                expected=f"{len(header)} fields as in the header",
                came=f"{len(fields)}",
                where=at_line(path, line),
            )
        yield line, {name: fields[index] for index, name in wanted}


def check_header(header: list[str], required: Collection[str], where: str) -> None:
    """Raise InputError unless `header` names every required column, and no column twice."""
    if len(header) > MAX_COLUMNS:
        raise InputError(expected=f"at most {MAX_COLUMNS} columns", came=f"{len(header)}", where=where)
    lacking = [name for name in required if name not in header]
    if lacking:
        came = f"only {shown(','.join(header))}" if header else "an empty file"
        raise InputError(expected=f"the columns {', '.join(required)}", came=came, where=where)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(expected="every column once", came=f"{shown(twice[0])} twice", where=where)


def at_line(path: Path, line: int) -> str:
    """Where in a file something is wrong."""
    return f"{path}, line {line}"


def shown(value: str) -> str:
    """A value of a file as it can be shown in one line of a message: quoted, in ASCII, cut."""
    return ascii(value if len(value) <= 60 else value[:57] + "...")


def _numbered(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, with the number of their first line."""
    while True:
        line: int = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                expected=f"CSV (RFC 4180) with fields of at most {_MAX_FIELD_CHARACTERS} characters",
                came=f"a record that is not ({error})",
                where=at_line(path, line),
            ) from None
        if fields:
            yield line, fields


def _check_text(content: bytes, path: Path) -> None:
    nul = content.find(b"\0")
    if nul >= 0:
        where = at_line(path, content.count(b"\n", 0, nul) + 1)
        raise InputError(expected="UTF-8 text", came="a NUL character", where=where)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        where = at_line(path, content.count(b"\n", 0, error.start) + 1)
        raise InputError(
            expected="UTF-8 text", came=f"the byte 0x{content[error.start]:02x}", where=where
        ) from None


def _check_lines(content: bytes, path: Path) -> None:
    count = content.count(b"\n")
    if count > MAX_ROWS:
        raise InputError(expected=f"at most {MAX_ROWS} lines", came=f"{count}", where=path)
    begin, line = 0, 1
    # A file that fits in a line's limit needs no look at each line.
    while len(content) - begin > MAX_LINE_BYTES:
        # The last line end within the limit: every line before it is short enough.
        end = content.rfind(b"\n", begin, begin + MAX_LINE_BYTES)
        if end < 0:
            came = f"a line longer than {MAX_LINE_BYTES} bytes"
            raise InputError(
                expected=f"lines of at most {MAX_LINE_BYTES} bytes", came=came, where=at_line(path, line)
            )
        line += content.count(b"\n", begin, end + 1)
        begin = end + 1
