"""Fits a face to a body: pieces are laid on its head, and the skin around learns to move with them.

The vertices that the body had stay what and where they were; those of the face come after them. Skin that the
face covers is not drawn any more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_brows import left_brow
from avatar_server.body.face_eyes import Eye
from avatar_server.body.face_fit import FittedFace, with_vertices
from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_mouth import Mouth
from avatar_server.body.face_openings import Openings, cut_openings
from avatar_server.body.face_pieces import LEVEL_COUNT, PAINTS, Array, FacePiece, Levels, welded
from avatar_server.body.face_rig import MOVEMENTS, SIDES, FaceRig
from avatar_server.body.face_shapes import ASIDE, MIDDLE, SIDED, SkinShapes
from avatar_server.body.face_surface import Footprint, HeadFront
from avatar_server.body.model import JOINT_NAMES, BodyModel
from avatar_server.body.surface_normals import SmoothSurface, vertex_normals

_HEAD = JOINT_NAMES.index("head")
_STILL_M = 2e-6
"""What never moves by more than this is not worth an entry."""


def fit_face(model: BodyModel, landmarks: FaceLandmarks) -> FittedFace:
    """A face for `model` where `landmarks` say that it belongs."""
    normals = vertex_normals(model.v_template, model.faces)
    bare = model.garments.max(axis=1) <= 0
    on_head = model.weights[:, _HEAD] > 0.3
    skin_faces = model.faces[(bare & on_head)[model.faces].all(axis=1)]
    front = HeadFront(model.v_template, normals, skin_faces)
    openings = cut_openings(model, landmarks)
    pieces = [_border(openings), *(welded(piece) for piece in _pieces(front, landmarks))]
    held = front.meet(np.concatenate([piece.held for piece in pieces]))
    vertices = np.concatenate([piece.vertices for piece in pieces])
    own = _levels(pieces, model.vertex_count)
    # Across the room nobody sees what little of the uncut skin shows.
    borders = (openings.cut, openings.cut, openings.border)
    levels = tuple(np.concatenate(pair) for pair in zip(borders, own, strict=True))
    bodied = with_vertices(model, vertices, held.corners, held.shares)
    surface = _surface(model, pieces, own[0], bodied.v_template, held)
    return FittedFace(
        vertices=vertices,
        corners=held.corners,
        shares=held.shares,
        faces=np.concatenate([model.faces[openings.whole], levels[0]]),
        rig=_rig(bodied, model.vertex_count, pieces, levels, surface, landmarks),
    )


def _border(openings: Openings) -> FacePiece:
    """The new vertices of cut skin, which are as the skin there is; its faces are not the piece's own."""
    count = len(openings.vertices)
    return FacePiece(
        name="border",
        paint="bare",
        vertices=openings.vertices,
        faces=(np.zeros((0, 3), dtype=np.int32),) * LEVEL_COUNT,
        held=openings.vertices[:, :2],
        follows=np.ones(count),
        skull=np.full(count, np.nan),
        open=np.ones(count),
        seam=np.ones(count),
    )


def _pieces(front: HeadFront, landmarks: FaceLandmarks) -> list[FacePiece]:
    pieces = Mouth(front, landmarks).pieces()
    for piece in (*Eye(front, landmarks).pieces(), left_brow(front, landmarks)):
        pieces += [piece, piece.mirrored()]
    return pieces


def _levels(pieces: Sequence[FacePiece], start: int) -> Levels:
    """The triangles of all pieces, whose vertices come after `start` others."""
    added: list[list[NDArray[np.int32]]] = [[] for _ in range(LEVEL_COUNT)]
    for piece in pieces:
        for level, faces in zip(added, piece.faces, strict=True):
            level.append((faces + start).astype(np.int32))
        start += len(piece.vertices)
    return tuple(np.concatenate(level) for level in added)


