"""Poses that are announced are reckoned at once, and come out as if they were not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avatar_server.body.correctives import PoseCorrectives
from avatar_server.body.model import shape_body
from avatar_server.body.smplh_file import read_smplh
from avatar_server.render.opengl.foreseen import ForeseenPoses
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.snapshot import Figure
from avatar_server.testing.smplh_body import random_smplh_arrays, with_hands


def test_announced_poses_come_out_as_others_do(tmp_path: Path) -> None:
    path = tmp_path / "SMPLH_NEUTRAL.npz"
    np.savez(path, **with_hands(random_smplh_arrays(5)))  # type: ignore[arg-type]
    model = read_smplh(path)
    body = shape_body(model)
    rng = np.random.default_rng(1)
    turns = Rotation.from_rotvec(rng.normal(0, 0.5, (9 * 52, 3))).as_matrix().reshape(9, 52, 3, 3)
    figures = [Figure(body, turn, np.zeros(3), PALETTES[0]) for turn in turns]
    correctives = PoseCorrectives(model)
    alone = [correctives.offsets(figure.rotations[None])[0] for figure in figures]
    foreseen = ForeseenPoses(correctives)
    foreseen.announce(figures[:8])
    few = [foreseen.offsets(figure, 700) for figure in figures]
    all_of_them = [foreseen.offsets(figure, model.vertex_count) for figure in figures]
    for one, first, whole in zip(alone, few, all_of_them, strict=True):
        assert np.abs(first - one[:700]).max() < 1e-6
        assert np.abs(whole - one).max() < 1e-6
        # To the bit: how many were wanted, and when, leaves no trace in a film.
        np.testing.assert_array_equal(first, whole[:700])
    few[0][:] = 7.0
    np.testing.assert_array_equal(foreseen.offsets(figures[0], 700), all_of_them[0][:700])
