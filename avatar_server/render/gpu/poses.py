"""Snapshots to what the GPU has to know: several at once, because numpy's calls cost more than its sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_pieces import PAINTS
from avatar_server.body.face_rig import MOVEMENTS, movements_of
from avatar_server.body.kinematics import transforms_of_poses
from avatar_server.body.skinning import pose_features
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.render.gpu.body import GpuBody
from avatar_server.render.opengl.bodies import paint_codes, root_colour
from avatar_server.render.opengl.body_tables import LIMB_COUNT
from avatar_server.scene.snapshot import Appearance, Figure, Snapshot

_FEATURES = 9 * (JOINT_COUNT - 1)
_FEATURE_GROUPS = -(-_FEATURES // 4)
_MOVEMENT_GROUPS = -(-len(MOVEMENTS) // 4)
_SIZES = (3 * JOINT_COUNT, LIMB_COUNT, len(PAINTS), 4, _FEATURE_GROUPS, _MOVEMENT_GROUPS)
_BONES, _LIMBS, _PAINTS, _GARMENTS, _FEATURE, _MOVEMENT, _END = np.cumsum([0, *_SIZES]).tolist()

PERSON_VECTORS = -(-_END // 16) * 16
"""Vectors of four that are uploaded of a person: a multiple of 256 bytes, at which buffers may be bound."""

PERSON_CONSTANTS = {
    "LIMBS": str(LIMB_COUNT),
    "PAINT_COUNT": str(len(PAINTS)),
    "MOVEMENT_GROUPS": str(_MOVEMENT_GROUPS),
    "UNUSED": str(PERSON_VECTORS - _END),
}
"""What shaders that include `gpu_people.glsl` have to know."""


@dataclass(frozen=True, eq=False, slots=True)
class PosedPeople:
    """The people of one snapshot.

    packed: (P, PERSON_VECTORS, 4) float32, as `gpu_people.glsl` says. points: (3, N) float32, world, round
    all of them. legs: (L, 4) float32, spheres, of each.
    """

    packed: NDArray[np.float32]
    points: NDArray[np.float32]
    legs: tuple[NDArray[np.float32], ...]


def pose_all(snapshots: Sequence[Snapshot], body_of: Callable[[Figure], GpuBody]) -> list[PosedPeople]:
    """The people of each of `snapshots`, each as if it were reckoned alone."""
    packed = [
        np.zeros((len(snapshot.figures), PERSON_VECTORS, 4), dtype=np.float32) for snapshot in snapshots
    ]
    points: list[list[NDArray[np.float32]]] = [[] for _ in snapshots]
    legs: list[list[NDArray[np.float32]]] = [[] for _ in snapshots]
    groups: dict[int, tuple[GpuBody, list[tuple[int, int, Figure]]]] = {}
    for place, snapshot in enumerate(snapshots):
        for number, figure in enumerate(snapshot.figures):
            body = body_of(figure)
            groups.setdefault(id(body), (body, []))[1].append((place, number, figure))
    for body, wearers in groups.values():
        rotations = np.stack([figure.rotations for _, _, figure in wearers])
        translations = np.stack([figure.translation for _, _, figure in wearers])
        matrices = transforms_of_poses(body.tables.shaped, rotations, translations)
        bones = matrices[:, :, :3].reshape(len(wearers), -1, 4)
        features = pose_features(rotations)
        limbs, standing = body.tables.limbs.posed(matrices), body.tables.legs.posed(matrices)
        around = body.reach(matrices)
        for nth, (place, number, figure) in enumerate(wearers):
            person = packed[place][number]
            person[_BONES:_LIMBS] = bones[nth]
            person[_LIMBS : _LIMBS + len(limbs[nth])] = limbs[nth]
            person[_PAINTS:_FEATURE] = _colours(figure.appearance)
            person[_FEATURE:_MOVEMENT].reshape(-1)[:_FEATURES] = features[nth]
            if figure.face is not None:
                person[_MOVEMENT:_END].reshape(-1)[: len(MOVEMENTS)] = movements_of(figure.face)
            points[place].append(around[nth])
            legs[place].append(standing[nth])
    return [
        PosedPeople(people, np.concatenate(near).T if near else np.zeros((3, 1), np.float32), tuple(stand))
        for people, near, stand in zip(packed, points, legs, strict=True)
    ]


@lru_cache(maxsize=64)
def _colours(appearance: Appearance) -> NDArray[np.float32]:
    """(paints and garments, 4)."""
    worn = (appearance.top, appearance.bottom, appearance.shoes, appearance.hair)
    rows = [*paint_codes(appearance), *((*root_colour(colour), 0.0) for colour in worn)]
    return np.array(rows, dtype=np.float32)
