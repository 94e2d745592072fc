"""Coarser meshes of a body for when it is seen from further away: fewer triangles over the same vertices.

Edges are collapsed onto one of their ends (quadric error metrics, Garland and Heckbert 1997), many at once as
long as they do not touch each other. Because no vertex moves, skinning and its result are the same for all
levels, and a level is nothing but a list of faces.
"""

from __future__ import annotations

import hashlib
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from avatar_server.body.cache import write_whole
from avatar_server.body.model import GARMENTS, JOINT_NAMES, BodyModel
from avatar_server.settings import cache_dir

_SHARES = (0.7, 0.55, 0.43, 0.33, 0.25, 0.19, 0.145)
"""Levels below the full mesh, as shares of its faces."""

_BORDER_REACH_M = 0.02
_BEND = 0.12
_MOST_ROUNDS = 120

_FACE_CARE, _HAIR_CARE = 7.0, 3.0
"""On a head an error counts as if it were this much larger: people look there; brows lie close on skin."""


FACE_ERRORS_M = (0.0012, 0.0035)
"""From which error on a face is drawn in its second and its third level of detail."""


@dataclass(frozen=True, eq=False, slots=True)
class Level:
    """faces: (F, 3) int32. error_m: how far this surface may be from the full one in the rest pose."""

    faces: NDArray[np.int32]
    error_m: float


def levels_of_detail(model: BodyModel) -> tuple[Level, ...]:
    """The full mesh first, then ever coarser ones; a mesh that cannot be simplified has fewer levels.

    Takes seconds, once a body: the result is kept in the cache folder if that can be written to.
    """
    if model.face is None:
        return _levels(model)
    fine, *coarser = model.face.levels
    without_face = replace(model, faces=model.faces[: len(model.faces) - len(fine)])
    levels = []
    for level in _levels(without_face):
        detail = sum(level.error_m >= error_m for error_m in FACE_ERRORS_M)
        faces = np.concatenate([level.faces, (fine, *coarser)[detail]])
        levels.append(Level(faces, level.error_m))
    return tuple(levels)


