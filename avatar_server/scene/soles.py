"""What of a body can touch the floor, and how its feet stand at rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.errors import InputError

LEGS = ((1, 4, 7, 10), (2, 5, 8, 11))
"""Hip, knee, ankle and ball of the left and of the right leg."""

_IDENTITY = np.eye(3)
_LEG_CHAIN = [0, 1, 2, 4, 5, 7, 8, 10, 11]
_LEG_PARENT = {1: 0, 2: 0, 4: 1, 5: 2, 7: 4, 8: 5, 10: 7, 11: 8}


@dataclass(frozen=True, eq=False, slots=True)
class Soles:
    """The outermost vertices of both feet, and how the feet stand in the rest pose.

    They are the corners of the feet's convex hulls: whatever the pose, a lowest vertex of a rigid foot is one
    of them. rest: (S, 3). weights: (S, 9) of the joints `_LEG_CHAIN`, the pelvis and both legs.
    correctives: (S, 3, 459). rest_yaw_rad: heel to toe, counter-clockwise from +z seen from above.
    ankle_m: height of each ankle joint over its own sole.
    """

    rest: NDArray[np.float64]
    weights: NDArray[np.float64]
    correctives: NDArray[np.float32]
    rest_yaw_rad: tuple[float, float]
    ankle_m: tuple[float, float]

    @classmethod
    def of(cls, body: ShapedBody) -> Soles:
        """Find the feet of `body`; `InputError` for a body that has none."""
        # Imported where a body is taken up, so that asking for the names of stagings stays light.
        from scipy.spatial import ConvexHull

        corners, yaws, heights = [], [], []
        for chain in LEGS:
            foot = np.flatnonzero(body.model.weights[:, list(chain[2:])].sum(axis=1) > 0.9)
            if len(foot) < 4:
                raise InputError(
                    expected=f"a foot that hangs on joints {chain[2]} and {chain[3]}",
                    came=f"{len(foot)} vertices there",
                    where=body.model.name,
                )
            points = body.rest_vertices[foot]
            corners.append(foot[ConvexHull(points).vertices])
            heights.append(float(body.rest_joints[chain[2], 1] - points[:, 1].min()))
            yaws.append(_long_axis_yaw_rad(points))
        chosen = np.concatenate(corners)
        weights = body.model.weights[chosen][:, _LEG_CHAIN]
        return cls(
            rest=body.rest_vertices[chosen],
            weights=weights / weights.sum(axis=1, keepdims=True),
            correctives=body.model.posedirs.rows(chosen),
            rest_yaw_rad=(yaws[0], yaws[1]),
            ankle_m=(heights[0], heights[1]),
        )

    def lowest_m(self, body: ShapedBody, rotations: NDArray[np.float64]) -> float:
        """Height of the lowest sole vertex over the pelvis joint (negative: below)."""
        feature = (rotations[1:] - _IDENTITY).reshape(-1).astype(np.float32)
        vertices = self.rest + self.correctives @ feature
        joints = body.rest_joints
        turned: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {
            0: (rotations[0], np.zeros(3)),
        }
        heights = np.zeros(len(vertices))
        for column, joint in enumerate(_LEG_CHAIN):
            if joint:
                parent = _LEG_PARENT[joint]
                turn, place = turned[parent]
                turned[joint] = (turn @ rotations[joint], place + turn @ (joints[joint] - joints[parent]))
            turn, place = turned[joint]
            heights += self.weights[:, column] * ((vertices - joints[joint]) @ turn[1] + place[1])
        return float(heights.min())


def _long_axis_yaw_rad(points: NDArray[np.float64]) -> float:
    """Direction of a foot seen from above: its longest principal axis, pointing to the front."""
    ground = points[:, [0, 2]] - points[:, [0, 2]].mean(axis=0)
    _, axes = np.linalg.eigh(ground.T @ ground)
    x, z = axes[:, 1]
    return math.atan2(x, z) if z >= 0 else math.atan2(-x, -z)
