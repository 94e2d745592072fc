"""Forward kinematics of a BVH file by upc-pymotion (MIT), which shares no code with ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def by_pymotion(path: Path) -> dict[str, Floats]:
    """(N, 3) places of all joints, in the file's units, read and posed by somebody else's code."""
    from pymotion.io.bvh import BVH
    from pymotion.ops.skeleton import fk_quat

    bvh = BVH()
    bvh.load(str(path))
    turns, positions, parents, offsets, _, _ = bvh.get_data()
    places, _ = fk_quat(turns, positions[:, 0], np.tile(offsets, (len(turns), 1, 1)), parents)
    return {name: places[:, joint] for joint, name in enumerate(bvh.data["names"])}
