"""Bodies in SMPL-H layout that nobody has a licence on, and the files they would come in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import PARENTS, BodyModel

_NO_PARENT = 2**32 - 1


def random_smplh_arrays(seed: int, *, vertices: int = 240, betas: int = 10) -> dict[str, NDArray[Any]]:
    """Everything an SMPL-H file has, random but of real size: two metres tall, correctives of centimetres.

    Numbers that are kept in float32 are rounded to it, so that other implementations meet the same ones.
    """
    rng = np.random.default_rng(seed)
    weights = rng.random((vertices, 52)) ** 8
    regressor = rng.random((52, vertices)) ** 8
    return {
        "v_template": rng.uniform(-1, 1, (vertices, 3)),
        "f": rng.integers(0, vertices, (400, 3)).astype(np.uint32),
        "shapedirs": rng.normal(0, 0.02, (vertices, 3, betas)).astype(np.float32).astype(np.float64),
        "posedirs": rng.normal(0, 0.005, (vertices, 3, 459)).astype(np.float32).astype(np.float64),
        "J_regressor": regressor / regressor.sum(axis=1, keepdims=True),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": _kintree_table(),
    }


def smplh_arrays(model: BodyModel) -> dict[str, NDArray[Any]]:
    """What a file of the layout used with AMASS (`model.npz`) holds of `model`."""
    return {
        "v_template": model.v_template,
        "f": model.faces.astype(np.uint32),
        "shapedirs": model.shapedirs.astype(np.float64),
        "posedirs": model.posedirs.dense().astype(np.float64),
        "J_regressor": model.joint_regressor.dense(),
        "weights": model.weights,
        "kintree_table": _kintree_table(),
    }


def with_hands(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The same in the layout of smplx (`SMPLH_NEUTRAL.npz`), whose hands have components and a mean pose."""
    hands = {f"hands_components{side}": np.eye(45) for side in "lr"}
    means = {f"hands_mean{side}": np.full(45, 0.3) for side in "lr"}
    return {**arrays, **hands, **means}


def _kintree_table() -> NDArray[np.uint32]:
    return np.stack([np.where(PARENTS < 0, _NO_PARENT, PARENTS), np.arange(52)]).astype(np.uint32)
