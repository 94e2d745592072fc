"""The plan: everything else follows it, so it must hold together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar_server.testing.dialogue import Dialogue, plan_dialogue
from avatar_server.testing.gesture import GESTURES
from avatar_server.testing.phonemes import PHONEMES
from avatar_server.testing.pronunciation import PRONUNCIATIONS


@pytest.fixture(scope="module")
def long_talk() -> Dialogue:
    return plan_dialogue(150.0, seed=3)


def test_sounds_fill_words_and_words_follow_each_other(long_talk: Dialogue) -> None:
    for phrase in long_talk.phrases:
        for word in phrase.words:
            for one, next_one in pairwise(word.phones):
                assert one.end_s == next_one.start_s
            assert all(0.01 < phone.end_s - phone.start_s < 0.4 for phone in word.phones)
            assert word.start_s <= word.beat_s < word.end_s
        for word, next_word in pairwise(phrase.words):
            assert word.end_s == next_word.start_s


def test_every_sound_and_gesture_of_the_script_is_known(long_talk: Dialogue) -> None:
    assert {sound.rstrip("012") for sounds in PRONUNCIATIONS.values() for sound in sounds} <= PHONEMES.keys()
    words = [word for phrase in long_talk.phrases for word in phrase.words]
    used = {word.gesture for word in words} - {None}
    # Two and a half minutes go through all topics, hence through every gesture.
    assert used == GESTURES.keys()


def test_people_take_turns(long_talk: Dialogue) -> None:
    step_s = 0.01
    count = int(long_talk.duration_s / step_s)
    talking = [[False] * count for _ in range(2)]
    for phrase in long_talk.phrases:
        for i in range(int(phrase.start_s / step_s), int(phrase.end_s / step_s)):
            assert not talking[phrase.speaker][i], "nobody says two things at once"
            talking[phrase.speaker][i] = True
    shares = [sum(person) / count for person in talking]
    both = sum(a and b for a, b in zip(*talking, strict=True)) / count
    neither = sum(not a and not b for a, b in zip(*talking, strict=True)) / count
    assert all(0.25 < share < 0.6 for share in shares)
    assert 0.005 < both < 0.10
    assert 0.1 < neither < 0.4


def test_listeners_answer_while_the_other_one_talks(long_talk: Dialogue) -> None:
    answers = [phrase for phrase in long_talk.phrases if phrase.kind == "backchannel"]
    assert {answer.speaker for answer in answers} == {0, 1}
    for answer in answers:
        others = long_talk.turns_of(1 - answer.speaker)
        assert any(start - 1.0 < answer.start_s < end + 1.0 for start, end in others)
    assert {nod.listener for nod in long_talk.nods} == {0, 1}


@pytest.mark.parametrize("seconds", [2.0, 30.0, 47.5])
def test_the_talk_fills_the_time_and_ends_within_it(seconds: float) -> None:
    dialogue = plan_dialogue(seconds, seed=0)
    ends = [phrase.end_s for phrase in dialogue.phrases]
    assert max(ends) <= seconds - 0.5
    assert max(ends) > seconds - 4.0 or seconds < 5


def test_the_seed_decides() -> None:
    assert plan_dialogue(40.0, seed=5) == plan_dialogue(40.0, seed=5)
    assert plan_dialogue(40.0, seed=5) != plan_dialogue(40.0, seed=6)


def test_a_longer_talk_begins_with_the_shorter_one() -> None:
    short, long = plan_dialogue(30.0, seed=0), plan_dialogue(90.0, seed=0)
    assert long.phrases[: len(short.phrases) - 1] == short.phrases[:-1]
