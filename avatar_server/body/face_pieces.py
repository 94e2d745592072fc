"""Pieces of a face that are laid on or into a head: lids, eyeballs, lips, teeth, tongue, brows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Levels = tuple[NDArray[np.int32], ...]

LEVEL_COUNT = 3
"""A face is drawn fine, coarser, or as coarse as it is over there across the room."""

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

    vertices: (N, 3). faces: (F, 3) for each level of
    detail, the finest first, counter-clockwise from outside. held: (N, 2) x and y of the skin that
    carries each vertex. follows: (N,) how much of what moves the skin moves it. skull: (N,) 1 where it
    stays with the skull, 0 where it goes with the jaw, NaN where its place tells. open: (N,) how much of the
    surroundings it sees. seam: (N,) how much of the skin's normal it takes, so that nobody sees an edge.
    normals: (N, 3) where they are not those of the surface. moves: (N, 3) for the names of own movements.
    turns: the same for normals, where they are not those of the moved surface.
    """

    name: str
    paint: str
    vertices: Array
    faces: Levels
    held: Array
    follows: Array
    skull: Array
    open: Array
    seam: Array
    normals: Array | None = None
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
            faces=tuple(level[:, ::-1] for level in self.faces),
            held=self.held * flip[:2],
            normals=None if self.normals is None else self.normals * flip,
            moves=others(self.moves),
            turns=others(self.turns),
        )


def band(
    rows: int,
    columns: int,
    *,
    closed: bool,
    kept: tuple[tuple[int, ...], tuple[int, ...]],
    steps: tuple[int, int] = (2, 4),
    inwards: bool = False,
) -> Levels:
    """Triangles between `rows` rows of `columns` vertices each; closed: the last column meets the first.

    kept: rows that are left in the coarser levels, steps: of how many columns one is. Seen from outside, rows
    go to the left of the way along a row; inwards: to the right.
    """
    levels = []
    for chosen, step in zip((tuple(range(rows)), *kept), (1, *steps), strict=True):
        places = list(range(0, columns, step))
        if closed:
            places.append(0)
        elif places[-1] != columns - 1:
            places.append(columns - 1)
        faces = []
        for near, far in pairwise(chosen):
            for here, after in pairwise(places):
                a, b = near * columns + here, near * columns + after
                c, d = far * columns + after, far * columns + here
                faces += [(a, b, c), (a, c, d)]
        level = np.array(faces, dtype=np.int32)
        levels.append(level[:, ::-1] if inwards else level)
    return tuple(levels)


def welded(piece: FacePiece) -> FacePiece:
    """Vertices that are the same in all respects made one."""
    columns = [piece.vertices, piece.follows[:, None], *piece.moves.values()]
    _, first, number = np.unique(
        np.round(np.concatenate(columns, axis=1), 9), axis=0, return_index=True, return_inverse=True
    )
    levels = [number.reshape(-1)[level].astype(np.int32) for level in piece.faces]
    return replace(
        piece,
        vertices=piece.vertices[first],
        faces=tuple(faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)] for faces in levels),
        held=piece.held[first],
        follows=piece.follows[first],
        skull=piece.skull[first],
        open=piece.open[first],
        seam=piece.seam[first],
        normals=None if piece.normals is None else piece.normals[first],
        moves={name: move[first] for name, move in piece.moves.items()},
        turns={name: turn[first] for name, turn in piece.turns.items()},
    )
