"""Feet on the floor, as a function of body and pose alone.

The legs of fitted motion are unreliable (knees held bent, feet that glide), so by default they are made
anew: the feet stand still on the floor, the pelvis moves over them as the motion says, and two-bone inverse
kinematics puts the knees between. Nothing is remembered from picture to picture, so any instant can be
sought and gives the same legs.

Frame of everything here: the person's own, y up, facing +z, left at +x, with the floor at y = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.motion.pose import Pose
from avatar_server.scene.soles import LEGS, Soles

Vector = tuple[float, float, float]

TOE_OUT_RAD = math.radians(10)
"""Of each foot when standing at ease; about 7 degrees in gait, 10 and more when standing."""

LEAD_M = 0.025
"""The leading foot stands this much ahead of the middle, the other as much behind."""

STANCE_WIDENING_M = 0.012
"""Each ankle stands this much further out than in the rest pose."""

STANDING_FLEXION_RAD = math.radians(7)
"""Of the straighter knee when the pelvis is in the middle, from fully stretched: at ease, not locked."""

LEAST_FLEXION_RAD = math.radians(3)
"""A knee stretches this far at most; the pelvis comes down rather than let a foot lift."""

SWAY_LIMIT_M = 0.16
"""The pelvis' way from the middle, sideways and forward, tends to this and never passes it."""

DIP_LIMIT_M = 0.08
"""The same for its way up and down."""

SOFTNESS_M = 0.004
"""Over about this height the pelvis goes from 'as high as at ease' to 'as high as the legs reach'."""


@dataclass(frozen=True, eq=False, slots=True)
class Stand:
    """A person standing on his own floor.

    rotations: (52, 3, 3) as in `Pose`. pelvis: (3,) metres, where the pelvis joint is.
    """

    rotations: NDArray[np.float64]
    pelvis: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class _Leg:
    """What inverse kinematics needs of one leg; vectors from joint to joint in the rest pose.

    hip: pelvis to hip. thigh: hip to knee. shin: knee to ankle. ankle: where the ankle joint stays.
    foot: (3, 3) how the foot stays turned. forward: unit vector, where the foot points.
    reach_m: hip to ankle when the knee is bent by `LEAST_FLEXION_RAD`.
    """

    joints: tuple[int, int, int, int]
    hip: NDArray[np.float64]
    thigh: NDArray[np.float64]
    shin: NDArray[np.float64]
    ankle: NDArray[np.float64]
    foot: NDArray[np.float64]
    forward: NDArray[np.float64]
    reach_m: float

    def flexion_rad(self, distance_m: float) -> float:
        """Turn of the knee from the rest pose that puts the ankle `distance_m` from the hip.

        Of the two turns that do, the one on the side of the heel: the knee bends as knees do.
        """
        a, b = _hinge(self.thigh, self.shin)
        t, s = self.thigh, self.shin
        wanted = (distance_m**2 - t @ t - s @ s) / 2 - t[0] * s[0]
        ratio = min(1.0, max(-1.0, wanted / math.hypot(a, b)))
        return math.atan2(b, a) + math.acos(ratio)


@dataclass(frozen=True, eq=False, slots=True)
class Footing:
    """How one body stands: worked out once, then asked for every pose.

    soles: the vertices that can touch the floor, see `Soles`. height_m: of the pelvis at ease.
    """

    body: ShapedBody
    legs: tuple[_Leg, _Leg]
    soles: Soles
    height_m: float

    @classmethod
    def of(cls, body: ShapedBody, lead: Literal["left", "right"] = "left") -> Footing:
        """Plan the stance of `body` with the person's own `lead` foot a little ahead."""
        soles = Soles.of(body)
        joints = body.rest_joints
        legs = []
        heights = []
        for index, chain in enumerate(LEGS):
            outward = 1.0 if index == 0 else -1.0
            ahead = LEAD_M if (index == 0) == (lead == "left") else -LEAD_M
            yaw_rad = outward * TOE_OUT_RAD
            hip, knee, ankle = (joints[joint] for joint in chain[:3])
            aside, _, behind = ankle - joints[0]
            leg = _Leg(
                joints=chain,
                hip=hip - joints[0],
                thigh=knee - hip,
                shin=ankle - knee,
                ankle=np.array([aside + outward * STANCE_WIDENING_M, soles.ankle_m[index], behind + ahead]),
                foot=_about_y(yaw_rad - soles.rest_yaw_rad[index]),
                forward=_about_y(yaw_rad)[:, 2],
                reach_m=_hip_to_ankle_m(knee - hip, ankle - knee, LEAST_FLEXION_RAD),
            )
            at_ease_m = _hip_to_ankle_m(leg.thigh, leg.shin, STANDING_FLEXION_RAD)
            heights.append(_pelvis_height(leg, leg.hip, at_ease_m))
            legs.append(leg)
        return cls(body, (legs[0], legs[1]), soles, min(heights))

    def plant(self, pose: Pose) -> Stand:
        """Keep everything above the hips, and put both feet where this body always has them."""
        rotations = pose.rotations.copy()
        root = rotations[0]
        sway = _limited(pose.sway)
        aside = np.array([sway[0], 0.0, sway[2]])
        hips = [root @ leg.hip for leg in self.legs]
        ceilings = [
            _pelvis_height(leg, hip + aside, leg.reach_m) for leg, hip in zip(self.legs, hips, strict=True)
        ]
        pelvis = np.array([sway[0], _soft_minimum((self.height_m + sway[1], *ceilings)), sway[2]])
        facing = np.array([root[0, 2], 0.0, root[2, 2]])
        for leg, hip in zip(self.legs, hips, strict=True):
            way = leg.ankle - (pelvis + hip)
            distance = math.sqrt(way @ way)
            knee = _about_x(leg.flexion_rad(distance))
            rest = _frame(leg.thigh + knee @ leg.shin, _FORWARD)
            thigh = _frame(way, leg.forward + _HIPS_STEER_KNEES * facing) @ rest.T
            rotations[leg.joints[0]] = root.T @ thigh
            rotations[leg.joints[1]] = knee
            rotations[leg.joints[2]] = (thigh @ knee).T @ leg.foot
            rotations[leg.joints[3]] = _IDENTITY
        return Stand(rotations, pelvis)

    def rest_on_floor(self, pose: Pose) -> Stand:
        """Keep every rotation; lift or lower the body until its lowest sole touches the floor."""
        height = -self.soles.lowest_m(self.body, pose.rotations)
        return Stand(pose.rotations, np.array([pose.sway[0], height, pose.sway[2]]))


