"""Two people who are nobody: what a renderer draws while nothing is known yet of who will be on stage."""

from __future__ import annotations

import numpy as np

from avatar_server.body.model import ShapedBody
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Figure, Snapshot

APART_M = 1.2
TURNS_RAD_PER_S = 0.5


def two_people(body: ShapedBody, time_s: float) -> Snapshot:
    """Both in the rest pose; they turn, because drawing the same again costs less than what moves."""
    cosine, sine = np.cos(TURNS_RAD_PER_S * time_s), np.sin(TURNS_RAD_PER_S * time_s)
    rotations = np.tile(np.eye(3), (len(body.rest_joints), 1, 1))
    rotations[0] = [[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]
    floor_m = float(body.rest_vertices[:, 1].min())
    figures = tuple(
        Figure(body, rotations, np.array([side * APART_M / 2, -floor_m, 0.0]), appearance)
        for side, appearance in zip((-1, 1), PALETTES, strict=True)
    )
    camera = Orbit((0.0, 1.0, 0.0), 0.0, 0.0, 3.0).camera()
    return Snapshot(time_s, figures, camera, STUDIO_LIGHT, STUDIO_BACKDROP)
