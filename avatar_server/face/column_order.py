"""In which order the columns of a bare array of ARKit weights stand: Apple's, or that of the sorted names.

Files of the InterAct data set and of others do not say. Two things tell: the left and the right side of a
face move together, so the columns that an order pairs must; and eyes close for a moment some ten times a
minute, so the columns that it calls lids must.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import ALPHABETICAL_NAMES, ARKIT_NAMES, LEFT_AND_RIGHT, LID_NAMES
from avatar_server.motion.gaps import runs

NAMES_BY_ORDER: dict[str, tuple[str, ...]] = {"apple": ARKIT_NAMES, "alphabetical": ALPHABETICAL_NAMES}
"""All 52; an array of 51 lacks the last, which is tongueOut in both."""

CLEARLY_APART = 0.15
"""Between the mean correlations of both orders: less is chance."""

FEWEST_PAIRS = 4
"""Of live columns, to judge an order by."""

ALIVE = 1e-3
"""A column that never differs by more carries nothing."""

LONGEST_BLINK_S = 0.5
BLINKS_A_MINUTE = (3.0, 60.0)
"""Lids are shut for 0.1 to 0.4 s, 10 to 30 times a minute (Bentivoglio et al. 1997); taken widely."""

_PAIRS = (*LEFT_AND_RIGHT, ("eyeLookInLeft", "eyeLookOutRight"), ("eyeLookOutLeft", "eyeLookInRight"))


@dataclass(frozen=True, slots=True)
class ColumnOrder:
    """What was decided. why: a sentence's end for people."""

    order: Literal["apple", "alphabetical"]
    why: str


def find_order(columns: NDArray[np.float64], rate_hz: Fraction) -> ColumnOrder:
    """The order of (N, 51 or 52) weights, all finite; where nothing tells, what is usual for so many."""
    together = {order: _togetherness(columns, names) for order, names in NAMES_BY_ORDER.items()}
    apple, alphabetical = together["apple"], together["alphabetical"]
    if apple is not None and alphabetical is not None and abs(apple - alphabetical) >= CLEARLY_APART:
        if apple > alphabetical:
            return ColumnOrder("apple", _said(apple, alphabetical, "alphabetically"))
        return ColumnOrder("alphabetical", _said(alphabetical, apple, "in Apple's order"))
    blinks = {
        order: min(_blink_likeness(columns[:, names.index(lid)], rate_hz) for lid in LID_NAMES)
        for order, names in NAMES_BY_ORDER.items()
    }
    if blinks["apple"] != blinks["alphabetical"]:
        order: Literal["apple", "alphabetical"] = (
            "apple" if blinks["apple"] > blinks["alphabetical"] else "alphabetical"
        )
        places = " and ".join(str(NAMES_BY_ORDER[order].index(lid) + 1) for lid in LID_NAMES)
        return ColumnOrder(order, f"columns {places} close and open as lids do")
    usual: Literal["apple", "alphabetical"] = "alphabetical" if columns.shape[1] == 51 else "apple"
    return ColumnOrder(usual, f"nothing tells, and it is usual for {columns.shape[1]} columns")


def _said(better: float, worse: float, other: str) -> str:
    return f"left and right move together ({better:.2f}; {worse:.2f} if the columns stood {other})"


def _togetherness(columns: NDArray[np.float64], names: tuple[str, ...]) -> float | None:
    """Mean correlation of the pairs of sides under this order; None with too few live columns."""
    found = []
    for left, right in _PAIRS:
        one, other = columns[:, names.index(left)], columns[:, names.index(right)]
        if np.ptp(one) > ALIVE and np.ptp(other) > ALIVE:
            found.append(float(np.corrcoef(one, other)[0, 1]))
    return float(np.mean(found)) if len(found) >= FEWEST_PAIRS else None


def _blink_likeness(column: NDArray[np.float64], rate_hz: Fraction) -> float:
    """0..1: which share of the column's peaks are as short as blinks, if there are as many as of blinks."""
    low, high = np.percentile(column, [10, 99.8])
    if high - low < 0.2:
        return 0.0
    lengths_s = [(stop - start) / float(rate_hz) for start, stop in runs(column > (low + high) / 2)]
    short = sum(length_s <= LONGEST_BLINK_S for length_s in lengths_s)
    a_minute = 60 * short / (len(column) / float(rate_hz))
    return short / len(lengths_s) if BLINKS_A_MINUTE[0] <= a_minute <= BLINKS_A_MINUTE[1] else 0.0