_HIPS_STEER_KNEES = 0.7
"""Knees point between where the feet and where the hips point; below 1, so that the two never cancel out."""

_IDENTITY = np.eye(3)
_FORWARD = np.array([0.0, 0.0, 1.0])


def _hinge(thigh: NDArray[np.float64], shin: NDArray[np.float64]) -> tuple[float, float]:
    """A and B of the knee as a hinge about the body's sideways axis x.

    With the knee turned by f from the rest pose, |thigh + Rx(f) shin|^2 is
    |thigh|^2 + |shin|^2 + 2 (thigh_x shin_x + A cos f + B sin f): the leg is straight at f = atan2(B, A).
    """
    return (
        float(thigh[1] * shin[1] + thigh[2] * shin[2]),
        float(thigh[2] * shin[1] - thigh[1] * shin[2]),
    )


def _hip_to_ankle_m(thigh: NDArray[np.float64], shin: NDArray[np.float64], flexion_rad: float) -> float:
    """Distance when the knee is bent by `flexion_rad` from fully stretched."""
    a, b = _hinge(thigh, shin)
    return float(np.linalg.norm(thigh + _about_x(math.atan2(b, a) + flexion_rad) @ shin))


def _pelvis_height(leg: _Leg, hip: NDArray[np.float64], distance_m: float) -> float:
    """Pelvis height that puts the hip `distance_m` off the ankle; `hip` is from the spot below the pelvis."""
    aside = math.hypot(hip[0] - leg.ankle[0], hip[2] - leg.ankle[2])
    return float(leg.ankle[1] + math.sqrt(max(distance_m**2 - aside**2, 0.0)) - hip[1])


def _limited(sway: NDArray[np.float64]) -> Vector:
    """The sway, bent smoothly so that it stays where the legs can follow."""
    length = math.hypot(sway[0], sway[2])
    scale = SWAY_LIMIT_M * math.tanh(length / SWAY_LIMIT_M) / length if length > 1e-9 else 1.0
    return (float(sway[0] * scale), DIP_LIMIT_M * math.tanh(sway[1] / DIP_LIMIT_M), float(sway[2] * scale))


def _soft_minimum(heights: tuple[float, ...]) -> float:
    """Never above the lowest of `heights`, and without a corner where another becomes the lowest."""
    lowest = min(heights)
    return lowest - SOFTNESS_M * math.log(sum(math.exp((lowest - h) / SOFTNESS_M) for h in heights))


def _frame(along: NDArray[np.float64], towards: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) orthonormal columns: `along`, what of `towards` is square to it, and their cross product."""
    ax, ay, az = _unit(float(along[0]), float(along[1]), float(along[2]))
    tx, ty, tz = float(towards[0]), float(towards[1]), float(towards[2])
    dot = ax * tx + ay * ty + az * tz
    bx, by, bz = _unit(tx - dot * ax, ty - dot * ay, tz - dot * az)
    return np.array(
        [
            [ax, bx, ay * bz - az * by],
            [ay, by, az * bx - ax * bz],
            [az, bz, ax * by - ay * bx],
        ]
    )


def _unit(x: float, y: float, z: float) -> Vector:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _about_x(angle_rad: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def _about_y(angle_rad: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
