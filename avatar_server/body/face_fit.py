"""A face as it was fitted to one body: all that the body has with it, and had not before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_rig import FaceRig
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel
from avatar_server.body.pose_directions import FEATURE_COUNT, PoseDirections

Float = TypeVar("Float", np.float32, np.float64)

_BARE_M = -1.0
"""Distance of the face's pieces from any garment."""


@dataclass(frozen=True, eq=False, slots=True)
class FittedFace:
    """K new vertices, which come after the body's own.

    vertices: (K, 3) metres in the rest pose. corners: (K, 3) the vertices of the skin below each; shares:
    (K, 3) of each. faces: (F, 3) int32, all triangles of the body with the face. rig: how it moves.
    """

    vertices: NDArray[np.float64]
    corners: NDArray[np.int64]
    shares: NDArray[np.float64]
    faces: NDArray[np.int32]
    rig: FaceRig

    def on(self, model: BodyModel) -> BodyModel:
        """The body that it was fitted to, with it."""
        return replace(
            with_vertices(model, self.vertices, self.corners, self.shares), faces=self.faces, face=self.rig
        )


def with_vertices(
    model: BodyModel,
    vertices: NDArray[np.float64],
    corners: NDArray[np.int64],
    shares: NDArray[np.float64],
) -> BodyModel:
    """`model` with vertices that go along with its skin as `FittedFace` says; its triangles are the same."""
    more = len(vertices)
    return replace(
        model,
        v_template=np.concatenate([model.v_template, vertices]),
        shapedirs=np.concatenate([model.shapedirs, _carried(model.shapedirs[corners], shares)]),
        posedirs=model.posedirs.followed_by(_carried_directions(model.posedirs, corners, shares)),
        joint_regressor=JointRegressor.of(np.pad(model.joint_regressor.dense(), ((0, 0), (0, more)))),
        weights=np.concatenate([model.weights, _carried(model.weights[corners], shares)]),
        garments=np.pad(model.garments, ((0, more), (0, 0)), constant_values=_BARE_M),
    )


def _carried(values: NDArray[Float], shares: NDArray[np.float64]) -> NDArray[Float]:
    """(K, ...): of (K, 3, ...) values at the corners below, these shares."""
    own = shares.astype(values.dtype).reshape(*shares.shape, *([1] * (values.ndim - 2)))
    return np.asarray((own * values).sum(axis=1), dtype=values.dtype)


def _carried_directions(
    directions: PoseDirections, corners: NDArray[np.int64], shares: NDArray[np.float64]
) -> PoseDirections:
    return PoseDirections.of(
        sum(
            (
                shares[:, corner, None, None].astype(np.float32) * directions.rows(corners[:, corner])
                for corner in range(3)
            ),
            np.zeros((len(corners), 3, FEATURE_COUNT), np.float32),
        )
    )
