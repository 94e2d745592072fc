"""Which joints carry a point of the mannequin, as a function of its place in the rest pose.

Because weights depend on the place alone, a hem and the trousers below it move together. Every border between
two bones is a smooth step along the bone, tilted where anatomy is (armpit, groin); a finger is only ever
carried by its own joints and the palm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.mannequin_skeleton import JOINT, LEFT_FINGERS, MIRROR_JOINT
from avatar_server.body.solids import Points

Weights = NDArray[np.float64]

JOINTS_A_VERTEX = 4


def smooth_step(value: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """0 at `start`, 1 at `end`, with zero slope at both."""
    share = np.clip((value - start) / (end - start), 0.0, 1.0)
    result: NDArray[np.float64] = share * share * (3.0 - 2.0 * share)
    return result


def trunk_weights(points: Points) -> Weights:
    """(N, 52) for everything from neck to shoes, wrists included; (N, 3) points."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    left = points[:, 0] >= 0
    weights = np.zeros((len(points), 52))

    def put(joint: str, value: NDArray[np.float64]) -> None:
        index = JOINT[joint]
        weights[left, index] += value[left]
        weights[~left, MIRROR_JOINT[index]] += value[~left]

    # Up the spine, each share a part of the one below.
    above = [
        smooth_step(y, -0.215, -0.060),
        smooth_step(y, -0.070, 0.060),
        smooth_step(y, 0.020, 0.110),
        smooth_step(y + 0.3 * z, 0.235, 0.305),
        # The chin belongs to the head, the throat behind it and the nape to the neck.
        smooth_step(y + 0.6 * z, 0.322, 0.368),
    ]
    # Out along the arm. The border of the upper arm leans: at the top over the joint, below in the armpit.
    reach = x - 0.40 * (0.226 - y) * (y < 0.226) * smooth_step(-x, -0.30, -0.16)
    shoulder = smooth_step(reach, 0.118, 0.212) * smooth_step(y, 0.02, 0.12)
    collar = smooth_step(x, 0.030, 0.130) * smooth_step(y, 0.060, 0.200) * smooth_step(-y, -0.300, -0.250)
    elbow = smooth_step(x, 0.385, 0.477)
    wrist = smooth_step(x, 0.650, 0.712)
    collar = np.maximum(collar, shoulder)
    # Down the leg, borders leaning with the groin.
    fall = -y + 0.25 * (x - 0.09)
    hip = smooth_step(fall, 0.270, 0.400)
    knee = smooth_step(-y, 0.640, 0.746)
    ankle = smooth_step(-y, 1.045, 1.110)
    toes = smooth_step(z + 0.25 * (y + 1.17), 0.070, 0.120) * smooth_step(-y, 1.045, 1.090)

    torso = np.ones(len(points)) - collar
    spine = ["pelvis", "spine1", "spine2", "spine3", "neck", "head"]
    cumulative = np.ones(len(points))
    for index, joint in enumerate(spine):
        following = above[index] * cumulative if index < len(above) else np.zeros(len(points))
        share = cumulative - following
        if joint == "pelvis":
            # The left and the right leg share the middle.
            middle = smooth_step(x, -0.030, 0.030)
            weights[:, JOINT["pelvis"]] += torso * share * (1 - hip)
            legs = torso * share * hip
            for joint_below, part in (
                ("left_hip", 1 - knee),
                ("left_knee", knee * (1 - ankle)),
                ("left_ankle", knee * ankle * (1 - toes)),
                ("left_foot", knee * ankle * toes),
            ):
                near, far = legs * part * middle, legs * part * (1 - middle)
                put(joint_below, near)
                index_below = JOINT[joint_below]
                weights[left, MIRROR_JOINT[index_below]] += far[left]
                weights[~left, index_below] += far[~left]
        else:
            weights[:, JOINT[joint]] += torso * share
        cumulative = following
    put("left_collar", collar - shoulder)
    put("left_shoulder", shoulder * (1 - elbow))
    put("left_elbow", shoulder * elbow * (1 - wrist))
    put("left_wrist", shoulder * elbow * wrist)
    return weights


def left_hand_weights(points: Points) -> Weights:
    """(N, 52) for the left hand; (N, 3) points at x > 0."""
    weights = np.zeros((len(points), 52))
    wrist = smooth_step(points[:, 0], 0.650, 0.712)
    weights[:, JOINT["left_elbow"]] = 1 - wrist
    wrist_share = wrist.copy()
    nearness, chains = [], []
    for finger in LEFT_FINGERS:
        joints = finger.joints()
        way = (joints[3] - joints[0]) / np.linalg.norm(joints[3] - joints[0])
        along = (points - joints[0]) @ way
        across = np.linalg.norm(points - joints[0] - np.clip(along, -0.02, None)[:, None] * way, axis=1)
        nearness.append(across / finger.radii[1])
        stops = np.concatenate([[0.0], np.cumsum(finger.bones[:2])])
        # A knuckle bends over about its own thickness; the first one is deep in the palm and bends wider.
        half = [0.013, 0.0075, 0.0060] if finger.name != "thumb" else [0.016, 0.010, 0.0075]
        shift = 0.008 if finger.name != "thumb" else 0.004
        first = smooth_step(along - shift, -half[0], half[0])
        second = smooth_step(along - stops[1], -half[1], half[1])
        third = smooth_step(along - stops[2], -half[2], half[2])
        chains.append((first, second, third))
    distance = np.stack(nearness)
    closest = distance.min(axis=0)
    # Between two fingers, in the web, the shares cross over; along a finger its own share is 1.
    share = np.maximum(0.0, 1.0 - (distance - closest) / 0.55) ** 2
    share /= share.sum(axis=0)
    for finger, part, (first, second, third) in zip(LEFT_FINGERS, share, chains, strict=True):
        own = np.where(second > 0, 1.0 * (part >= share.max(axis=0)), part)
        for number, amount in enumerate(
            (first * (1 - second), second * (1 - third), second * third), start=1
        ):
            weights[:, JOINT[f"left_{finger.name}{number}"]] = wrist * own * amount
            wrist_share = wrist_share - wrist * own * amount
    weights[:, JOINT["left_wrist"]] = np.maximum(wrist_share, 0.0)
    return weights


def head_weights(points: Points) -> Weights:
    """(N, 52): all on the head."""
    weights = np.zeros((len(points), 52))
    weights[:, JOINT["head"]] = 1.0
    return weights


def keep_largest(weights: Weights, count: int = JOINTS_A_VERTEX) -> Weights:
    """The `count` largest weights of each row, scaled to sum to 1; the others exactly 0."""
    smallest_kept = -np.partition(-weights, count - 1, axis=1)[:, count - 1 : count]
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    kept = np.zeros_like(weights)
    values = np.take_along_axis(weights, order, axis=1)
    values[values < np.maximum(smallest_kept, 1e-4)] = 0.0
    np.put_along_axis(kept, order, values, axis=1)
    kept /= kept.sum(axis=1, keepdims=True)
    return kept
