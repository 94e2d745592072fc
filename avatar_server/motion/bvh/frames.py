"""The part of a BVH file after MOTION: the frame count and time as stated, and the rows of numbers.

Rows are cut and counted in pieces of some megabytes with numpy, which reads ten million numbers a second or
two; only a wrong row is looked at by itself, to name its line.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

MAX_VALUES = 1 << 27
"""1 GiB of numbers: 19 hours of 65 joints at 30 frames a second."""

LARGEST_VALUE = 1e6
"""Nobody turns by so many degrees, or walks so far in millimetres."""

LOST_SHARE = 0.5
"""A file of which more rows than this hold no numbers is refused."""

_PIECE_BYTES = 4 << 20
_FRAMES = re.compile(rb"frames\s*:?\s*(\S+)", re.IGNORECASE)
_FRAME_TIME = re.compile(rb"frame\s*time\s*:?\s*(\S*)", re.IGNORECASE)
_SPACES = np.zeros(256, np.bool_)
_SPACES[[ord(sign) for sign in " \t\n\r\v\f"]] = True


@dataclass(frozen=True, eq=False, slots=True)
class BvhFrames:
    """values: (N, C) float64, as they stand in the file. lost: (N,) bool, rows that hold NaN or infinity.

    frame_time: as it is written in the file, empty if it is not there. notices: sentences for people.
    """

    values: NDArray[np.float64]
    lost: NDArray[np.bool_]
    frame_time: str
    notices: tuple[str, ...]


def parse_frames(content: bytes, start: int, first_line: int, columns: int, where: str) -> BvhFrames:
    """Read `content` from byte `start` on, where line `first_line` begins, the first one after MOTION.

    columns: numbers in a row. Raises InputError with the line number for rows with too few or too many
    numbers, except for the last row of the file, which may be cut short and is left out then.
    """
    stated, frame_time, start, line = _head(content, start, first_line, where)
    pieces: list[NDArray[np.float64]] = []
    lines: list[NDArray[np.int64]] = []
    notices: list[str] = []
    while start < len(content):
        end = min(start + _PIECE_BYTES, len(content))
        if end < len(content):
            cut = content.rfind(b"\n", start, end)
            cut = content.find(b"\n", end) if cut < 0 else cut
            end = len(content) if cut < 0 else cut + 1
        piece = content[start:end]
        begins, counts, numbers = _rows(piece, line)
        wrong = np.flatnonzero(counts != columns)
        is_cut = False
        if len(wrong):
            row = int(wrong[0])
            is_last = row == len(counts) - 1 and not content[end:].strip()
            if not (is_last and counts[row] < columns):
                ends = begins[row + 1] if row + 1 < len(begins) else len(piece)
                raise _wrong_row(piece[begins[row] : ends], columns, f"{where}, line {numbers[row]}")
            is_cut = True
            notices.append(f"line {numbers[row]}, the last one, is cut short and was left out")
            piece, numbers = piece[: begins[row]], numbers[:row]
        values = _numbers(piece, len(numbers), columns, numbers, where)
        if values is None:
            # The last row may also end in the middle of a number.
            values = _without_last(piece, begins, columns, numbers, where, notices, final=end == len(content))
            numbers = numbers[: len(values)]
        pieces.append(values)
        lines.append(numbers)
        if sum(part.size for part in pieces) > MAX_VALUES:
            raise InputError(expected=f"at most {MAX_VALUES} numbers", came="more", where=where)
        line += content.count(b"\n", start, end)
        start = len(content) if is_cut else end
    values = np.concatenate(pieces) if pieces else np.zeros((0, columns))
    rows = np.concatenate(lines) if lines else np.zeros(0, np.int64)
    if not len(values):
        raise InputError(expected="at least one row of numbers", came="none", where=f"{where}, line {line}")
    if stated != len(values):
        said = "does not say how many frames it has" if stated is None else f"says {stated} frames"
        notices.append(f"the file {said}; the {len(values)} that are there were taken")
    return BvhFrames(values, _lost(values, rows, where, notices), frame_time, tuple(notices))


def _head(content: bytes, start: int, line: int, where: str) -> tuple[int | None, str, int, int]:
    """What is stated before the rows: frames (None: nothing), frame time, and where the first row begins."""
    stated: int | None = None
    frame_time = ""
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        text = content[start:end].strip()
        if found := _FRAME_TIME.fullmatch(text):
            frame_time = found[1].decode("ascii", "replace")[:32]
        elif found := _FRAMES.fullmatch(text):
            if not found[1].isdigit() or len(found[1]) > 12:
                came = ascii(found[1][:20].decode("ascii", "replace"))
                raise InputError(expected="a number of frames", came=came, where=f"{where}, line {line}")
            stated = int(found[1])
        elif text:
            break
        start, line = min(end + 1, len(content)), line + 1
    return stated, frame_time, start, line


def _rows(piece: bytes, line: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of the lines with anything in them: where they begin, how many words they have, their numbers."""
    signs = np.frombuffer(piece, np.uint8)
    is_space = _SPACES[signs]
    before = np.empty_like(is_space)
    before[:1], before[1:] = True, is_space[:-1]
    words = np.flatnonzero(before & ~is_space)
    ends = np.flatnonzero(signs == ord("\n"))
    begins = np.concatenate(([0], ends + 1)).astype(np.int64)
    counts = np.diff(np.concatenate((np.searchsorted(words, begins), [len(words)])))
    filled = np.flatnonzero(counts)
    return begins[filled], counts[filled].astype(np.int64), filled + line


