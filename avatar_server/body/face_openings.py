"""Where skin makes room for eyes and mouth: triangles under them go, those on the border are cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_eyes import RIM_M as EYE_RIM_M
from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_mouth import RIM_M as MOUTH_RIM_M
from avatar_server.body.face_pieces import Array
from avatar_server.body.model import BodyModel

_CUT_AT = 0.93
"""Share of the way to the rim of what lies on the skin: so much of it overlaps."""


@dataclass(frozen=True, eq=False, slots=True)
class Openings:
    """The skin of a body with holes in it.

    whole: (F,) which of the body's faces stay as they are. border: (B, 3) those that are cut. cut: (C, 3)
    what remains of them; numbers from V on are those of `vertices`, (N, 3).
    """

    whole: NDArray[np.bool_]
    border: NDArray[np.int32]
    cut: NDArray[np.int32]
    vertices: Array


def cut_openings(model: BodyModel, landmarks: FaceLandmarks) -> Openings:
    """Holes for both eyes and the mouth."""
    outside = _outside(model, landmarks)
    is_out = (outside > 0)[model.faces]
    border = model.faces[is_out.any(axis=1) & ~is_out.all(axis=1)]
    numbers: dict[tuple[int, int], int] = {}
    vertices: list[Array] = []

    def crossing(first: int, second: int) -> int:
        key = (min(first, second), max(first, second))
        if key not in numbers:
            a, b = key
            share = outside[a] / (outside[a] - outside[b])
            numbers[key] = model.vertex_count + len(vertices)
            vertices.append(model.v_template[a] + share * (model.v_template[b] - model.v_template[a]))
        return numbers[key]

    cut = []
    for corners in border.tolist():
        polygon = []
        for here, after in zip(corners, corners[1:] + corners[:1], strict=True):
            if outside[here] > 0:
                polygon.append(here)
            if (outside[here] > 0) != (outside[after] > 0):
                polygon.append(crossing(here, after))
        cut += [(polygon[0], *polygon[corner : corner + 2]) for corner in range(1, len(polygon) - 1)]
    return Openings(
        whole=np.asarray(is_out.all(axis=1)),
        border=border,
        cut=np.array(cut, dtype=np.int32).reshape(-1, 3),
        vertices=np.array(vertices).reshape(-1, 3),
    )


def _outside(model: BodyModel, landmarks: FaceLandmarks) -> Array:
    """(V,): how far vertices are outside the openings, in shares of the way to their rims; 1 far off."""
    scale = landmarks.scale
    x, y, z = np.abs(model.v_template[:, 0]), model.v_template[:, 1], model.v_template[:, 2]
    least = np.full(len(x), np.inf)
    for (aside, up, down), (mid_x, mid_y) in (
        (EYE_RIM_M, landmarks.eye),
        (MOUTH_RIM_M, (0.0, landmarks.mouth[0])),
    ):
        across, over = (x - mid_x) / (aside * scale), (y - mid_y) / (np.where(y > mid_y, up, down) * scale)
        least = np.minimum(least, np.hypot(across, over))
    on_face = (z > landmarks.jaw_axis[1] + 0.012 * scale) & (model.garments.max(axis=1) <= 0)
    return np.where(on_face, least - _CUT_AT, 1.0)
