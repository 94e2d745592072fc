"""The default body: a person computed from signed distances, stored in the SMPL-H layout."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.distance_field import DistanceField
from avatar_server.body.face_attachment import fit_face
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.mannequin_correctives import fit_correctives
from avatar_server.body.mannequin_head import FACE
from avatar_server.body.mannequin_pieces import Piece, mannequin_pieces
from avatar_server.body.mannequin_regressor import joint_regressor
from avatar_server.body.mannequin_relief import with_relief
from avatar_server.body.mannequin_shapes import shape_directions
from avatar_server.body.mannequin_skeleton import MIRROR_JOINT
from avatar_server.body.mannequin_weights import keep_largest
from avatar_server.body.model import GARMENTS, BodyModel, shape_body
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.body.surface_net import neighbour_average

_WHOLE_PIECE_M = 1.0
"""A piece is of one material all over: its border lies far away."""


def _garment_columns(piece: Piece, count: int) -> NDArray[np.float32]:
    columns = np.full((count, len(GARMENTS)), -_WHOLE_PIECE_M, dtype=np.float32)
    if piece.material != "skin":
        columns[:, GARMENTS.index(piece.material)] = _WHOLE_PIECE_M
    return columns


@dataclass(frozen=True, eq=False, slots=True)
class _Meshed:
    """A piece, on both sides where it has two, and its vertices in the body."""

    field: DistanceField
    vertices: NDArray[np.int64]
    freedom: NDArray[np.float64]


def build_mannequin(hair: str = "short") -> BodyModel:
    """Compute the mannequin; takes some seconds, so that callers usually want `cache.load_mannequin`.

    hair: one of `HAIR_STYLES`.
    """
    vertices: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int32]] = []
    weights: list[NDArray[np.float64]] = []
    garments: list[NDArray[np.float32]] = []
    meshed: list[_Meshed] = []
    count = 0
    flip = np.array([-1.0, 1.0, 1.0])
    for piece in mannequin_pieces(hair):
        surface, triangles = piece.surface()
        carried = keep_largest(piece.weigh(surface))
        indices = np.arange(count, count + len(surface))
        meshed.append(_Meshed(piece.field, indices, piece.freedom(surface)))
        sides = [(surface, triangles, carried)]
        if piece.sided:
            sides.append((surface * flip, triangles[:, ::-1], carried[:, MIRROR_JOINT]))
        for side_vertices, side_faces, side_weights in sides:
            vertices.append(side_vertices)
            faces.append((side_faces + count).astype(np.int32))
            weights.append(side_weights)
            garments.append(_garment_columns(piece, len(side_vertices)))
            count += len(side_vertices)
    template = np.concatenate(vertices)
    all_weights = np.concatenate(weights)
    model = BodyModel(
        name="mannequin",
        v_template=template,
        faces=np.concatenate(faces),
        shapedirs=shape_directions(template, all_weights),
        posedirs=PoseDirections.none(count),
        joint_regressor=JointRegressor.of(joint_regressor(template, all_weights)),
        weights=all_weights,
        garments=np.concatenate(garments),
    )
    average = neighbour_average(model.faces, count)
    corrected = replace(
        model, posedirs=PoseDirections.of(fit_correctives(shape_body(model), meshed, average))
    )
    body = with_relief(corrected)
    return fit_face(body, FACE).on(body)
