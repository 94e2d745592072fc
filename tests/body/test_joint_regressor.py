"""Joints are where the whole array puts them, bit for bit."""

from __future__ import annotations

import numpy as np

from avatar_server.body.joint_regressor import JointRegressor


def test_zeros_make_no_difference() -> None:
    rng = np.random.default_rng(2)
    dense = rng.random((52, 900)) * (rng.random((52, 900)) < 0.02)
    dense[7] = 0.0
    kept = JointRegressor.of(dense)
    assert len(kept.values) == np.count_nonzero(dense)
    np.testing.assert_array_equal(kept.dense(), dense)
    vertices = rng.normal(size=(900, 3))
    assert (kept.joints(vertices) == dense @ vertices).all()
    assert (kept.joints(vertices)[7] == 0).all()
