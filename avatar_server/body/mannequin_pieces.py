"""The pieces that make the mannequin: skin that shows, clothes, hair, each meshed as finely as it needs.

Pieces overlap where cloth ends (collar, cuffs, hem, shoes) or hair begins, so that every border between two
materials is a real edge of the surface and stays crisp at any zoom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import DistanceField, Layer
from avatar_server.body.mannequin_clothes import shoe_layers, sweater_layers, trousers_layers
from avatar_server.body.mannequin_hair_styles import HAIR_STYLES
from avatar_server.body.mannequin_hand import hand_layers
from avatar_server.body.mannequin_head import ear_layers, head_layers
from avatar_server.body.mannequin_weights import Weights, head_weights, left_hand_weights, trunk_weights
from avatar_server.body.surface_net import Axes, Faces, Vertices, graded_axis, mirrored_axis, surface_of

_BORDER_M = 0.03

Material = Literal["skin", "top", "bottom", "shoes", "hair"]


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One closed solid and how to mesh it. sided: it exists for the left and, mirrored, for the right.

    under: solids that cover parts of this one, each with the depth in metres below which nothing of it can
    be seen in any pose. The surface is left out there; its open borders lie inside the covering solid.
    """

    name: str
    material: Material
    layers: tuple[Layer, ...]
    axes: Axes
    weigh: Callable[[Vertices], Weights]
    sided: bool = False
    under: tuple[tuple[DistanceField, float], ...] = ()

    @property
    def field(self) -> DistanceField:
        """The solid."""
        return DistanceField(self.layers)

    def surface(self) -> tuple[Vertices, Faces]:
        """Vertices (V, 3) and faces (F, 3) of the piece, of its left one where there are two."""
        vertices, faces = surface_of(self.field, self.axes)
        seen = np.ones(len(vertices), dtype=bool)
        for cover, depth_m in self.under:
            seen &= cover.distance(vertices) > -depth_m
        faces = faces[seen[faces].any(axis=1)]
        used = np.unique(faces)
        number = np.zeros(len(vertices), dtype=np.int32)
        number[used] = np.arange(len(used), dtype=np.int32)
        return vertices[used], number[faces]

    def freedom(self, vertices: Vertices) -> NDArray[np.float64]:
        """(N,) from 0 at and below the border of a covering piece to 1 at 3 cm from it."""
        free = np.ones(len(vertices))
        for cover, _ in self.under:
            free = np.minimum(free, np.clip(cover.distance(vertices) / _BORDER_M, 0.0, 1.0))
        return free


def _even(start: float, end: float, spacing: float) -> NDArray[np.float64]:
    return np.linspace(start, end, max(2, int(np.ceil((end - start) / spacing)) + 1))


def mannequin_pieces(hair: str = "short") -> list[Piece]:
    """All pieces, in the order in which their vertices are stored; hair: the name of its style."""
    style = HAIR_STYLES[hair]
    strands = tuple(style.layers())
    head_field, hair_field = DistanceField(head_layers()), DistanceField(strands)
    sweater_field, trousers_field = DistanceField(sweater_layers()), DistanceField(trousers_layers())
    face_y = graded_axis(
        [
            (0.165, 0.016),
            (0.300, 0.0115),
            (0.350, 0.0056),
            (0.368, 0.0052),
            (0.3725, 0.0037),
            (0.394, 0.0037),
            (0.400, 0.0056),
            (0.465, 0.0058),
            (0.490, 0.014),
        ],
        0.57,
    )
    face_z = graded_axis(
        [(-0.095, 0.016), (0.000, 0.0110), (0.040, 0.0090), (0.072, 0.0056), (0.140, 0.0056)], 0.140
    )
    face_x = mirrored_axis(graded_axis([(0.0027, 0.0054), (0.050, 0.0064), (0.070, 0.0075)], 0.082))
    hair_axes = (
        mirrored_axis(_even(0.0046, 0.100, 0.0092)),
        graded_axis([(style.lowest_m, 0.0120), (0.375, 0.0082), (0.52, 0.0092)], 0.61)
        if style.lowest_m < 0.375
        else graded_axis([(0.375, 0.0082), (0.52, 0.0092)], 0.61),
        _even(style.furthest_back_m, 0.130, 0.0095),
    )
    ear = (_even(0.050, 0.090, 0.0042), _even(0.395, 0.475, 0.0060), _even(-0.018, 0.032, 0.0044))
    in_head = ((head_field, 0.006),)
    return [
        Piece(
            "head",
            "skin",
            tuple(head_layers()),
            (face_x, face_y, face_z),
            trunk_weights,
            under=((hair_field, 0.005), (sweater_field, 0.025)),
        ),
        Piece("ear", "skin", tuple(ear_layers()), ear, head_weights, sided=True, under=in_head),
        Piece("hair", "hair", strands, hair_axes, style.weigh, under=in_head),
        Piece(
            "hand",
            "skin",
            tuple(hand_layers()),
            (
                graded_axis([(0.605, 0.013), (0.700, 0.0088), (0.800, 0.0074), (0.840, 0.0058)], 0.885),
                _even(0.165, 0.252, 0.0049),
                _even(-0.125, 0.050, 0.0047),
            ),
            left_hand_weights,
            sided=True,
            under=((sweater_field, 0.018),),
        ),
        Piece(
            "sweater",
            "top",
            tuple(sweater_layers()),
            (
                mirrored_axis(
                    graded_axis(
                        [(0.0105, 0.021), (0.12, 0.021), (0.17, 0.0180), (0.60, 0.0190), (0.65, 0.0110)], 0.70
                    )
                ),
                graded_axis(
                    [
                        (-0.345, 0.0110),
                        (-0.30, 0.0115),
                        (-0.24, 0.0220),
                        (0.12, 0.0200),
                        (0.17, 0.0160),
                        (0.27, 0.0120),
                    ],
                    0.33,
                ),
                _even(-0.165, 0.155, 0.0180),
            ),
            trunk_weights,
            under=((trousers_field, 0.012), (head_field, 0.012)),
        ),
        Piece(
            "trousers",
            "bottom",
            tuple(trousers_layers()),
            (
                mirrored_axis(graded_axis([(0.0090, 0.018)], 0.21)),
                graded_axis(
                    [(-1.130, 0.014), (-1.08, 0.028), (-0.75, 0.025), (-0.64, 0.022), (-0.45, 0.024)], -0.18
                ),
                _even(-0.155, 0.130, 0.0208),
            ),
            trunk_weights,
            under=((sweater_field, 0.030),),
        ),
        Piece(
            "shoe",
            "shoes",
            tuple(shoe_layers()),
            (_even(0.035, 0.175, 0.0135), _even(-1.185, -1.010, 0.0110), _even(-0.100, 0.190, 0.0180)),
            trunk_weights,
            sided=True,
            under=((trousers_field, 0.014),),
        ),
    ]