def _surface(
    model: BodyModel, pieces: Sequence[FacePiece], own: NDArray[np.int32], template: Array, held: Footprint
) -> SmoothSurface:
    count = model.vertex_count
    seams = np.concatenate([piece.seam for piece in pieces])
    told = np.concatenate([np.full(len(piece.vertices), piece.normals is not None) for piece in pieces])
    directions = [piece.normals for piece in pieces if piece.normals is not None]
    # Vertices at the same place are one surface; those of the skin stay what they were.
    twins = np.arange(len(template))
    _, first, number = np.unique(
        np.round(template[count:], 8), axis=0, return_index=True, return_inverse=True
    )
    twins[count:] = count + first[number.reshape(-1)]
    rim = np.flatnonzero(seams > 0)
    return SmoothSurface(
        faces=twins[np.concatenate([model.faces, own])].astype(np.int32),
        twins=twins,
        seams=count + rim,
        corners=held.corners[rim],
        shares=held.shares[rim],
        amounts=seams[rim],
        fixed=count + np.flatnonzero(told),
        directions=np.concatenate(directions),
    )


def _rig(
    model: BodyModel,
    skin_count: int,
    pieces: Sequence[FacePiece],
    levels: Levels,
    surface: SmoothSurface,
    landmarks: FaceLandmarks,
) -> FaceRig:
    count = model.vertex_count
    follows, skull, open_ = np.ones(count), np.full(count, np.nan), np.ones(count, dtype=np.float32)
    paints = np.zeros(count, dtype=np.uint8)
    # Hair and clothes stay; the neck below moves less and less.
    worn = np.clip(-model.garments[:skin_count].max(axis=1) / 0.004, 0.0, 1.0)
    follows[:skin_count] = worn * model.weights[:skin_count, _HEAD]
    jaw = follows.copy()
    moving: dict[str, list[tuple[slice, FacePiece]]] = {}
    start = skin_count
    for piece in pieces:
        here = slice(start, start + len(piece.vertices))
        follows[here], skull[here], open_[here] = piece.follows, piece.skull, piece.open
        jaw[here] = 1.0
        paints[here] = PAINTS.index(piece.paint)
        for name in piece.moves:
            moving.setdefault(name, []).append((here, piece))
        start = here.stop
    shapes = SkinShapes(model.v_template, skull, landmarks)
    nearby = surface.of_those((follows > 0) | (jaw > 0))
    rest = nearby.normals(model.v_template)
    offsets = np.zeros((len(MOVEMENTS), count, 3), dtype=np.float32)
    turns = np.zeros_like(offsets)
    for index, name in enumerate(MOVEMENTS):
        moved = _skin_offsets(shapes, name, follows, jaw)
        for here, piece in moving.get(name, ()):
            moved[here] += piece.moves[name]
        if not moved.any():
            continue
        offsets[index] = moved
        turns[index] = nearby.normals(model.v_template + moved) - rest
        for here, piece in moving.get(name, ()):
            if name in piece.turns:
                turns[index, here] = piece.turns[name]
    vertices = np.flatnonzero(np.abs(offsets).max(axis=(0, 2)) > _STILL_M)
    return FaceRig(
        vertices=vertices,
        offsets=np.ascontiguousarray(offsets[:, vertices]),
        turns=np.ascontiguousarray(turns[:, vertices]),
        paints=paints,
        open=open_,
        surface=surface,
        levels=levels,
        skin_count=skin_count,
    )


def _skin_offsets(shapes: SkinShapes, name: str, follows: Array, jaw: Array) -> Array:
    side = next((side for side in SIDES if name.endswith(side)), "")
    bare_name = name.removesuffix(side) if side else name
    if name.startswith("jaw") or name == "mouthClose":
        return shapes.jaw(name) * jaw[:, None]
    if bare_name in SIDED:
        moved = shapes.of_bumps(SIDED[bare_name], mirrored=side == "Right")
    elif name in ("mouthLeft", "mouthRight"):
        moved = shapes.of_bumps(ASIDE, mirrored=side == "Right")
    elif name in MIDDLE:
        moved = shapes.of_bumps(MIDDLE[name]) + shapes.of_bumps(MIDDLE[name], mirrored=True)
    else:
        return np.zeros((len(follows), 3))
    return np.asarray(moved * follows[:, None])
