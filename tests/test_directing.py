"""A director and the voices he hears: whole ones, ones that arrive, and none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from avatar_server.audio.loudness import Loudness
from avatar_server.directing import Director
from avatar_server.scene.director import EVERYBODY, cut_list

DURATION_S = 60.0
TURNS = {"left": ((1.0, 9.0), (24.0, 33.0), (46.0, 52.0)), "right": ((10.0, 22.0), (34.0, 44.0))}


@dataclass
class Arriving:
    """A voice of which more and more is measured; here_s: so far."""

    turns: tuple[tuple[float, float], ...]
    told: bool = False
    duration_s: float = DURATION_S
    loudness: Loudness = field(init=False)

    def __post_init__(self) -> None:
        self.grow(0.0)

    def grow(self, here_s: float) -> None:
        """Measured in steps of 100 ms: a room of -80 dB, a voice of -20 dB."""
        at_s = np.arange(round(here_s * 10)) / 10
        speaks = np.zeros(len(at_s), bool)
        for start_s, end_s in self.turns:
            speaks |= (at_s >= start_s) & (at_s < end_s)
        self.loudness = Loudness(np.where(speaks, 1e-2, 1e-8), 1e-4, self.turns if self.told else ())


def people(*told: str) -> tuple[Arriving, Arriving]:
    left, right = (Arriving(turns, side in told) for side, turns in TURNS.items())
    return left, right


def test_cuts_follow_the_voice_activity_or_else_the_sound() -> None:
    lists = []
    for told in (("left", "right"), ("left",), ()):
        pair = people(*told)
        for voice in pair:
            voice.grow(DURATION_S)
        director = Director(pair, ("P1", "P2"), DURATION_S)
        lists.append(director.cuts())
        unmarked = [name for name, side in (("P1", "left"), ("P2", "right")) if side not in told]
        named = [notice.partition(" is recorded")[0] for notice in director.notices]
        assert named == ([f"no voice activity of {' and '.join(unmarked)}"] if unmarked else [])
        assert director.cuts() is lists[-1], "made once"
    by_activity, *by_sound = lists
    assert by_activity == cut_list(list(TURNS.values()), DURATION_S)
    for other in by_sound:
        assert [shot.camera for shot in other.shots] == [shot.camera for shot in by_activity.shots]
        for ours, theirs in zip(other.shots, by_activity.shots, strict=True):
            assert ours.start_s == pytest.approx(theirs.start_s, abs=0.1)


def test_a_sound_that_arrives_adds_cuts_and_takes_none_back() -> None:
    pair = people()
    director = Director(pair, ("P1", "P2"), DURATION_S)
    before = director.cuts()
    assert [shot.camera for shot in before.shots] == [EVERYBODY]
    grown = []
    for here_s in (10.0, 20.0, 35.0, 50.0, DURATION_S):
        pair[0].grow(min(here_s + 7.0, DURATION_S))
        pair[1].grow(here_s)
        now = director.cuts()
        assert now.shots[: len(before.shots)] == before.shots
        grown.append(len(now.shots))
        before = now
    assert grown == sorted(grown)
    assert len(set(grown)) >= 4, "they come as they can be known"
    assert before == Director(pair, ("P1", "P2"), DURATION_S).cuts()


def test_where_nobody_is_heard_people_are_told_that_nothing_is_cut() -> None:
    silent = Arriving((), duration_s=0.0)
    director = Director((silent, silent), ("P1", "P2"), DURATION_S)
    assert [shot.camera for shot in director.cuts().shots] == [EVERYBODY]
    assert director.notices == (
        "nobody is heard: the automatic director stays with the camera that shows everybody",
    )
