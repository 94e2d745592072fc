"""Blinks and gaze of a face made up from a conversation: at the rates people have, and when they do."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.audio.voice_activity import voice_activity
from avatar_server.face.voice_blinks import SHIFT_DEGREES, Blink, lids_at
from avatar_server.face.voice_gaze import SHORTEST_REST_S, Gaze
from avatar_server.face.voice_plan import STRETCH_S, LooksPlan
from avatar_server.face.voice_talk import NOBODY, Talk, Talking
from avatar_server.testing.dialogue import plan_dialogue
from avatar_server.testing.heard_voice import HeardVoice

MINUTES = 10


def talks(seed: int) -> tuple[Talk, Talk]:
    dialogue = plan_dialogue(60.0 * MINUTES, seed)
    silence = np.zeros(48_000, np.float32)
    one, other = (
        Talking(HeardVoice(silence, [(p.start_s, p.end_s) for p in dialogue.phrases_of(person)])).now()
        for person in (0, 1)
    )
    return one, other


@pytest.fixture(scope="module", params=[0, 1, 2])
def planned(request: pytest.FixtureRequest) -> tuple[Talk, Talk, tuple[Blink, ...], Gaze]:
    own, partner = talks(request.param)
    plan = LooksPlan(request.param)
    stretches = [plan.stretch(index, own, partner) for index in range(round(60 * MINUTES / STRETCH_S))]
    blinks = tuple(blink for stretch in stretches for blink in stretch.blinks)
    gaze = Gaze(
        *(
            np.concatenate([getattr(stretch.gaze, name) for stretch in stretches])
            for name in ("starts_s", "degrees", "at_partner")
        )
    )
    return own, partner, blinks, gaze


def test_people_blink_fifteen_to_twenty_times_a_minute_at_uneven_intervals(
    planned: tuple[Talk, Talk, tuple[Blink, ...], Gaze],
) -> None:
    blinks = planned[2]
    intervals_s = np.diff([blink.start_s for blink in blinks])
    assert 15 <= len(blinks) / MINUTES <= 20
    assert intervals_s.min() > 0.5
    assert intervals_s.max() < 20
    assert 0.4 < np.log(intervals_s).std() < 0.8
    assert np.median(intervals_s) < intervals_s.mean()


def test_a_blink_lasts_a_fifth_of_a_second_and_closes_faster_than_it_opens(
    planned: tuple[Talk, Talk, tuple[Blink, ...], Gaze],
) -> None:
    for blink in planned[2]:
        assert 0.15 <= blink.end_s - blink.start_s <= 0.25
        assert blink.closing_s < blink.opening_s
    whole = next(blink for blink in planned[2] if blink.depth == 1.0)
    times_s = np.arange(whole.start_s - 0.05, whole.end_s + 0.05, 0.002)
    left, right = lids_at([whole], times_s)
    assert left.max() == pytest.approx(1.0)
    assert 0.9 < right.max() < 1.0
    assert left[0] == left[-1] == right[0] == right[-1] == 0.0
    assert np.argmax(left) < np.argmax(right)


def test_people_blink_rather_as_they_pause_and_as_their_eyes_jump(
    planned: tuple[Talk, Talk, tuple[Blink, ...], Gaze],
) -> None:
    own, _, blinks, gaze = planned
    starts_s = np.array([blink.start_s for blink in blinks])

    def rate(moments_s: np.ndarray) -> float:
        """Blinks a minute in the 350 ms about each moment."""
        near = np.abs(starts_s[:, None] - moments_s - 0.075).min(axis=1) < 0.175
        covered_s = np.arange(0.0, 60.0 * MINUTES, 0.01)
        share = (np.abs(covered_s[:, None] - moments_s - 0.075).min(axis=1) < 0.175).mean()
        return float(near.sum() / (share * MINUTES))

    pauses_s = np.array([end_s for _, end_s in own.utterances])
    assert rate(pauses_s) > 1.4 * len(blinks) / MINUTES
    assert rate(gaze.shifts_s(SHIFT_DEGREES)) > 1.1 * len(blinks) / MINUTES


def test_listeners_look_at_the_speaker_and_speakers_look_away(
    planned: tuple[Talk, Talk, tuple[Blink, ...], Gaze],
) -> None:
    own, partner, _, gaze = planned
    times_s = np.arange(0.5, 60.0 * MINUTES, 0.05)
    looks = gaze.at_partner[np.searchsorted(gaze.starts_s, times_s, side="right") - 1]
    speaks, listens = (within(talk, times_s) for talk in (own, partner))
    assert 0.4 < looks[speaks & ~listens].mean() < 0.68
    assert 0.68 < looks[listens & ~speaks].mean() < 0.9
    long_turns = [turn for turn in own.turns if turn[1] - turn[0] > 1.5]
    assert np.mean([looks[np.searchsorted(times_s, end_s) - 1] for _, end_s in long_turns]) > 0.8
    assert np.mean([looks[np.searchsorted(times_s, start_s + 0.4)] for start_s, _ in long_turns]) < 0.5


def within(talk: Talk, times_s: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(times_s), dtype=bool)
    for start_s, end_s in talk.turns:
        inside |= (times_s >= start_s) & (times_s < end_s)
    return inside


def test_eyes_jump_and_rest(planned: tuple[Talk, Talk, tuple[Blink, ...], Gaze]) -> None:
    gaze = planned[3]
    times_s = np.arange(10.0, 40.0, 0.01)
    speeds = np.hypot(*np.diff(gaze.degrees_at(times_s), axis=0).T) / 0.01
    assert (speeds < 1e-6).mean() > 0.85
    assert 100 < speeds.max() < 900
    assert np.diff(gaze.starts_s).min() > SHORTEST_REST_S - 1e-9
    away = gaze.degrees[~gaze.at_partner]
    assert np.abs(away).max() < 25
    assert np.hypot(*gaze.degrees[gaze.at_partner].T).max() < 5


def test_a_stretch_is_the_same_whoever_asked_before_and_another_for_another_seed() -> None:
    own, partner = talks(5)
    whole = LooksPlan(7)
    for index in range(4):
        whole.stretch(index, own, partner)
    alone = LooksPlan(7).stretch(3, own, partner)
    assert alone.blinks == whole.stretch(3, own, partner).blinks
    assert np.array_equal(alone.gaze.degrees, whole.stretch(3, own, partner).gaze.degrees)
    assert LooksPlan(8).stretch(3, own, partner).blinks != alone.blinks


def test_who_is_alone_and_silent_blinks_and_looks_about() -> None:
    stretches = [LooksPlan(1).stretch(index, NOBODY, NOBODY) for index in range(30)]
    assert 8 <= sum(len(stretch.blinks) for stretch in stretches) / 10 <= 20
    assert any(not stretch.gaze.at_partner.all() for stretch in stretches)


def test_turns_are_joined_over_breaths_and_told_spans_are_taken_in_any_order() -> None:
    voice = HeardVoice(np.zeros(480_000, np.float32), [(3.0, 4.0), (1.0, 2.0), (2.1, 2.5), (7.0, 7.5)])
    talk = Talking(voice).now()
    assert voice_activity(voice.loudness)
    assert talk.utterances == ((1.0, 2.5), (3.0, 4.0), (7.0, 7.5))
    assert talk.turns == ((1.0, 4.0), (7.0, 7.5))
