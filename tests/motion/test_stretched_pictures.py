from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.motion.stretched_pictures import fitted_picture_size
from avatar_server.testing.synthetic_interaction import synthesize


@pytest.mark.parametrize(
    ("quirks", "size"), [(("missing-body",), (1080, 1920)), (("stretched", "float64"), (2160, 2160))]
)
def test_the_hips_tell_which_picture_a_fit_was_made_for(
    tmp_path: Path, quirks: tuple[str, ...], size: tuple[int, int]
) -> None:
    made = synthesize(tmp_path, seconds=4.0, quirks=quirks)
    for recording in made.recordings:
        arrays = read_arrays(recording.npz)
        keypoints = arrays.read("boxes_and_keypoints:keypoints")
        assert keypoints is not None
        assert fitted_picture_size(arrays, keypoints) == size
        # A person elsewhere than any released picture would put them, and points that do not fit the frames.
        assert fitted_picture_size(arrays, keypoints + np.float32(700)) is None
        assert fitted_picture_size(arrays, keypoints[:-1]) is None
