"""Where the partner is for a head that is turned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.face.partner_direction import PartnerAhead
from avatar_server.motion.pose import JOINT_COUNT, Pose


class Turned:
    def __init__(self, **degrees: tuple[float, float]) -> None:
        self.rotations = np.tile(np.eye(3), (JOINT_COUNT, 1, 1))
        for joint, (to_left, down) in degrees.items():
            turn = Rotation.from_euler("YX", (to_left, down), degrees=True)
            self.rotations[int(joint.removeprefix("joint"))] = turn.as_matrix()

    def pose_at(self, time_s: float) -> Pose:
        return Pose(self.rotations, np.zeros(3))


@pytest.mark.parametrize(
    ("motion", "wanted"),
    [
        (Turned(), (0.0, 0.0)),
        (Turned(joint15=(20.0, 0.0)), (-20.0, 0.0)),
        (Turned(joint12=(5.0, 0.0), joint15=(10.0, 0.0), joint0=(-3.0, 0.0)), (-12.0, 0.0)),
        (Turned(joint15=(0.0, 12.0)), (0.0, 12.0)),
        (Turned(joint18=(40.0, 0.0)), (0.0, 0.0)),
    ],
    ids=["straight", "head to the left", "several joints", "nodding", "an elbow"],
)
def test_the_partner_is_on_the_other_side_of_where_the_head_turns(
    motion: Turned, wanted: tuple[float, float]
) -> None:
    assert PartnerAhead(motion)(1.0) == pytest.approx(wanted, abs=1e-6)
