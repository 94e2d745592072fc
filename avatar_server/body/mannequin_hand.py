"""The left hand of the mannequin as a solid: palm, thumb mound and five separate fingers."""

from __future__ import annotations

from avatar_server.body.distance_field import Layer
from avatar_server.body.mannequin_skeleton import JOINT, LEFT_FINGERS, REST_JOINTS
from avatar_server.body.solids import Cone, Ellipsoid, Loft

_WRIST = JOINT["left_wrist"]


def _place(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A point given relative to the wrist joint."""
    joint = REST_JOINTS[_WRIST]
    return (float(joint[0] + x), float(joint[1] + y), float(joint[2] + z))


def _palm() -> list[Layer]:
    x, y, z = (float(value) for value in REST_JOINTS[_WRIST])
    # (x, centre y, centre z, up, down, towards the thumb, towards the little finger)
    sections = (
        (-0.050, 0.000, 0.000, 0.0190, 0.0190, 0.0260, 0.0260),
        (-0.010, 0.000, 0.000, 0.0175, 0.0175, 0.0265, 0.0265),
        (0.015, -0.002, 0.000, 0.0160, 0.0170, 0.0280, 0.0300),
        (0.045, -0.003, -0.008, 0.0140, 0.0155, 0.0330, 0.0350),
        (0.070, -0.004, -0.012, 0.0120, 0.0135, 0.0400, 0.0390),
        (0.086, -0.004, -0.011, 0.0100, 0.0115, 0.0390, 0.0360),
    )
    rows = tuple(
        (x + t, y + cy, z + cz, up, down, fore, back) for t, cy, cz, up, down, fore, back in sections
    )
    return [
        Layer(_WRIST, Loft(0, rows, (0.02, 0.010), power=2.4), 0.0),
        # The two pads of the palm: below the thumb, and along the edge of the hand.
        Layer(_WRIST, Ellipsoid(_place(0.046, -0.014, 0.016), (0.031, 0.0105, 0.016)), 0.012),
        Layer(_WRIST, Ellipsoid(_place(0.042, -0.013, -0.030), (0.032, 0.0090, 0.013)), 0.012),
    ]


def _fingers() -> list[Layer]:
    layers: list[Layer] = []
    for finger in LEFT_FINGERS:
        points = [(float(p[0]), float(p[1]), float(p[2])) for p in finger.joints()]
        radii = finger.radii
        if finger.name != "thumb":
            root = (points[0][0] - 0.045, points[0][1] + 0.0005, 0.35 * (points[0][2] + 0.052) - 0.052)
            layers.append(Layer(_WRIST, Cone(root, points[0], 0.0085, radii[0] + 0.0006), 0.010))
        for bone in range(3):
            joint = JOINT[f"left_{finger.name}{bone + 1}"]
            blend = (0.012 if finger.name == "thumb" else 0.005) if bone == 0 else 0.002
            layers.append(
                Layer(joint, Cone(points[bone], points[bone + 1], radii[bone], radii[bone + 1]), blend)
            )
    return layers


def hand_layers() -> list[Layer]:
    """The left hand from inside the cuff to the fingertips."""
    return [*_palm(), *_fingers()]
