"""A face that becomes known while it is shown passes over to the new one, and never jumps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatar_server.dataset.annotations import Word
from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES, WEIGHT_COUNT
from avatar_server.face.recorded import RecordedFace, recorded_face
from avatar_server.face.track import FaceTrack
from avatar_server.face.voice_face import VoiceFace, face_from_voice
from avatar_server.growing_face import FADE_S, GrowingFace
from avatar_server.testing.dialogue import plan_dialogue
from avatar_server.testing.heard_voice import HeardVoice
from avatar_server.testing.voice import speak

SECONDS = 8.0
PICTURE_S = 1 / 30


@pytest.fixture(scope="module")
def made() -> VoiceFace:
    dialogue = plan_dialogue(SECONDS, 0)
    spoken = [(phrase.start_s, phrase.end_s) for phrase in dialogue.phrases_of(0)]
    return face_from_voice(HeardVoice(speak(dialogue, 0, 0), spoken))


@pytest.fixture(scope="module")
def recorded() -> RecordedFace:
    """Puffed cheeks for nearly all of the time, beside lids and eyes that move."""
    frames = round(SECONDS * 30)
    weights = np.zeros((frames, WEIGHT_COUNT), np.float32)
    weights[:] = 0.05 * np.sin(np.arange(frames) / 20)[:, None] ** 2
    weights[:, ARKIT_INDEX["cheekPuff"]] = 0.8 + weights[:, 0]
    return recorded_face(FaceTrack(Fraction(30), weights, "drawn"), "drawn")


def weights(face: GrowingFace, time_s: float) -> np.ndarray:
    found = face.weights_at(time_s)
    assert found is not None
    return found


def test_a_recorded_face_comes_within_a_third_of_a_second(made: VoiceFace, recorded: RecordedFace) -> None:
    face = GrowingFace(made)
    before = weights(face, 2.0)
    np.testing.assert_array_equal(before, made.weights_at(2.0))
    face.take(recorded)
    assert face.now is not None
    assert face.now.origin == "data"
    puffs = [
        weights(face, time_s)[ARKIT_INDEX["cheekPuff"]] for time_s in np.arange(2.0, 2.5, PICTURE_S).tolist()
    ]
    assert puffs[0] == before[ARKIT_INDEX["cheekPuff"]]
    assert 0 < max(np.diff(puffs)) < 0.2
    assert puffs[-1] > 0.8
    np.testing.assert_array_equal(weights(face, 2.0 + FADE_S), recorded.weights_at(2.0 + FADE_S))
    np.testing.assert_array_equal(weights(face, 2.1), recorded.weights_at(2.1))


def test_who_was_not_seen_yet_or_went_elsewhere_sees_it_at_once(
    made: VoiceFace, recorded: RecordedFace
) -> None:
    unseen, elsewhere = GrowingFace(made), GrowingFace(made)
    elsewhere.weights_at(6.0)
    for face in (unseen, elsewhere):
        face.take(recorded)
        np.testing.assert_array_equal(weights(face, 2.0), recorded.weights_at(2.0))


def test_a_face_at_rest_wakes_up(recorded: RecordedFace) -> None:
    face = GrowingFace(None)
    assert face.weights_at(2.0) is None
    face.hear([Word("bob", 2.0, 2.4, None)])
    assert face.now is None
    face.take(recorded)
    assert not weights(face, 2.0).any()
    half = weights(face, 2.0 + FADE_S / 2)[ARKIT_INDEX["cheekPuff"]]
    assert half == pytest.approx(0.41, abs=0.05)


def test_lips_follow_words_that_come_later_and_what_was_heard_stays(made: VoiceFace) -> None:
    spoken = plan_dialogue(SECONDS, 0)
    words = [
        Word(word.text, word.start_s, word.end_s, None)
        for phrase in spoken.phrases_of(0)
        for word in phrase.words
    ]
    face, knowing = GrowingFace(made), made.saying(words)
    times_s = np.arange(0.0, SECONDS, 0.02).tolist()
    unknowing = np.array([weights(face, time_s) for time_s in times_s])
    face.hear(words)
    face.weights_at(0.0)  # Nothing fades any more.
    told = np.array([weights(face, time_s) for time_s in times_s])
    np.testing.assert_array_equal(told, np.array([knowing.weights_at(time_s) for time_s in times_s]))
    moved = np.abs(told - unknowing).max(axis=0)
    changed = [ARKIT_NAMES[place] for place in np.flatnonzero(moved > 0.05)]
    assert changed
    assert all(name.startswith(("mouth", "jaw")) for name in changed), changed
