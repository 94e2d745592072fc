"""Eyebrows: strokes of hair laid on the skin."""

from __future__ import annotations

import numpy as np

from avatar_server.body.face_landmarks import FaceLandmarks
from avatar_server.body.face_pieces import FacePiece, band
from avatar_server.body.face_surface import HeadFront

_COLUMNS = 11
_PROFILE = ((-1.06, -0.0012), (-0.75, 0.0010), (0.0, 0.0021), (0.75, 0.0010), (1.06, -0.0012))
"""Rows across a brow: share of half its width, metres over the skin."""


def left_brow(front: HeadFront, landmarks: FaceLandmarks) -> FacePiece:
    """The brow over the left eye: thick near the nose, arched, tapering outwards."""
    scale = landmarks.scale
    share = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, _COLUMNS))
    x = -0.0190 + 0.0395 * share
    y = 0.0222 + 0.0062 * np.sin(np.pi * share * 0.82) - 0.0042 * share**3
    half = 0.0004 + 0.0031 * np.sin(np.pi * np.clip(0.24 + 0.76 * share, 0.0, 1.0)) ** 0.8
    half *= 0.45 + 0.55 * np.clip(share / 0.10, 0.0, 1.0) ** 0.5
    path = np.column_stack([x, y])
    way = np.gradient(path, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    square = np.column_stack([-way[:, 1], way[:, 0]]) * half[:, None]
    rows = [path + across * square for across, _ in _PROFILE]
    flat = np.array(landmarks.eye) + scale * np.concatenate(rows)
    # The ends lie down on the skin.
    lift = np.repeat([lifted for _, lifted in _PROFILE], _COLUMNS)
    ends = np.tile(np.isin(np.arange(_COLUMNS), (0, _COLUMNS - 1)), len(_PROFILE))
    lift[ends] = np.minimum(lift[ends], -0.0004)
    heights = front.meet(flat).heights + lift * scale
    vertices = np.column_stack([flat, heights])
    count = len(vertices)
    return FacePiece(
        name="brow",
        paint="brow",
        vertices=vertices,
        faces=band(len(_PROFILE), _COLUMNS, closed=False, kept=((0, 1, 3, 4), (0, 2, 4)), steps=(2, 2)),
        held=flat,
        follows=np.ones(count),
        skull=np.ones(count),
        open=np.ones(count),
        seam=np.zeros(count),
    )
