"""Recordings whose picture was stored stretched: the fit followed the stretched person, and stays wrong.

All of vendor V01 was filmed upright, 9 to 16. Two of its picture sizes are stored stretched sideways and
carry a pixel aspect that players undo: 2160x2160 (9:16) and 1920x1080 (81:256). The fit saw the stored
picture (lwang29/seamless_processing, measured on 60 files of each size; 5,002 recordings of 2160x2160).

With the video there, its pixel aspect and size tell. Without it the fit does: its camera has a focal length
of 5000 / 256 times the longer side and looks through the centre (HMR 2.0), so the place of the hips in the
picture, known from the key points, shows which size the fit was made for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.motion.gaps import body_missing
from avatar_server.motion.rotations import quaternion_from_axis_angle, rotate

PictureSize = tuple[int, int]

STRETCHED_VENDOR = 1
STRETCHED_SIZES: frozenset[PictureSize] = frozenset({(2160, 2160), (1920, 1080)})

STRETCHED_ASPECT = 0.1
"""Pixels further than this from square are stretched; 1012x1920 of V01 is off by 0.07, and its fits hold."""

RELEASED_SIZES: tuple[PictureSize, ...] = (
    (1080, 1920),
    (1920, 1080),
    (2160, 2160),
    (2160, 3840),
    (3840, 2160),
    (1080, 960),
    (640, 480),
)
"""Width and height of the videos in the release, without those a few pixels from one of these."""

_FOCAL_PER_SIDE = 5000 / 256
_PELVIS = np.array([0.0, -0.223, 0.028])
_PELVIS_TO_HIPS = np.array([0.0, -0.091, -0.005])
"""Metres, neutral SMPL-H rest pose; the root turns about the pelvis."""

_LEFT_HIP, _RIGHT_HIP = 11, 12
"""Among COCO-WholeBody's points."""

_FITS_WITHIN = 0.04
"""Share of the longer side by which the hips may miss: some centimetres on a person who fills it."""

_FRAMES_LOOKED_AT = 500


def fitted_picture_size(
    arrays: RecordingArrays,
    keypoints: NDArray[np.float32],
    sizes: Sequence[PictureSize] = RELEASED_SIZES,
) -> PictureSize | None:
    """Which of `sizes` the fit was made for; None if that cannot be told.

    keypoints: (N, 133, 3), x and y in pixels and a score.
    """
    if arrays.translation is None or keypoints.shape != (arrays.frame_count, 133, 3):
        return None
    seen = np.flatnonzero(~body_missing(arrays) & (arrays.translation[:, 2] > 1.0))
    if not len(seen):
        return None
    seen = seen[:: max(1, len(seen) // _FRAMES_LOOKED_AT)]
    turned = rotate(quaternion_from_axis_angle(arrays.global_orient[seen]), _PELVIS_TO_HIPS)
    hips = arrays.translation[seen].astype(np.float64) + _PELVIS + turned
    seen_px = keypoints[seen][:, [_LEFT_HIP, _RIGHT_HIP], :2].astype(np.float64).mean(axis=1)
    ray = hips[:, :2] / hips[:, 2:]

    def miss(size: PictureSize) -> float:
        expected = _FOCAL_PER_SIDE * max(size) * ray + np.array(size) / 2
        return float(np.median(np.linalg.norm(expected - seen_px, axis=1)) / max(size))

    best = min(sizes, key=miss)
    return best if miss(best) <= _FITS_WITHIN else None
