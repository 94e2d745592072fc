"""Faces as bare arrays of ARKit weights: rows are frames, and nothing says what the columns are.

51 columns lack tongueOut; 61 are those of a Live Link Face file, whose last nine are turns of head and eyes.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.errors import InputError
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT
from avatar_server.face.choice import FaceOrder
from avatar_server.face.column_order import NAMES_BY_ORDER, ColumnOrder, find_order
from avatar_server.face.eye_turns import with_eye_turns
from avatar_server.face.recorded import RecordedFace, recorded_face
from avatar_server.face.track import FaceTrack, without_blanks

COLUMN_COUNTS = (51, 52, 61)

LIVE_LINK_SWAPS = (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"))
"""Columns that Live Link Face writes in the other order than Apple's list."""

PERCENT_FROM = 2.0
"""Weights go to 1, or to 100 where they are percentages."""

_EYE_COLUMNS = slice(WEIGHT_COUNT + 3, WEIGHT_COUNT + 9)
"""Yaw, pitch and roll of the left eye and of the right, in radians; those of the head are before them."""


def face_from_columns(
    array: NDArray[np.generic], rate_hz: float | Fraction, order: FaceOrder = "auto", *, where: str | Path
) -> RecordedFace:
    """The face in (N, 51, 52 or 61) numbers at `rate_hz`; frames without a face may be NaN or all zero.

    Weights from 0 to 1, or percentages. order: of the columns; `auto` looks at them (see `find_order`).
    where: the file, for people. Raises InputError for other shapes and types, and if nobody is in any frame.
    """
    return recorded_face(track_of_columns(array, rate_hz, order, where=where), where)


def read_arkit_array(path: Path) -> NDArray[np.float32]:
    """The numbers in an NPY file, (N, columns) float32.

    Raises InputError for what is none, and for pickled objects, which are never loaded.
    """
    try:
        # A mapping: the header is judged, and the length of the file, before anything is allocated.
        mapped = np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise InputError(
            expected="a readable NPY file", came=str(error.strerror or error).lower(), where=path
        ) from None
    except (
        ValueError,
        SyntaxError,
        TypeError,
        EOFError,
        OverflowError,
        MemoryError,
        RecursionError,
    ) as error:
        came = "pickled objects, which are never loaded" if "object" in str(error) else "something else"
        raise InputError(expected="numbers in NPY format", came=came, where=path) from None
    if mapped.dtype.kind not in "fiu":
        raise InputError(expected="numbers", came=f"type {mapped.dtype}", where=path)
    row = tuple(length for length in mapped.shape[1:] if length != 1)
    if len(row) != 1 or len(mapped) > MAX_FRAME_COUNT:
        raise InputError(
            expected=f"an array of at most {MAX_FRAME_COUNT} rows, one a frame",
            came=f"shape {mapped.shape}",
            where=path,
        )
    with np.errstate(over="ignore"):
        return np.array(mapped, dtype=np.float32).reshape(len(mapped), *row)


def track_of_columns(
    array: NDArray[np.generic], rate_hz: float | Fraction, order: FaceOrder = "auto", *, where: str | Path
) -> FaceTrack:
    """As `face_from_columns`, gaps not yet filled."""
    if array.ndim != 2 or array.shape[1] not in COLUMN_COUNTS:
        raise InputError(
            expected="51, 52 or 61 columns of ARKit weights",
            came=f"shape {array.shape}{' (weights of ICT-FaceKit?)' if array.shape[1:] == (55,) else ''}",
            where=where,
        )
    if array.dtype.kind not in "fiub":
        raise InputError(expected="numbers", came=f"type {array.dtype}", where=where)
    exact_hz = Fraction(rate_hz).limit_denominator(100_000)
    if not 1 <= exact_hz <= 1000:
        raise InputError(expected="1 to 1000 frames a second", came=f"{float(rate_hz):g}", where=where)
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float32)
    columns, notices = _scaled(without_blanks(numbers[:, :WEIGHT_COUNT], exact_hz))
    found = _order(columns, exact_hz, order)
    names = list(NAMES_BY_ORDER[found.order][: columns.shape[1]])
    if array.shape[1] == 61 and found.order == "apple":
        for one, other in LIVE_LINK_SWAPS:
            first, second = names.index(one), names.index(other)
            names[first], names[second] = other, one
    weights = np.full((len(columns), WEIGHT_COUNT), np.nan, np.float32)
    weights[:, [ARKIT_INDEX[name] for name in names]] = columns
    if array.shape[1] == 61:
        weights = with_eye_turns(weights, numbers[:, _EYE_COLUMNS])
    source = f"array of {array.shape[1]} ARKit weights"
    return FaceTrack(exact_hz, weights, source, found.order, found.why, notices=notices)


def _order(columns: NDArray[np.float32], rate_hz: Fraction, order: FaceOrder) -> ColumnOrder:
    if order != "auto":
        return ColumnOrder(order, "as was said")
    known = columns[np.isfinite(columns).all(axis=1)].astype(np.float64)
    return find_order(known if len(known) else np.zeros((1, columns.shape[1])), rate_hz)


def _scaled(columns: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    known = columns[np.isfinite(columns)]
    # The highest of all may be a slip of the tracker; one in a thousand is not.
    if len(known) and np.percentile(known, 99.9) > PERCENT_FROM:
        return columns / np.float32(100), ("face weights go up to 100: taken as percentages",)
    return columns, ()
