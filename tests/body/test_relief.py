"""Folds and locks are small, the same on both sides, and change neither joints nor skin."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from avatar_server.body.cache import load_mannequin
from avatar_server.body.mannequin_relief import with_relief
from avatar_server.body.mannequin_skeleton import REST_JOINTS
from avatar_server.body.model import GARMENTS


def test_only_cloth_and_hair_are_in_relief() -> None:
    smooth = load_mannequin()
    folded = with_relief(smooth)
    moved_m = np.linalg.norm(folded.v_template - smooth.v_template, axis=1)
    worn = smooth.garments > 0
    for name, most_m in (("top", 0.013), ("bottom", 0.013), ("hair", 0.005)):
        garment = moved_m[worn[:, GARMENTS.index(name)]]
        assert 0.001 < garment.max() < most_m, name
    shoes_or_skin = ~(worn[:, :2].any(axis=1) | worn[:, GARMENTS.index("hair")])
    assert (moved_m[shoes_or_skin] == 0).all()
    np.testing.assert_allclose(folded.joint_regressor.joints(folded.v_template), REST_JOINTS, atol=1e-9)


def test_clothes_are_alike_on_both_sides() -> None:
    body = load_mannequin()
    cloth = body.v_template[(body.garments[:, :2] > 0).any(axis=1)]
    away_m, _ = KDTree(cloth).query(cloth * [-1.0, 1.0, 1.0])
    assert np.percentile(away_m, 99) < 1e-4
