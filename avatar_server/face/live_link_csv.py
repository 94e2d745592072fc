"""CSV files of the app Live Link Face: ARKit weights by name and timecode, and turns of head and eyes.

Columns are found by their names: jawLeft and jawRight, mouthLeft and mouthRight stand in another order there
than in Apple's list. Times come from the timecodes, which count at a whole rate (60) what was filmed at a
little less (59.904 frames a second), and show what was dropped.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.errors import InputError
from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES, WEIGHT_COUNT
from avatar_server.face.eye_turns import with_eye_turns
from avatar_server.face.timed_frames import on_a_rate
from avatar_server.face.track import FaceTrack, without_blanks

TIMECODE_RATES_HZ = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
USUAL_TIMECODE_HZ = 60

FEWEST_NAMES = 26
"""Half of the weights: with fewer it is another table."""

DAY_S = 24 * 3600.0

_TIMECODE = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;.](\d{1,3}(?:\.\d{1,9})?)", re.ASCII)
_EYE_TURNS = tuple(f"{eye}eye{turn}" for eye in ("left", "right") for turn in ("yaw", "pitch", "roll"))
_BY_LOWER_NAME = {name.lower(): name for name in ARKIT_NAMES}


def read_live_link(path: Path) -> FaceTrack:
    """The face in `path`; time 0 is its first frame.

    Raises InputError, with the line, for what is no such file, for numbers that are none and for timecodes
    that go back (but for midnight).
    """
    notices: list[str] = []
    rows = _rows(path)
    _, header = next(rows, (1, []))
    columns = _columns(header, path)
    names = [name for name in ARKIT_NAMES if name.lower() in columns]
    wanted = [
        *(columns[name.lower()] for name in names),
        *(columns[turn] for turn in _EYE_TURNS if turn in columns),
    ]
    count_column = columns.get("blendshapecount")
    clocks: list[tuple[int, float]] = []
    values: list[NDArray[np.float32]] = []
    lines: list[int] = []
    cut: int | None = None
    for line, row in rows:
        if cut is not None:
            raise InputError(expected=f"{len(header)} cells", came="another number", where=f"{path}:{cut}")
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            cut = line  # A recording that was cut short ends like this; in the middle it is a fault.
            continue
        if len(values) == MAX_FRAME_COUNT:
            raise InputError(expected=f"at most {MAX_FRAME_COUNT} frames", came="more", where=path)
        clocks.append(_clock(row[columns["timecode"]], f"{path}:{line}"))
        numbers = _numbers([row[place] for place in wanted], f"{path}:{line}")
        if count_column is not None and row[count_column].strip() in ("0", ""):
            numbers[:] = np.nan
        values.append(numbers)
        lines.append(line)
    if cut is not None:
        notices.append("the last line of the face file is cut short and left out")
    if not values:
        raise InputError(expected="at least one frame of a face", came="none", where=path)
    rate_hz, table = on_a_rate(_seconds(clocks, lines, path), np.array(values), path)
    table[:, : len(names)] = without_blanks(table[:, : len(names)], rate_hz)
    weights = np.full((len(table), WEIGHT_COUNT), np.nan, np.float32)
    weights[:, [ARKIT_INDEX[name] for name in names]] = table[:, : len(names)]
    if table.shape[1] == len(names) + len(_EYE_TURNS):
        weights = with_eye_turns(weights, table[:, len(names) :])
    return FaceTrack(rate_hz, weights, "Live Link Face", notices=tuple(notices))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines with their numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise InputError(
            expected="a readable CSV file", came=str(error.strerror or error).lower(), where=path
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        said = "bytes that are not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InputError(expected="a CSV file of text", came=said, where=path) from None


def _columns(header: list[str], path: Path) -> dict[str, int]:
    """Lower name to place of all that the header names."""
    columns: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = cell.strip().lower()
        if name in columns and (name in _BY_LOWER_NAME or name == "timecode"):
            raise InputError(expected="every column once", came=f"{cell.strip()} twice", where=f"{path}:1")
        columns[name] = place
    known = sum(name in columns for name in _BY_LOWER_NAME)
    if "timecode" not in columns or known < FEWEST_NAMES:
        came = f"{known} of them" if "timecode" in columns else f"{', '.join(header[:4])[:60] or 'nothing'}"
        raise InputError(
            expected="columns of Live Link Face (Timecode, EyeBlinkLeft, ...)", came=came, where=f"{path}:1"
        )
    return columns


def _clock(text: str, where: str) -> tuple[int, float]:
    """Whole seconds since midnight, and frames after that."""
    found = _TIMECODE.fullmatch(text.strip())
    if found is None or int(found[2]) > 59 or int(found[3]) > 59:
        raise InputError(expected="a timecode such as 17:42:05:32.105", came=repr(text[:40]), where=where)
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]), float(found[4])


def _numbers(cells: list[str], where: str) -> NDArray[np.float32]:
    """Empty cells are not-a-number."""
    try:
        with np.errstate(over="ignore"):
            return np.array([float(cell) if cell.strip() else np.nan for cell in cells]).astype(np.float32)
    except ValueError as error:
        raise InputError(
            expected="numbers", came=str(error).rpartition(":")[2].strip()[:40], where=where
        ) from None


def _seconds(clocks: list[tuple[int, float]], lines: list[int], path: Path) -> NDArray[np.float64]:
    """Since the first."""
    whole_s = np.array([clock[0] for clock in clocks], np.float64)
    frames = np.array([clock[1] for clock in clocks])
    lasts_a_second = whole_s.max() > whole_s.min() + 1
    highest = float(frames.max())
    usual = (USUAL_TIMECODE_HZ,) if not lasts_a_second and highest < USUAL_TIMECODE_HZ else TIMECODE_RATES_HZ
    rate_hz = next((rate for rate in usual if rate > highest), None)
    if rate_hz is None:
        line = lines[int(frames.argmax())]
        raise InputError(
            expected=f"timecodes of up to {TIMECODE_RATES_HZ[-1]} frames a second",
            came=f"frame {highest:g}",
            where=f"{path}:{line}",
        )
    times_s = whole_s + frames / rate_hz
    days = np.cumsum(np.diff(times_s, prepend=times_s[0]) < -DAY_S / 2)
    times_s = times_s + days * DAY_S
    back = np.flatnonzero(np.diff(times_s) < 0)
    if len(back):
        raise InputError(
            expected="timecodes that go on",
            came="one that goes back",
            where=f"{path}:{lines[int(back[0]) + 1]}",
        )
    since: NDArray[np.float64] = times_s - times_s[0]
    return since
