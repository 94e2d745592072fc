"""How many interactions last how long, in steps that people count in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.web.library.shapes import LengthCounts

STEPS_S = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)

MOST_STEPS = 24
"""What still can be told apart in a small plot."""


def length_counts(lengths_s: NDArray[np.float64]) -> LengthCounts | None:
    """Counts of (n,) lengths between edges from 0 on; None if there are no lengths."""
    if not len(lengths_s):
        return None
    longest_s = float(lengths_s.max())
    step_s = next((step for step in STEPS_S if longest_s < step * MOST_STEPS), STEPS_S[-1])
    counts = np.bincount((lengths_s // step_s).astype(np.int64))
    edges = [place * step_s for place in range(len(counts) + 1)]
    return LengthCounts(tuple(edges), tuple(counts.tolist()))
