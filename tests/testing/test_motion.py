"""The people: arms do what is asked of them, hands stay out of the trunk, nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from avatar_server.testing.arm import ARM_WIDTH, arm_rotations
from avatar_server.testing.body_motion import BodyMotion, move
from avatar_server.testing.dialogue import Dialogue, plan_dialogue
from avatar_server.testing.gesture import GESTURES, RESTS
from avatar_server.testing.hand_shapes import HAND_SHAPES, finger_rotations
from avatar_server.testing.skeleton import REST_JOINTS, joint_frames, joint_positions

Array = NDArray[np.float64]
RATE_HZ = 30
SECONDS = 60.0


@pytest.fixture(scope="module")
def dialogue() -> Dialogue:
    return plan_dialogue(SECONDS, seed=0)


@pytest.fixture(scope="module")
def motions(dialogue: Dialogue) -> tuple[BodyMotion, BodyMotion]:
    times_s = _times()
    return move(dialogue, 0, times_s, seed=0), move(dialogue, 1, times_s, seed=0)


def _times() -> Array:
    return np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ


def _posed(left: Array | None = None, right: Array | None = None) -> Array:
    joints = np.zeros((1, 52, 3))
    for is_left, arm in ((True, left), (False, right)):
        if arm is not None:
            collar = 13 if is_left else 14
            rotations = arm_rotations(arm[None, :ARM_WIDTH], joints[:, collar], is_left)
            joints[:, collar + 3], joints[:, collar + 5], joints[:, collar + 7] = np.moveaxis(rotations, 1, 0)
    return joints


@pytest.mark.parametrize("name", [*GESTURES, "hanging", "joined"])
def test_the_wrist_goes_where_it_is_sent_on_both_sides(name: str) -> None:
    arm = GESTURES[name].stroke if name in GESTURES else RESTS[name][0]
    places = joint_positions(_posed(arm, arm))[0]
    np.testing.assert_allclose(places[20], arm[:3], atol=0.004)
    np.testing.assert_allclose(places[21], arm[:3] * [-1, 1, 1], atol=0.004)


def test_palms_turn_with_supination() -> None:
    """A forearm pointing forward: palm inward at 0, up at 90, down at -90 degrees."""
    forward = np.array([0.19, -0.02, 0.30, 0.0, 0.0, 0.0, 0.0])
    for supination, palm in ((0.0, [-1, 0, 0]), (90.0, [0, 1, 0]), (-90.0, [0, -1, 0])):
        arm = forward.copy()
        arm[4] = supination
        _, turns = joint_frames(_posed(arm, arm))
        # In the rest pose palms face down.
        left, right = (turns[0, wrist] @ [0.0, -1.0, 0.0] for wrist in (20, 21))
        assert left @ palm > 0.93
        np.testing.assert_allclose(right, left * [-1, 1, 1], atol=1e-9)


def test_fingers_bend_towards_the_palm_and_the_thumb_across_it() -> None:
    for left, first, outward in ((True, 22, 1.0), (False, 37, -1.0)):
        joints = np.zeros((2, 52, 3))
        joints[1, first : first + 15] = finger_rotations(HAND_SHAPES["one"][None], left)[0]
        straight, bent = joint_positions(joints)
        middle_tip = first + 5
        assert bent[middle_tip, 1] < straight[middle_tip, 1] - 0.03
        assert outward * bent[middle_tip, 0] < outward * straight[middle_tip, 0] - 0.02
        index_tip, thumb_tip = first + 2, first + 14
        assert np.linalg.norm(bent[index_tip] - straight[index_tip]) < 0.012
        assert bent[thumb_tip, 2] < straight[thumb_tip, 2] - 0.015
        assert bent[thumb_tip, 1] < straight[thumb_tip, 1]


@pytest.mark.parametrize("person", [0, 1])
def test_no_hand_goes_into_the_trunk(motions: tuple[BodyMotion, BodyMotion], person: int) -> None:
    """The trunk as an elliptic cylinder about the middle of the spine, as wide and deep as a slim body."""
    places, turns = joint_frames(motions[person].joints)
    hands = np.einsum("nji,nkj->nki", turns[:, 6], places[:, 20:] - places[:, 6:7]) + REST_JOINTS[6]
    across = np.hypot(hands[..., 0] / 0.155, hands[..., 2] / 0.115)
    assert across[hands[..., 1] < 0.2].min() > 1.0


@pytest.mark.parametrize("person", [0, 1])
def test_hands_do_not_go_through_each_other(motions: tuple[BodyMotion, BodyMotion], person: int) -> None:
    places = joint_positions(motions[person].joints)
    knuckles = np.linalg.norm(places[:, 22:37:3, None] - places[:, None, 37:52:3], axis=-1)
    assert knuckles.min() > 0.015
    fingers = np.linalg.norm(places[:, 22:37, None] - places[:, None, 37:52], axis=-1).min(axis=(1, 2))
    assert np.mean(fingers < 0.012) < 0.01


@pytest.mark.parametrize("person", [0, 1])
def test_nothing_jumps(motions: tuple[BodyMotion, BodyMotion], person: int) -> None:
    joints = motions[person].joints
    turns = Rotation.from_rotvec(joints.reshape(-1, 3)).as_matrix().reshape(-1, 52, 3, 3)
    steps = np.einsum("nkji,nkjl->nkil", turns[:-1], turns[1:])
    cosine = ((np.trace(steps, axis1=2, axis2=3) - 1) / 2).clip(-1, 1)
    degrees_per_s = np.degrees(np.arccos(cosine)) * RATE_HZ
    assert degrees_per_s[:, :16].max() < 120
    assert degrees_per_s[:, 16:22].max() < 800
    assert degrees_per_s[:, 22:].max() < 900
    wrists = joint_positions(joints, 22)[:, 20:]
    speed = np.linalg.norm(np.diff(wrists, axis=0), axis=-1) * RATE_HZ
    push = np.linalg.norm(np.diff(wrists, n=2, axis=0), axis=-1) * RATE_HZ**2
    assert 0.8 < speed.max() < 2.6
    assert push.max() < 40


@pytest.mark.parametrize("person", [0, 1])
def test_elbows_and_wrists_stay_human(motions: tuple[BodyMotion, BodyMotion], person: int) -> None:
    places = joint_positions(motions[person].joints)
    for shoulder, elbow, wrist, knuckle in ((16, 18, 20, 25), (17, 19, 21, 40)):
        upper, fore = places[:, elbow] - places[:, shoulder], places[:, wrist] - places[:, elbow]
        hand = places[:, knuckle] - places[:, wrist]
        assert _angle_deg(upper, fore).min() > 3
        assert _angle_deg(upper, fore).max() < 135
        assert _angle_deg(fore, hand).max() < 60
        # Upper arms hang: nobody lifts an elbow above the shoulder.
        assert (places[:, elbow, 1] < places[:, shoulder, 1] - 0.08).all()


def _angle_deg(one: Array, other: Array) -> Array:
    cosine = (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    return np.asarray(np.degrees(np.arccos(cosine.clip(-1, 1))))


@pytest.mark.parametrize("person", [0, 1])
def test_strokes_end_on_their_words(
    dialogue: Dialogue, motions: tuple[BodyMotion, BodyMotion], person: int
) -> None:
    """At the beat of a gestured word one hand is where the gesture's stroke ends."""
    places, turns = joint_frames(motions[person].joints, 22)
    hits = []
    for phrase in dialogue.phrases_of(person):
        for word in phrase.words:
            if word.gesture is None:
                continue
            frame = round(word.beat_s * RATE_HZ)
            wrists = turns[frame, 9].T @ (places[frame, 20:22] - places[frame, 9]).T
            in_trunk = np.abs((wrists.T + REST_JOINTS[9]) * [[1, 1, 1], [-1, 1, 1]])
            aim = np.abs(GESTURES[word.gesture].stroke[:3])
            hits.append(np.linalg.norm(in_trunk - aim, axis=1).min() < 0.06)
    assert len(hits) > 10
    assert np.mean(hits) > 0.8


