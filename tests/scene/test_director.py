"""The director's cuts on conversations that are drawn, half a second a character, and on any that can be."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_server.scene.cameras import CAMERAS, Standing, named_orbit
from avatar_server.scene.director import (
    AUTO,
    CLOSING_S,
    EVERYBODY,
    LOOKAHEAD_S,
    OPENING_S,
    REACTION_AFTER_S,
    SHORTEST_S,
    CutList,
    DirectedCamera,
    Shot,
    cut_list,
)
from avatar_server.scene.staging import STAGINGS, places

Spans = list[tuple[float, float]]


def drawn(line: str, step_s: float = 0.5) -> Spans:
    """`.` is silence and `#` speech."""
    spans: Spans = []
    for index, sign in enumerate(line):
        if sign == "#" and spans and spans[-1][1] == index * step_s:
            spans[-1] = (spans[-1][0], (index + 1) * step_s)
        elif sign == "#":
            spans.append((index * step_s, (index + 1) * step_s))
    return spans


def cuts(*lines: str) -> list[tuple[float, str]]:
    assert len({len(line) for line in lines}) == 1
    made = cut_list([drawn(line) for line in lines], len(lines[0]) * 0.5)
    return [(shot.start_s, shot.camera) for shot in made.shots]


def test_a_cut_goes_to_who_takes_the_turn_a_quarter_of_a_second_before() -> None:
    assert cuts(
        "..########............########........",
        "............########............######",
    ) == [(0.0, "two-shot"), (3.0, "over-right"), (5.75, "over-left"), (10.75, "left"), (16.0, "two-shot")]


def test_a_backchannel_causes_no_cut() -> None:
    left, right = (
        "..################..########............",
        "...........#................############",
    )
    without = [(0.0, "two-shot"), (3.0, "over-right"), (9.0, "close-right"), (11.6, "left")]
    assert cuts(left, right)[:4] == cuts(left, "." * 28 + "#" * 12)[:4] == without
    longer = right.replace("...#...", "...###.")
    assert cuts(left, longer)[:4] == [*without[:2], (5.25, "two-shot"), (7.35, "left")], (
        "that is no small word"
    )


def test_who_speak_at_once_are_seen_together() -> None:
    assert cuts(
        "..##############....##########......................",
        "............######################################..",
    ) == [
        (0.0, "two-shot"),
        (3.0, "over-right"),
        (5.75, "two-shot"),
        (8.0, "over-left"),
        (10.1, "two-shot"),
        (15.0, "right"),
        (23.0, "two-shot"),
    ], "where the shot before it has to last two seconds the cut waits for it"


def test_a_silence_goes_back_to_everybody() -> None:
    shots = cuts(
        "..############.........................",
        "......................#################",
    )
    assert shots == [
        (0.0, "two-shot"),
        (3.0, "over-right"),
        (7.65, "two-shot"),
        (10.75, "over-left"),
        (16.5, "two-shot"),
    ], "and who breaks it is led to as ever"
    assert cuts("..############.....#########....", "." * 32)[1:] == [
        (3.0, "over-right"),
        (13.0, "two-shot"),
    ], "a pause of two and a half seconds is none"


@pytest.mark.parametrize(
    ("left", "right", "at_s"),
    [
        (
            "..######################################......",
            ".....................#........................",
            10.25,
        ),
        (
            "..##################.###################......",
            "..............................................",
            10.0,
        ),
        (
            "..######################################......",
            "..............................................",
            11.0,
        ),
    ],
    ids=["at a backchannel", "at a breath", "at the latest"],
)
def test_a_long_turn_is_broken_by_who_listens(left: str, right: str, at_s: float) -> None:
    assert cuts(left, right) == [
        (0.0, "two-shot"),
        (3.0, "over-right"),
        (at_s, "close-right"),
        (at_s + 2.6, "left"),
        (20.0, "two-shot"),
    ]


def test_who_listens_and_then_speaks_is_not_left_in_between() -> None:
    assert cuts(
        "..##########################......................",
        "............................######################",
    ) == [(0.0, "two-shot"), (3.0, "over-right"), (11.0, "close-right"), (22.0, "two-shot")]


def test_words_that_fly_are_seen_from_afar() -> None:
    assert cuts(
        "..########..##..##..##..############........",
        "..........##..##..##..##............########",
    ) == [(0.0, "two-shot"), (3.0, "over-right"), (5.1, "two-shot"), (11.75, "left"), (19.0, "two-shot")]


def test_a_short_answer_causes_no_cut() -> None:
    assert cuts(
        "..########...########......",
        "...........#...............",
    ) == [(0.0, "two-shot"), (3.0, "over-right"), (10.5, "two-shot")]


def test_who_is_alone_is_never_seen_over_a_shoulder() -> None:
    assert cuts("..################################........") == [
        (0.0, "two-shot"),
        (3.0, "left"),
        (11.0, "two-shot"),
        (13.6, "close-left"),
        (18.0, "two-shot"),
    ]


@pytest.mark.parametrize("line", ["." * 60, "#" * 15, ""])
def test_where_there_is_nothing_to_cut_everybody_is_seen(line: str) -> None:
    assert cuts(line, "." * len(line)) == [(0.0, "two-shot")]
    assert cut_list([], 30.0).shots == (Shot(0.0, EVERYBODY),)


def test_a_picture_that_is_due_at_a_cut_shows_what_comes_after_it() -> None:
    made = CutList((Shot(0.0, "two-shot"), Shot(2.1, "left"), Shot(4.3, "right")))
    assert [made.camera_at(time_s) for time_s in (-1.0, 0.0, 2.0999, 0.7 + 0.7 + 0.7, 4.2999, 4.3, 99.0)] == [
        *["two-shot"] * 3,
        *["left"] * 2,
        *["right"] * 2,
    ]
    assert made.within((2.5, 4.3)).shots == (Shot(2.5, "left"),)
    assert made.within((2.1, 5.0)).shots == (Shot(2.1, "left"), Shot(4.3, "right"))


people_speak = st.lists(
    st.lists(st.tuples(st.floats(-1.0, 130.0), st.floats(0.0, 14.0)), max_size=25).map(
        lambda found: [(start_s, start_s + length_s) for start_s, length_s in found]
    ),
    min_size=1,
    max_size=2,
)


@given(people_speak, st.floats(0.0, 120.0))
def test_whatever_is_said_the_rules_hold(spoken: list[Spans], duration_s: float) -> None:
    made = cut_list(spoken, duration_s)
    starts_s = [shot.start_s for shot in made.shots]
    cameras = [shot.camera for shot in made.shots]
    assert starts_s[0] == 0.0
    assert cameras[0] == cameras[-1] == EVERYBODY
    assert set(cameras) <= set(CAMERAS)
    if len(made.shots) > 1:
        assert starts_s[1] >= OPENING_S
        assert starts_s[-1] <= duration_s - CLOSING_S + 0.001
        assert min(after - before for before, after in pairwise([*starts_s, duration_s])) > 2.0
        assert SHORTEST_S > 2.0
    for before, after in pairwise(cameras):
        assert shows(before) != shows(after), "a person is never seen alone twice running"
    again = cut_list([spans[::-1] for spans in spoken], duration_s)
    assert again == made, "the order in which spans come means nothing"


def shows(camera: str) -> str:
    """Who is seen, of two."""
    kind, _, side = camera.rpartition("-")
    return {"left": "right", "right": "left"}[side] if kind == "over" else side


@given(people_speak, st.floats(0.0, 130.0), st.floats(0.0, 130.0))
def test_what_arrives_later_changes_no_cut_before(spoken: list[Spans], first_s: float, then_s: float) -> None:
    lists = []
    for known_s in sorted((first_s, then_s)):
        known = [
            [(start_s, min(end_s, known_s)) for start_s, end_s in spans if start_s < known_s]
            for spans in spoken
        ]
        lists.append(cut_list(known, 120.0, known_s).shots)
    whole = cut_list(spoken, 120.0)
    assert lists[1][: len(lists[0])] == lists[0]
    assert whole.shots[: len(lists[1])] == lists[1]
    decided_s = max(first_s, then_s) - LOOKAHEAD_S
    assert all(shot.start_s > decided_s for shot in whole.shots[len(lists[1]) :]), "and all of it is told"


@pytest.mark.parametrize("staging", STAGINGS)
def test_no_cut_jumps_across_the_line_between_the_people(staging: str) -> None:
    """From every camera the left one is seen left of the right one, and from the viewer's side."""
    people = [Standing(place, 1.7) for place in places(staging, 2)]
    for name in CAMERAS:
        camera = named_orbit(name, staging, people).camera()
        assert camera.eye[2] > 0.2
        left, right = (camera.view_matrix() @ [*person.at(0.9), 1.0] for person in people)
        assert math.atan2(left[0], -left[2]) < math.atan2(right[0], -right[2])


def test_a_camera_that_is_cut_is_each_of_its_cameras_in_turn() -> None:
    people = [Standing(place, 1.7) for place in places(STAGINGS[0], 2)]
    cameras = {name: named_orbit(name, STAGINGS[0], people).camera() for name in CAMERAS}
    directed = DirectedCamera(cut_list([drawn("#" * 40), drawn("." * 40)], 20.0), cameras)
    assert directed.at(0.0) == cameras[EVERYBODY]
    assert directed.at(3.0 + REACTION_AFTER_S[1]) == cameras["close-right"]
    assert AUTO not in CAMERAS
