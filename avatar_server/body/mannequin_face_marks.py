"""Eyes, brows and the line of the mouth: thin dark patches laid on the face, with exact outlines.

A patch lies a fraction of a millimetre above the skin and dives below it at its rim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import DistanceField
from avatar_server.body.mannequin_head import EYE, front_of, head_layers

_ABOVE_M = 0.0005
_RIM_BELOW_M = 0.0020
_RIM_SHARE = 1.06
_SECTORS = 20


@dataclass(frozen=True, eq=False, slots=True)
class FaceMark:
    """A patch on the left half of the face, mirrored to the right.

    outline: (N, 2) x and y in metres, counter-clockwise seen from the front; spine: (N, 2) the points to
    which the outline shrinks. above_m: height over the skin; more where the skin's mesh bridges a fold.
    """

    name: str
    outline: NDArray[np.float64]
    spine: NDArray[np.float64]
    above_m: float = _ABOVE_M
    material: Literal["hair"] = "hair"

    def surface(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Vertices (V, 3) and faces (F, 3) of the left patch."""
        shares = (0.0, 0.95, _RIM_SHARE)
        rings = [self.spine + share * (self.outline - self.spine) for share in shares]
        across = np.concatenate(rings)
        height = np.repeat([self.above_m, self.above_m, -_RIM_BELOW_M], len(self.outline))
        vertices = np.column_stack([across, front_of(DistanceField(head_layers()), across) + height])
        count = len(self.outline)
        faces = []
        for ring in range(len(shares) - 1):
            for index in range(count):
                following = (index + 1) % count
                inner, outer = ring * count, (ring + 1) * count
                faces.append((inner + index, outer + index, outer + following))
                if ring or not np.allclose(self.spine[index], self.spine[following]):
                    faces.append((inner + index, outer + following, inner + following))
        return _welded(vertices, np.array(faces, dtype=np.int32))


def _welded(
    vertices: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices at the same place made one, and faces without area dropped."""
    _, first, number = np.unique(np.round(vertices, 9), axis=0, return_index=True, return_inverse=True)
    joined = number.reshape(-1)[faces].astype(np.int32)
    whole = (joined != np.roll(joined, 1, axis=1)).all(axis=1)
    return vertices[first], joined[whole]


def _stroke(
    name: str, path: NDArray[np.float64], half_width: NDArray[np.float64], above_m: float = _ABOVE_M
) -> FaceMark:
    """A brush stroke along (N, 2) `path`, tapering as (N,) `half_width` says."""
    way = np.gradient(path, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    square = np.column_stack([-way[:, 1], way[:, 0]]) * half_width[:, None]
    # From the inner end along the lower border to the outer end, and back along the upper one.
    outline = np.concatenate([path - square, (path + square)[::-1]])
    return FaceMark(name, outline, np.concatenate([path, path[::-1]]), above_m)


def face_marks() -> list[FaceMark]:
    """Iris, upper lash line, eyebrow and half of the mouth's line, of the left side."""
    x, y, _ = EYE
    angle = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    iris = np.column_stack([x + 0.0056 * np.cos(angle), y - 0.0010 + 0.0056 * np.sin(angle)])
    # The upper lid cuts the iris.
    iris[:, 1] = np.minimum(iris[:, 1], y + 0.0037)
    centre = np.tile([x, y - 0.0012], (_SECTORS, 1))

    along = np.linspace(-1, 1, 9)
    lash = np.column_stack([x + 0.0008 + 0.0135 * along, y + 0.0043 - 0.0056 * along**2 + 0.0010 * along])
    lash_width = 0.0003 + 0.0011 * (1 - np.abs(along) ** 2.5) + 0.0003 * (along > 0) * (1 - along)

    brow_x = np.linspace(0.0115, 0.0500, 10)
    share = (brow_x - brow_x[0]) / (brow_x[-1] - brow_x[0])
    brow_y = 0.4672 + 0.0058 * np.sin(np.pi * share * 0.80) - 0.0030 * share**3
    brow_width = 0.0005 + 0.0026 * np.sin(np.pi * np.clip(0.22 + 0.78 * share, 0, 1)) ** 0.8
    # Half of the mouth's line; its mirror image goes on where it ends in the middle.
    mouth_x = np.linspace(0.0, 0.0250, 8)
    mouth = np.column_stack([mouth_x, 0.3836 + 0.0017 * (mouth_x / 0.0250) ** 2])
    mouth_width = 0.00025 + 0.00045 * np.sqrt(1.0 - (mouth_x / 0.0250) ** 2)
    return [
        FaceMark("iris", iris, centre),
        _stroke("lash", lash, lash_width),
        _stroke("brow", np.column_stack([brow_x, brow_y]), brow_width),
        _stroke("mouth", mouth, mouth_width, above_m=0.0015),
    ]
