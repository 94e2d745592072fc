"""Pieces of a face that are laid on or into a head: lids, eyeballs, lips, teeth, tongue, brows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Triangles = NDArray[np.int32]

PAINTS = (
    "bare",
    "lip",
    "lip_inside",
    "mouth",
    "teeth",
    "tongue",
    "white",
    "limbus",
    "iris",
    "iris_light",
    "pupil",
    "lash",
    "brow",
)
"""What a vertex is painted with; `bare` is skin, or whatever `BodyModel.garments` say."""


@dataclass(frozen=True, eq=False, slots=True)
class FacePiece:
    """A surface, and how it goes with the head. Metres, in the frame of the body at rest.

    vertices: (N, 3). faces: (F, 3), counter-clockwise from outside. held: (N, 2) x and y of the skin that
    carries each vertex. follows: (N,) how much of what moves the skin moves it. skull: (N,) 1 where it
    stays with the skull, 0 where it goes with the jaw, NaN where its place tells. open: (N,) how much of the
    surroundings it sees. seam: (N,) how much of the skin's normal it takes, so that nobody sees an edge.
    moves: (N, 3) for the names of own movements. turns: the same for normals, where they are not those of
    the moved surface.
    """

    name: str
    paint: str
    vertices: Array
    faces: Triangles
    held: Array
    follows: Array
    skull: Array
    open: Array
    seam: Array
    moves: Mapping[str, Array] = field(default_factory=dict)
    turns: Mapping[str, Array] = field(default_factory=dict)

    def mirrored(self) -> FacePiece:
        """The same at the right; names of movements that end in Left end in Right."""
        flip = np.array([-1.0, 1.0, 1.0])

        def others(moves: Mapping[str, Array]) -> dict[str, Array]:
            return {name.replace("Left", "Right"): move * flip for name, move in moves.items()}

        return replace(
            self,
            vertices=self.vertices * flip,
            faces=np.ascontiguousarray(self.faces[:, ::-1]),
            held=self.held * flip[:2],
            moves=others(self.moves),
            turns=others(self.turns),
        )


def band_faces(rows: int, columns: int, *, closed: bool) -> Triangles:
    """Triangles between `rows` rows of `columns` vertices each; closed: the last column meets the first.

    Seen from outside, rows go to the left of the way along a row.
    """
    faces = []
    for row in range(rows - 1):
        for column in range(columns if closed else columns - 1):
            here, after = row * columns + column, row * columns + (column + 1) % columns
            faces += [(here, after, after + columns), (here, after + columns, here + columns)]
    return np.array(faces, dtype=np.int32)


def without_slivers(vertices: Array, faces: Triangles) -> Triangles:
    """The faces that have an area."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    has_area = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-10
    return np.ascontiguousarray(faces[has_area])


def welded(piece: FacePiece) -> FacePiece:
    """Vertices that are the same in all respects made one."""
    columns = [piece.vertices, piece.follows[:, None], *piece.moves.values()]
    _, first, number = np.unique(
        np.round(np.concatenate(columns, axis=1), 9), axis=0, return_index=True, return_inverse=True
    )
    faces = number.reshape(-1)[piece.faces].astype(np.int32)
    return replace(
        piece,
        vertices=piece.vertices[first],
        faces=faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)],
        held=piece.held[first],
        follows=piece.follows[first],
        skull=piece.skull[first],
        open=piece.open[first],
        seam=piece.seam[first],
        moves={name: move[first] for name, move in piece.moves.items()},
        turns={name: turn[first] for name, turn in piece.turns.items()},
    )
