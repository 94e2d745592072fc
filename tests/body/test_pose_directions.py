"""What poses do to a surface comes back as it was, from a few rows or from all."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.pose_directions import FEATURE_COUNT, PoseDirections


@pytest.fixture(scope="module")
def dense() -> NDArray[np.float32]:
    """One vertex with nothing in the middle, one at the end, and one with everything."""
    rng = np.random.default_rng(5)
    dense = rng.normal(size=(7, 3, FEATURE_COUNT)).astype(np.float32)
    dense[rng.random(dense.shape) < 0.95] = 0.0
    dense[2] = dense[6] = 0.0
    dense[4] = 1.5
    return dense


def test_all_and_some(dense: NDArray[np.float32]) -> None:
    kept = PoseDirections.of(dense)
    assert kept.vertex_count == 7
    assert len(kept.values) == np.count_nonzero(dense)
    np.testing.assert_array_equal(kept.dense(), dense)
    for some in ([6, 0, 4, 4, 2], [3], []):
        vertices = np.array(some, dtype=np.int64)
        rows = kept.rows(vertices)
        assert rows.dtype == np.float32
        assert rows.shape == (len(some), 3, FEATURE_COUNT)
        np.testing.assert_array_equal(rows, dense[vertices])
    assert kept.any()


def test_places_of_numbers_are_those_of_the_whole_array(dense: NDArray[np.float32]) -> None:
    kept = PoseDirections.of(dense)
    np.testing.assert_array_equal(kept.index(), np.flatnonzero(dense))
    again = PoseDirections.at(kept.index(), kept.values, 7)
    np.testing.assert_array_equal(again.dense(), dense)
    with pytest.raises(ValueError, match="places"):
        PoseDirections.at(kept.index(), kept.values, 4)
    with pytest.raises(ValueError, match="places"):
        PoseDirections.at(kept.index()[1:], kept.values, 7)


def test_more_vertices_come_after(dense: NDArray[np.float32]) -> None:
    both = PoseDirections.of(dense[:3]).followed_by(PoseDirections.of(dense[3:]))
    np.testing.assert_array_equal(both.dense(), dense)
    np.testing.assert_array_equal(both.index(), np.flatnonzero(dense))


def test_none() -> None:
    none = PoseDirections.none(3)
    assert not none.any()
    assert not none.dense().any()
    assert none.dense().shape == (3, 3, FEATURE_COUNT)
