"""One person as a file has him, laid out as the 52 joints of SMPL-H but otherwise as it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.decision import Decision
from avatar_server.motion.smplh_rest import REST_JOINTS

Floats = NDArray[np.float64]

SMPLH_PELVIS_M: Floats = REST_JOINTS[0]
"""Rest place of the pelvis in the neutral SMPL and SMPL-H body: translations are added to it."""

SMPLX_PELVIS_M: Floats = np.array([0.003, -0.351, 0.012])
"""The same in the neutral SMPL-X body, whose origin is elsewhere."""


@dataclass(frozen=True, eq=False, slots=True)
class PersonArrays:
    """N >= 1 frames; numbers are finite but for `lost` frames.

    where: file and part. format: for people. joints: (N, 52, 3) axis-angle rad, joint 0 in the file's world.
    trans: (N, 3) in the file's units, added to the model's rest pelvis; None without one. rest_pelvis: (3,)
    metres. stated_rate_hz: as the file says, or None; usual_rate_hz: as the format has it, or None;
    usual_rate_why: for people. usual_up: one of `AXES`. weak_camera: the translation is that of a weak
    perspective camera, as in Seamless Interaction. betas: only SMPL-H's own. decisions: about this person.
    """

    where: str
    format: str
    joints: Floats
    trans: Floats | None
    rest_pelvis: Floats
    usual_up: str
    stated_rate_hz: float | None = None
    usual_rate_hz: Fraction | None = None
    usual_rate_why: str = ""
    weak_camera: bool = False
    betas: Floats | None = None
    decisions: tuple[Decision, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def frame_count(self) -> int:
        """N."""
        return len(self.joints)