def _numbers(
    piece: bytes, rows: int, columns: int, lines: NDArray[np.int64], where: str
) -> NDArray[np.float64] | None:
    """(rows, columns), or None if some word is no number."""
    if not rows * columns:
        return np.zeros((rows, columns))
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(piece.decode("ascii"), np.float64, sep=" ")
        except (ValueError, DeprecationWarning, UnicodeDecodeError):
            return None
    return values.reshape(rows, columns) if values.size == rows * columns else None


def _without_last(
    piece: bytes,
    begins: NDArray[np.int64],
    columns: int,
    lines: NDArray[np.int64],
    where: str,
    notices: list[str],
    *,
    final: bool,
) -> NDArray[np.float64]:
    """Row by row, up to the last one if that is where the file was cut; raises InputError for any other."""
    values = np.empty((len(lines), columns))
    ends = np.append(begins[1 : len(lines)], len(piece))
    for row, line in enumerate(lines.tolist()):
        for column, word in enumerate(piece[begins[row] : ends[row]].split()):
            number = _number(word)
            if number is None:
                if final and row == len(lines) - 1 and column == columns - 1:
                    notices.append(f"line {line}, the last one, is cut short and was left out")
                    return values[:row]
                raise _no_number(word, f"{where}, line {line}")
            values[row, column] = number
    return values


def _wrong_row(row: bytes, columns: int, where: str) -> InputError:
    """What is said of a row with too few or too many words: the first that is no number tells more."""
    words = row.split()
    strange = next((word for word in words if _number(word) is None), None)
    if strange is not None:
        return _no_number(strange, where)
    return InputError(expected=f"{columns} numbers, one for each channel", came=f"{len(words)}", where=where)


def _no_number(word: bytes, where: str) -> InputError:
    return InputError(expected="a number", came=ascii(word[:20].decode("ascii", "replace")), where=where)


def _number(word: bytes) -> float | None:
    try:
        return float(word.replace(b"_", b"?"))
    except ValueError:
        return None


def _lost(
    values: NDArray[np.float64], lines: NDArray[np.int64], where: str, notices: list[str]
) -> NDArray[np.bool_]:
    """(N,) rows that are not all finite; raises InputError for too many, or for absurd numbers."""
    lost = np.asarray(~np.isfinite(values).all(axis=1))
    with np.errstate(invalid="ignore"):
        absurd = np.flatnonzero((np.abs(values) > LARGEST_VALUE).any(axis=1) & ~lost)
    if len(absurd):
        row = int(absurd[0])
        raise InputError(
            expected=f"numbers up to {LARGEST_VALUE:g}",
            came=f"{values[row][np.abs(values[row]).argmax()]:g}",
            where=f"{where}, line {lines[row]}",
        )
    count = int(lost.sum())
    if count > LOST_SHARE * len(values):
        raise InputError(
            expected="numbers in at least half of the rows",
            came=f"NaN or infinity in {count} of {len(values)}",
            where=f"{where}, line {lines[int(lost.argmax())]}",
        )
    if count:
        first = lines[int(lost.argmax())]
        notices.append(f"{count} rows hold NaN or infinity, the first one in line {first}; they were bridged")
    return lost
