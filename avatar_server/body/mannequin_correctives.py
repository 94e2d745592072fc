"""Pose correctives of the mannequin: what keeps its elbows, armpits and knuckles from collapsing.

For each joint a handful of rotations is tried. Linear blend skinning moves the surface, with its well-known
loss of volume; the solids behind the mannequin, moved bone by bone, say where the surface should be. The
differences, smoothed over the surface and taken back to the rest pose, are fitted by least squares with the
nine numbers of R - I. Each joint only touches the vertices around it, so nearly all of posedirs is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from avatar_server.body.distance_field import DistanceField
from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.mannequin_skeleton import JOINT, LEFT_FINGERS, MIRROR_JOINT
from avatar_server.body.model import ShapedBody
from avatar_server.motion.pose import JOINT_COUNT

_RIDGE = 0.02
"""Weight that keeps the fit small where the tried rotations say nothing."""

_LONGEST_M = 0.025
"""No vertex is corrected by more than this in any tried rotation."""

_FLIP = np.array([-1.0, 1.0, 1.0])


class Meshed(Protocol):
    """One meshed piece: its solid in any pose, and which vertices of the body are its surface."""

    @property
    def field(self) -> DistanceField:
        """The solid."""

    @property
    def vertices(self) -> NDArray[np.int64]:
        """(N,) indices of vertices."""

    @property
    def freedom(self) -> NDArray[np.float64]:
        """(N,) 0 where another piece covers the vertex, 1 away from the border; covered ones stay put."""


@dataclass(frozen=True, slots=True)
class Bend:
    """A joint and the rotations in which it is made to look right: rotation vectors in degrees."""

    joint: str
    tried_deg: tuple[tuple[float, float, float], ...]


def _finger_bends() -> list[Bend]:
    bends = []
    for finger in LEFT_FINGERS:
        for number in (1, 2, 3):
            if finger.name == "thumb":
                axis = np.array([0.45, 0.75, -0.50]) / np.linalg.norm([0.45, 0.75, -0.50])
                tried = [tuple(float(v) for v in axis * angle) for angle in (-20.0, 25.0, 50.0, 75.0)]
            else:
                tried = [(0.0, 0.0, -angle) for angle in (-20.0, 30.0, 60.0, 90.0)]
            if number == 1 and finger.name != "thumb":
                tried += [(0.0, 12.0, 0.0), (0.0, -12.0, 0.0), (0.0, 10.0, -45.0), (0.0, -10.0, -45.0)]
            bends.append(Bend(f"left_{finger.name}{number}", tuple((a[0], a[1], a[2]) for a in tried)))
    return bends


LEFT_BENDS: tuple[Bend, ...] = (
    Bend(
        "left_shoulder",
        (
            *((0.0, 0.0, -down) for down in (30.0, 55.0, 75.0, 90.0)),
            *((0.0, -forward, -down) for forward, down in ((30.0, 60.0), (60.0, 40.0), (-30.0, 60.0))),
            *((0.0, -forward, 0.0) for forward in (45.0, 85.0)),
            *((twist, 0.0, -down) for twist in (40.0, -40.0) for down in (0.0, 60.0)),
            (0.0, 0.0, 40.0),
        ),
    ),
    Bend(
        "left_elbow",
        (
            *((0.0, -bent, 0.0) for bent in (30.0, 60.0, 90.0, 120.0, 140.0)),
            *((twist, -bent, 0.0) for twist in (45.0, -45.0) for bent in (0.0, 80.0)),
        ),
    ),
    Bend(
        "left_wrist",
        (
            *((0.0, 0.0, bent) for bent in (-65.0, -30.0, 30.0, 65.0)),
            *((0.0, aside, 0.0) for aside in (25.0, -25.0)),
            *((twist, 0.0, 0.0) for twist in (45.0, 80.0, -45.0, -80.0)),
        ),
    ),
    Bend(
        "left_hip",
        (
            *((-lifted, 0.0, 0.0) for lifted in (-25.0, 30.0, 60.0, 90.0)),
            (0.0, 0.0, 25.0),
            (-45.0, 0.0, 20.0),
        ),
    ),
    Bend("left_knee", tuple((bent, 0.0, 0.0) for bent in (30.0, 60.0, 90.0, 120.0))),
    *_finger_bends(),
)


def fit_correctives(
    body: ShapedBody, pieces: Sequence[Meshed], average: csr_matrix, bends: Sequence[Bend] = LEFT_BENDS
) -> NDArray[np.float32]:
    """Posedirs (V, 3, 459) float32 for `body`, whose model has none yet.

    average: (V, V) mean over the neighbours along edges. Left joints are fitted, right ones mirrored.
    """
    vertices, weights = body.rest_vertices, body.model.weights
    mirrored_vertex = KDTree(vertices).query(vertices * _FLIP)[1]
    posedirs = np.zeros((len(vertices), 3, 9 * (JOINT_COUNT - 1)), dtype=np.float32)
    # A rotation seen in the mirror: entries that mix x with y or z change their sign.
    signs = np.outer(_FLIP, _FLIP).reshape(-1)
    for bend in bends:
        joint = JOINT[bend.joint]
        mask = _surroundings(weights[:, joint], average)
        for piece in pieces:
            strength = mask[piece.vertices] * piece.freedom
            chosen = piece.vertices[strength > 0]
            if not len(chosen):
                continue
            directions = _fit(body, piece.field, average, bend, chosen, strength[strength > 0])
            columns = slice(9 * (joint - 1), 9 * joint)
            posedirs[chosen, :, columns] = directions
            opposite = int(MIRROR_JOINT[joint])
            columns = slice(9 * (opposite - 1), 9 * opposite)
            posedirs[mirrored_vertex[chosen], :, columns] = directions * _FLIP[:, None] * signs
    return posedirs


def _surroundings(weight: NDArray[np.float64], average: csr_matrix) -> NDArray[np.float64]:
    """(V,) 1 where a joint blends with others, falling smoothly to 0 around."""
    mask = (weight > 0.02) & (weight < 0.98)
    spread: NDArray[np.float64] = mask.astype(np.float64)
    for _ in range(4):
        spread = np.maximum(spread, average @ spread)
    for _ in range(2):
        spread = average @ spread
    return np.where(spread > 0.05, np.clip(spread * 1.25 - 0.0625, 0.0, 1.0), 0.0)


def _fit(
    body: ShapedBody,
    field: DistanceField,
    average: csr_matrix,
    bend: Bend,
    chosen: NDArray[np.int64],
    strength: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(N, 3, 9) directions of the `chosen` vertices for R - I of the bent joint, times their strength."""
    joint = JOINT[bend.joint]
    rest = body.rest_vertices[chosen]
    weights = body.model.weights[chosen]
    local_average = average[chosen][:, chosen]
    row_sums = np.maximum(np.asarray(local_average.sum(axis=1)), 1e-9)
    tried = Rotation.from_rotvec(np.array(bend.tried_deg, dtype=np.float64), degrees=True).as_matrix()
    features = (tried - np.eye(3)).reshape(len(tried), 9)
    offsets = np.empty((len(tried), len(chosen), 3))
    for index, rotation in enumerate(tried):
        rotations = np.tile(np.eye(3), (JOINT_COUNT, 1, 1))
        rotations[joint] = rotation
        matrices = joint_transforms(body, rotations, np.zeros(3))
        blended = (weights @ matrices[:, :3].reshape(JOINT_COUNT, 12)).reshape(-1, 3, 4)
        skinned = np.einsum("vab,vb->va", blended[:, :, :3], rest) + blended[:, :, 3]
        better = skinned
        for _ in range(2):
            better = field.project(better, matrices, limit_m=0.013)
        move = better - skinned
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        move *= np.minimum(1.0, _LONGEST_M / length)
        for _ in range(4):
            move = 0.5 * move + 0.5 * (local_average @ move) / row_sums
        offsets[index] = np.linalg.solve(blended[:, :, :3], (move * strength[:, None])[:, :, None])[:, :, 0]
    normal = features.T @ features + _RIDGE * np.eye(9)
    solution = np.linalg.solve(normal, features.T @ offsets.reshape(len(tried), -1))
    directions = solution.reshape(9, len(chosen), 3).transpose(1, 2, 0).astype(np.float32)
    directions[np.abs(directions) < 1e-6] = 0.0
    return directions