@pytest.mark.parametrize("person", [0, 1])
def test_hands_are_up_while_talking_and_down_while_listening(
    dialogue: Dialogue, motions: tuple[BodyMotion, BodyMotion], person: int
) -> None:
    places = joint_positions(motions[person].joints, 22)
    higher = np.maximum(places[:, 20, 1], places[:, 21, 1])
    speaking = np.zeros(len(higher), dtype=bool)
    listening = np.ones(len(higher), dtype=bool)
    for start_s, end_s in dialogue.turns_of(person):
        speaking[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] = True
        listening[max(0, round((start_s - 1) * RATE_HZ)) : round((end_s + 1.6) * RATE_HZ)] = False
    assert higher[speaking].mean() > higher[listening].mean() + 0.06
    assert np.percentile(higher[listening], 80) < -0.1


def test_listeners_nod(dialogue: Dialogue, motions: tuple[BodyMotion, BodyMotion]) -> None:
    drops = []
    for nod in dialogue.nods:
        _, turns = joint_frames(motions[nod.listener].joints, 16)
        looks = np.degrees(np.arcsin(turns[:, 15, 1, 2]))
        first = round(nod.time_s * RATE_HZ)
        around = looks[first : first + round(0.6 * RATE_HZ)]
        drops.append(looks[first - 3] - around.min())
    assert np.mean(np.array(drops) > 3.0) > 0.8


def test_bodies_breathe_and_shift_their_weight(motions: tuple[BodyMotion, BodyMotion]) -> None:
    for motion in motions:
        assert 0.03 < np.ptp(motion.sway_m[:, 0]) < 0.15
        collar = np.degrees(motion.joints[:, 13, 2])
        spectrum = np.abs(np.fft.rfft(collar - collar.mean()))
        loudest_hz = np.argmax(spectrum[3:]) / SECONDS + 3 / SECONDS
        assert 0.12 < loudest_hz < 0.4


def test_the_movement_does_not_depend_on_the_rate(dialogue: Dialogue) -> None:
    coarse = move(dialogue, 0, np.arange(0, 20, 1 / 25), seed=0)
    fine = move(dialogue, 0, np.arange(0, 20, 1 / 50), seed=0)
    apart = joint_positions(coarse.joints) - joint_positions(fine.joints[::2])
    assert np.linalg.norm(apart, axis=-1).max() < 0.03
