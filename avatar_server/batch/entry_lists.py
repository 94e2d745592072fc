"""Lists of entries that people bring: a file of keys, and spans in a CSV file."""

from __future__ import annotations

from pathlib import Path

from avatar_server.batch.entry import Entry, usual_name
from avatar_server.dataset.csv_rows import MAX_BYTES, MAX_ROWS, at_line, csv_records, shown
from avatar_server.errors import InputError, UsageError

_REQUIRED = ("key", "start", "end")


def read_keys(path: Path) -> tuple[Entry, ...]:
    """An interaction a line, as it may stand after `render`; blank lines and those after # are left out.

    Raises InputError, naming file and line.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(expected="a readable file", came=f"{error.strerror}", where=path) from None
    if len(content) > MAX_BYTES:
        raise InputError(expected=f"at most {MAX_BYTES >> 20} MiB", came="a larger file", where=path)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            expected="UTF-8 text", came=f"the byte 0x{content[error.start]:02x}", where=path
        ) from None
    if len(lines) > MAX_ROWS:
        raise InputError(expected=f"at most {MAX_ROWS} lines", came=f"{len(lines)}", where=path)
    entries = []
    for number, line in enumerate(lines, 1):
        name = line.partition("#")[0].strip()
        if name:
            entries.append(_entry(path, number, usual_name(name), name, None, None))
    return tuple(entries)


def read_spans(path: Path) -> tuple[Entry, ...]:
    """`key,start,end[,name]` with a header, seconds of the interaction; other columns are left out.

    An empty start is the beginning, an empty end the end. Raises InputError, naming file and line.
    """
    return tuple(
        _entry(
            path,
            line,
            record.get("name", "").strip(),
            record["key"].strip(),
            _seconds(path, line, "start", record["start"]),
            _seconds(path, line, "end", record["end"]),
        )
        for line, record in csv_records(path, required=_REQUIRED, optional=("name",))
    )


def _entry(
    path: Path, line: int, name: str, interaction: str, start_s: float | None, end_s: float | None
) -> Entry:
    if not interaction:
        raise InputError(expected="an interaction", came="nothing", where=at_line(path, line))
    try:
        return Entry(name or usual_name(interaction, start_s, end_s), interaction, start_s, end_s)
    except UsageError as error:
        raise InputError(
            expected="an entry of a batch", came=f"this: {error}", where=at_line(path, line)
        ) from None


def _seconds(path: Path, line: int, column: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise InputError(
            expected=f"seconds in the column {column}", came=shown(text), where=at_line(path, line)
        )
    return value
