"""The closed pieces that make the mannequin: skin that shows, clothes, hair, each meshed as finely as it needs.

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
from avatar_server.body.mannequin_hand import hand_layers
from avatar_server.body.mannequin_head import brow_layers, eye_layers, hair_layers, head_layers
from avatar_server.body.mannequin_weights import Weights, head_weights, left_hand_weights, trunk_weights
from avatar_server.body.surface_net import Axes, Faces, Vertices, graded_axis, mirrored_axis, surface_of

Material = Literal["skin", "top", "bottom", "shoes", "hair"]


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One closed surface. sided: it exists for the left and, mirrored, for the right."""

    name: str
    material: Material
    layers: tuple[Layer, ...]
    axes: Axes
    weigh: Callable[[Vertices], Weights]
    sided: bool = False

    def surface(self) -> tuple[Vertices, Faces]:
        """Vertices (V, 3) and faces (F, 3) of the piece, of its left one where there are two."""
        return surface_of(DistanceField(self.layers), self.axes)


def _even(start: float, end: float, spacing: float) -> NDArray[np.float64]:
    return np.linspace(start, end, max(2, int(np.ceil((end - start) / spacing)) + 1))


def mannequin_pieces() -> list[Piece]:
    """All pieces, in the order in which their vertices are stored."""
    face_y = graded_axis([(0.165, 0.013), (0.310, 0.009), (0.345, 0.0050), (0.465, 0.0050), (0.495, 0.012)], 0.57)
    face_z = graded_axis([(-0.105, 0.013), (0.020, 0.0090), (0.075, 0.0048), (0.140, 0.0048)], 0.145)
    face_x = mirrored_axis(graded_axis([(0.0023, 0.0046), (0.055, 0.0052), (0.075, 0.0060)], 0.097))
    return [
        Piece("head", "skin", tuple(head_layers()), (face_x, face_y, face_z), trunk_weights),
        Piece(
            "hair",
            "hair",
            tuple(hair_layers()),
            (mirrored_axis(_even(0.004, 0.112, 0.0075)), _even(0.355, 0.61, 0.0075), _even(-0.115, 0.15, 0.0075)),
            head_weights,
        ),
        Piece(
            "eye",
            "hair",
            tuple(eye_layers()),
            (_even(0.018, 0.046, 0.0024), _even(0.435, 0.453, 0.0018), _even(0.078, 0.104, 0.0024)),
            head_weights,
            sided=True,
        ),
        Piece(
            "brow",
            "hair",
            tuple(brow_layers()),
            (_even(0.006, 0.056, 0.0036), _even(0.458, 0.480, 0.0024), _even(0.074, 0.114, 0.0030)),
            head_weights,
            sided=True,
        ),
        Piece(
            "hand",
            "skin",
            tuple(hand_layers()),
            (
                graded_axis([(0.605, 0.009), (0.700, 0.0060), (0.900, 0.0050)], 0.885),
                _even(0.165, 0.252, 0.0040),
                _even(-0.125, 0.050, 0.0038),
            ),
            left_hand_weights,
            sided=True,
        ),
        Piece(
            "sweater",
            "top",
            tuple(sweater_layers()),
            (
                mirrored_axis(graded_axis([(0.0075, 0.015), (0.10, 0.0145), (0.62, 0.0140), (0.65, 0.008)], 0.69)),
                graded_axis([(-0.335, 0.010), (-0.24, 0.0145), (0.22, 0.0145), (0.26, 0.0080)], 0.32),
                _even(-0.165, 0.155, 0.0145),
            ),
            trunk_weights,
        ),
        Piece(
            "trousers",
            "bottom",
            tuple(trousers_layers()),
            (
                mirrored_axis(graded_axis([(0.0075, 0.015)], 0.20)),
                graded_axis([(-1.125, 0.012), (-1.08, 0.02), (-0.75, 0.017), (-0.64, 0.017), (-0.45, 0.018)], -0.18),
                _even(-0.150, 0.125, 0.0152),
            ),
            trunk_weights,
        ),
        Piece(
            "shoe",
            "shoes",
            tuple(shoe_layers()),
            (_even(0.035, 0.175, 0.0105), _even(-1.185, -1.010, 0.0095), _even(-0.100, 0.190, 0.0110)),
            trunk_weights,
            sided=True,
        ),
    ]
