"""`filelist.csv`: which recordings the data set has, and where. Both known forms, with 8 and with 5 columns.

The file has 129,370 rows, so its columns are cut out of the bytes with numpy: a tenth of the time that
reading row by row takes, and no slower than a saved index would be to check and load; so no index is
written to disk. No legal value holds a comma, a quote or a line end, which makes lines and commas all there
is to parse.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.csv_rows import MAX_COLUMNS, at_line, check_header, read_csv_bytes, shown
from avatar_server.dataset.recording_table import LABELS, SPLITS, SUFFIX_COUNT, UNKNOWN, RecordingTable
from avatar_server.errors import InputError

_REQUIRED = ("file_id", "label", "split", "batch_idx", "archive_idx")
_MOVEMENT, _ANNOTATION_1P, _ANNOTATION_3P = "has_imitator_movement", "has_annotation_1p", "has_annotation_3p"

_ID_FORM = b"V00_S0000_I00000000_P0000"
_DIGITS = np.flatnonzero(np.frombuffer(_ID_FORM, np.uint8) == ord("0"))
_SIGNS = np.flatnonzero(np.frombuffer(_ID_FORM, np.uint8) != ord("0"))
_PLACE_DIGITS = 4
_YES = (b"1", b"1.0", b"True", b"true")
_NO = (b"0", b"0.0", b"False", b"false")
_WIDEST = 32
"""Bytes looked at of a field; all legal values are shorter."""


def read_filelist(path: Path) -> RecordingTable:
    """The recordings that `path` names.

    Flags of columns that the file lacks, and empty ones, are `UNKNOWN`; so are empty batches and archives.
    A row that repeats another is left out. Raises InputError, naming the line, for anything that is no
    recording id, no known label or split or no number where one belongs, and for rows that contradict each
    other.
    """
    rows = _Rows(path)
    interaction, participant = rows.ids("file_id")
    table = RecordingTable(
        interaction=interaction,
        participant=participant,
        label=rows.one_of("label", LABELS),
        split=rows.one_of("split", SPLITS),
        batch=rows.numbers("batch_idx"),
        archive=rows.numbers("archive_idx"),
        movement=rows.flags(_MOVEMENT),
        annotation_1p=rows.flags(_ANNOTATION_1P),
        annotation_3p=rows.flags(_ANNOTATION_3P),
    )
    order = table.order()
    table = table.taken(order)
    repeats = table.repeats()
    for row in repeats.tolist():
        if table.differs(row, row - 1):
            raise InputError(
                expected=f"{table.id(row)} as in line {rows.line(int(order[row - 1]))}",
                came="another label, split, place or flag",
                where=at_line(path, rows.line(int(order[row]))),
            )
    return table.taken(np.delete(np.arange(len(table)), repeats)) if len(repeats) else table


class _Rows:
    """The lines of a filelist, cut into fields."""

    def __init__(self, path: Path) -> None:
        self._path = path
        content = _without_quotes(read_csv_bytes(path), path)
        # Fields are cut out in one width: the last ones need something behind them.
        self._bytes = np.frombuffer(content + bytes(_WIDEST), np.uint8)
        ends = np.flatnonzero(self._bytes == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
        filled = np.flatnonzero(ends > starts)
        first = int(filled[0]) if len(filled) else 0
        header = content[int(starts[first]) : int(ends[first])].decode().split(",") if len(filled) else []
        check_header(header, _REQUIRED, at_line(path, first + 1))
        self._columns = {name: index for index, name in enumerate(header)}
        self._lines = filled[1:]
        starts, ends = starts[filled[1:]], ends[filled[1:]]
        if np.count_nonzero(self._bytes == ord(",")) > MAX_COLUMNS * (len(starts) + 1):
            raise InputError(expected=f"at most {MAX_COLUMNS} columns", came="more commas", where=path)
        commas = np.flatnonzero(self._bytes == ord(","))
        counts = np.searchsorted(commas, ends) - np.searchsorted(commas, starts)
        for row in np.flatnonzero(counts != len(header) - 1)[:1].tolist():
            raise InputError(
                expected=f"{len(header)} fields as in the header",
                came=f"{counts[row] + 1}",
                where=at_line(path, self.line(row)),
            )
        inner = commas[len(header) - 1 :].reshape(len(starts), len(header) - 1)
        self._starts = np.column_stack((starts, inner + 1))
        self._ends = np.column_stack((inner, ends))

    def line(self, row: int) -> int:
        """The line that a row, counted from 0, stands in."""
        return int(self._lines[row]) + 1

    def ids(self, column: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Interaction codes and participant codes, as in `recording_table`."""
        characters, lengths = self._cut(column)
        length = len(_ID_FORM)
        digits = characters[:, _DIGITS] - np.uint8(ord("0"))
        letters = characters[:, length].astype(np.int32)
        good = (digits <= 9).all(axis=1)
        good &= (characters[:, _SIGNS] == np.frombuffer(_ID_FORM, np.uint8)[_SIGNS]).all(axis=1)
        good &= (lengths == length) | (
            (lengths == length + 1) & (letters >= ord("A")) & (letters <= ord("Z"))
        )
        self._refuse_unless(good, column, "a recording id like V00_S0809_I00000582_P1275")
        interaction = np.zeros(len(digits), np.int64)
        for place in range(14):
            interaction = interaction * 10 + digits[:, place]
        number = np.zeros(len(digits), np.int32)
        for place in range(14, 18):
            number = number * 10 + digits[:, place]
        return interaction, number * SUFFIX_COUNT + np.where(letters > 0, letters - ord("A") + 1, 0)

    def one_of(self, column: str, names: tuple[str, ...]) -> NDArray[np.int8]:
        """The place of each value in `names`."""
        texts = self._texts(column)
        found = np.full(len(texts), UNKNOWN, np.int8)
        for place, name in enumerate(names):
            found[texts == name.encode()] = place
        self._refuse_unless(found != UNKNOWN, column, f"one of {', '.join(names)} as {column}")
        return found

    def numbers(self, column: str) -> NDArray[np.int16]:
        """Numbers of one to four digits."""
        characters, lengths = self._cut(column)
        value = np.zeros(len(lengths), np.int16)
        good = lengths <= _PLACE_DIGITS
        for place in range(_PLACE_DIGITS):
            digit = characters[:, place] - np.uint8(ord("0"))
            here = place < lengths
            good &= (digit <= 9) | ~here
            value = np.where(here, value * 10 + digit, value).astype(np.int16)
        self._refuse_unless(good, column, f"a whole number from 0 to 9999 as {column}")
        return np.where(lengths == 0, UNKNOWN, value).astype(np.int16)

    def flags(self, column: str) -> NDArray[np.int8]:
        """0 and 1."""
        if column not in self._columns:
            return np.full(len(self._starts), UNKNOWN, np.int8)
        texts = self._texts(column)
        yes, no = np.isin(texts, _YES), np.isin(texts, _NO)
        self._refuse_unless(yes | no | (texts == b""), column, f"0 or 1 as {column}")
        return np.where(yes, 1, np.where(no, 0, UNKNOWN)).astype(np.int8)

    def _texts(self, column: str) -> NDArray[np.bytes_]:
        """Values, cut where they are longer than all that are legal."""
        characters, _ = self._cut(column)
        return np.ascontiguousarray(characters).view(f"S{_WIDEST}")[:, 0]

    def _cut(self, column: str) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """The values as (row, byte), filled up with zeros, and their lengths."""
        place = self._columns[column]
        starts, lengths = self._starts[:, place], self._ends[:, place] - self._starts[:, place]
        characters = np.lib.stride_tricks.sliding_window_view(self._bytes, _WIDEST)[starts]
        characters[np.arange(_WIDEST) >= lengths[:, None]] = 0
        return characters, lengths

    def _refuse_unless(self, good: NDArray[np.bool_], column: str, expected: str) -> None:
        for row in np.flatnonzero(~good)[:1].tolist():
            self._refuse(row, column, expected)

    def _refuse(self, row: int, column: str, expected: str) -> NoReturn:
        place = self._columns[column]
        value = self._bytes[self._starts[row, place] : self._ends[row, place]].tobytes().decode()
        raise InputError(expected=expected, came=shown(value), where=at_line(self._path, self.line(row)))


def _without_quotes(content: bytes, path: Path) -> bytes:
    """Some writers quote every field; a quote may only stand at the edge of one."""
    if b'"' not in content:
        return content
    framed = np.frombuffer(b"\n" + content + b"\n", np.uint8)
    quotes = np.flatnonzero(framed == ord('"'))
    edges = np.frombuffer(b",\n", np.uint8)
    at_edge = np.isin(framed[quotes - 1], edges) | np.isin(framed[quotes + 1], edges)
    for quote in quotes[~at_edge][:1].tolist():
        line = content.count(b"\n", 0, quote - 1) + 1
        raise InputError(expected="plain values", came="a quote inside of one", where=at_line(path, line))
    return content.replace(b'"', b"")