def _levels(model: BodyModel) -> tuple[Level, ...]:
    """Levels of all faces, from the cache folder if they are there."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for array in (model.v_template, model.faces, model.weights, model.garments):
        digest.update(np.ascontiguousarray(array).tobytes())
    path = cache_dir() / f"levels-{digest.hexdigest()[:16]}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            errors = file["errors_m"]
            return tuple(Level(file[f"faces{i}"], float(error)) for i, error in enumerate(errors))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        levels = _Simplifier(model).levels()
    with suppress(OSError):
        faces = {f"faces{i}": level.faces for i, level in enumerate(levels)}
        write_whole(path, {"errors_m": np.array([level.error_m for level in levels]), **faces})
    return levels


class _Simplifier:
    """Vertices, what is left of the faces, and what collapsing costs at each vertex."""

    def __init__(self, model: BodyModel) -> None:
        self._vertices = model.v_template
        self._faces = model.faces.astype(np.int64)
        self._weights = model.weights
        head = model.weights[:, JOINT_NAMES.index("head")] > 0.5
        care = np.where(model.garments[:, GARMENTS.index("hair")] > 0, _HAIR_CARE, _FACE_CARE)
        self._care = np.where(head, care**2, 1.0)
        self._near_border = np.abs(model.garments).min(axis=1) < _BORDER_REACH_M
        self._quadrics = _quadrics(self._vertices, self._faces)
        # Where a surface ends (a trouser leg over a shoe) it must not shrink.
        self._rim = _rim(len(self._vertices), self._faces)
        self._stuck = self._rim.copy()
        self._error = 0.0

    def levels(self) -> tuple[Level, ...]:
        full = len(self._faces)
        found = [Level(self._faces.astype(np.int32), 0.0)]
        for share in _SHARES:
            for _ in range(_MOST_ROUNDS):
                if len(self._faces) <= share * full or not self._collapse(
                    len(self._faces) - int(share * full)
                ):
                    break
            if len(self._faces) > 0.8 * len(found[-1].faces):
                break
            found.append(Level(self._faces.astype(np.int32), self._error))
        return tuple(found)

    def _collapse(self, too_many: int) -> bool:
        """Collapse the cheapest edges that are not neighbours; False if there are none."""
        count = len(self._vertices)
        half = np.concatenate([self._faces[:, [0, 1]], self._faces[:, [1, 2]], self._faces[:, [2, 0]]])
        half = np.unique(half, axis=0)
        touching = sparse.csr_array((np.ones(len(half)), (half[:, 0], half[:, 1])), shape=(count, count))
        movable = half[~self._stuck[half[:, 0]]]
        cost = self._cost(movable[:, 0], movable[:, 1])
        order = np.argsort(cost, kind="stable")[: max(64, len(cost) // 3)]
        movable, cost = movable[order], cost[order]

        # An edge may go if it is the first in order among all that touch its ends' neighbourhoods.
        rank = np.arange(len(movable), dtype=np.float64)
        nearest = np.full(count, np.inf)
        np.minimum.at(nearest, movable[:, 0], rank)
        np.minimum.at(nearest, movable[:, 1], rank)
        around = nearest.copy()
        np.minimum.at(around, half[:, 0], nearest[half[:, 1]])
        free = (around[movable[:, 0]] == rank) & (around[movable[:, 1]] == rank)
        chosen = np.flatnonzero(free)[: max(1, too_many // 2)]
        gone, kept = movable[chosen].T
        shared = np.asarray(touching[gone].multiply(touching[kept]).sum(axis=1)).ravel()
        fine = (shared == 2) & ~self._folds(gone, kept)
        self._stuck[gone[~fine]] = True
        if not fine.any():
            return bool(len(gone)) and not self._stuck.all()
        gone, kept = gone[fine], kept[fine]
        self._error = max(self._error, float(np.sqrt(self._distance(gone, kept).max())))
        target = np.arange(count)
        target[gone] = kept
        self._quadrics[kept] += self._quadrics[gone]
        faces = target[self._faces]
        self._faces = faces[
            (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
        ]
        self._stuck[kept] = self._rim[kept]
        return True

    def _distance(self, gone: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean squared distance, in metres, of `kept` from the planes of all faces merged so far."""
        point = np.concatenate([self._vertices[kept], np.ones((len(kept), 1))], axis=1)
        merged = self._quadrics[gone] + self._quadrics[kept]
        squared = np.einsum("na,nab,nb->n", point, merged[:, :4, :4], point)
        return np.asarray(np.maximum(squared, 0.0) / np.maximum(merged[:, 4, 4], 1e-12))

    def _cost(self, gone: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.float64]:
        """Squared metres: the distance, and what bending joints and the garments' borders would suffer."""
        length = np.linalg.norm(self._vertices[gone] - self._vertices[kept], axis=1)
        bend = np.abs(self._weights[gone] - self._weights[kept]).sum(axis=1)
        border = 0.25 * self._near_border[gone]
        extra = length * (_BEND * bend + border + 0.004)
        return np.asarray(self._care[gone] * (self._distance(gone, kept) + extra * extra))

    def _folds(self, gone: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which collapses would turn a face over, or nearly so."""
        number = np.full(len(self._vertices), -1)
        number[gone] = np.arange(len(gone))
        touched = self._faces[(number[self._faces] >= 0).any(axis=1)]
        which = number[touched].max(axis=1)
        moved = np.where(number[touched] >= 0, kept[which][:, None], touched)
        before, after = _normals(self._vertices, touched), _normals(self._vertices, moved)
        size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        vanishing = (touched == kept[which][:, None]).any(axis=1)
        turned = ~vanishing & (np.einsum("fa,fa->f", before, after) < 0.3 * size)
        folds = np.zeros(len(gone), dtype=bool)
        np.logical_or.at(folds, which, turned)
        return folds


def _rim(count: int, faces: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(count,): which vertices have an edge with a face on one side only."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    found, uses = np.unique(edges, axis=0, return_counts=True)
    rim = np.zeros(count, dtype=bool)
    rim[found[uses == 1]] = True
    return rim


def _normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """(F, 3) normals, twice as long as the face's area."""
    corners = vertices[faces]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _quadrics(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """(V, 5, 5): the 4x4 quadric of the planes of a vertex' faces weighted by area, which is in [4, 4]."""
    normals = _normals(vertices, faces)
    doubled = np.linalg.norm(normals, axis=1)
    planes = np.zeros((len(faces), 4))
    planes[:, :3] = normals / np.where(doubled > 0, doubled, 1.0)[:, None]
    planes[:, 3] = -np.einsum("fa,fa->f", planes[:, :3], vertices[faces[:, 0]])
    own = np.zeros((len(faces), 5, 5))
    own[:, :4, :4] = planes[:, :, None] * planes[:, None, :] * doubled[:, None, None]
    own[:, 4, 4] = doubled
    quadrics = np.zeros((len(vertices), 5, 5))
    for corner in range(3):
        np.add.at(quadrics, faces[:, corner], own)
    return quadrics
