"""Vertices read back from the graphics card are those of smplx."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.body.model import shape_body
from avatar_server.body.smplh_file import read_smplh
from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.lighting import STUDIO_BACKDROP, STUDIO_LIGHT
from avatar_server.scene.snapshot import Camera, Figure, Snapshot
from avatar_server.testing.smplh_body import random_smplh_arrays, with_hands
from avatar_server.testing.smplx_oracle import posed_by_smplx

pytestmark = pytest.mark.opengl

POSE_COUNT = 200
BETA_COUNT = 10
CAMERA = Camera((0.0, 1.0, 9.0), (0.0, 0.0, 0.0), 0.9)


def test_skinning_equals_smplx_over_many_poses(tmp_path: Path) -> None:
    """Random betas, all joints turned, correctives included; two people a picture, as on stage."""
    path = tmp_path / "SMPLH_NEUTRAL.npz"
    np.savez(path, **with_hands(random_smplh_arrays(23, betas=BETA_COUNT)))  # type: ignore[arg-type]
    rng = np.random.default_rng(29)
    vectors = rng.normal(0, 0.7, (POSE_COUNT, 52, 3))
    betas = rng.normal(0, 1.5, (POSE_COUNT, BETA_COUNT))
    translation = rng.normal(0, 1, (POSE_COUNT, 3))
    expected, _ = posed_by_smplx(path, vectors, betas, translation)
    matrices = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(POSE_COUNT, 52, 3, 3)
    model = read_smplh(path)
    figures = [
        Figure(shape_body(model, betas[i]), matrices[i], translation[i], PALETTES[i % 2])
        for i in range(POSE_COUNT)
    ]
    renderer = OpenGLRenderer(PictureSize(64, 64))
    try:
        for first in range(0, POSE_COUNT, 2):
            pair = tuple(figures[first : first + 2])
            snapshot = Snapshot(0.0, pair, CAMERA, STUDIO_LIGHT, STUDIO_BACKDROP)
            found = renderer.skinned_vertices(snapshot)
            for vertices, exact in zip(found, expected[first : first + 2], strict=True):
                assert np.abs(vertices - exact).max() < 1e-4
    finally:
        renderer.close()
