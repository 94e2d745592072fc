"""Two people who are nobody: what a renderer draws while nothing is known yet of who will be on stage."""

from __future__ import annotations

import numpy as np

from avatar_server.body.model import ShapedBody
from avatar_server.motion.pose import JOINT_COUNT
from avatar_server.motion.presets import NATURAL
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.look import Look
from avatar_server.scene.snapshot import Figure, Snapshot

APART_M = 1.2
TURNS_RAD_PER_S = 0.5


def two_people(bodies: tuple[ShapedBody, ShapedBody], look: Look, time_s: float) -> Snapshot:
    """Both in the rest pose; they turn, because drawing the same again costs less than what moves."""
    cosine, sine = np.cos(TURNS_RAD_PER_S * time_s), np.sin(TURNS_RAD_PER_S * time_s)
    rotations = np.tile(np.eye(3), (JOINT_COUNT, 1, 1))
    rotations[0] = [[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]
    figures = tuple(
        Figure(
            body,
            rotations,
            np.array([side * APART_M / 2, -float(body.rest_vertices[:, 1].min()), 0.0]),
            appearance,
        )
        for side, body, appearance in zip((-1, 1), bodies, look.appearances, strict=True)
    )
    camera = Orbit((0.0, 1.0, 0.0), 0.0, 0.0, 3.0).camera()
    studio = look.studio_for(NATURAL)
    return Snapshot(time_s, figures, camera, studio.lighting, studio.backdrop)
