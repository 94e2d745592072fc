"""What is decided from the data, and when the data do not tell."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_server.dataset.reading_choices import ReadingChoices, ReadingWords, nearest_known
from avatar_server.errors import UsageError
from avatar_server.motion.foreign.deciding import decide_rates, decide_units, decide_up
from avatar_server.motion.foreign.person_arrays import SMPLH_PELVIS_M, PersonArrays
from avatar_server.motion.foreign.world import TO_Y_UP

NOTHING = ReadingChoices()


def person(root: list[float], trans: Any = None, **more: Any) -> PersonArrays:
    count = 50 if trans is None else len(trans)
    joints = np.zeros((count, 52, 3))
    joints[:, 0] = root
    return PersonArrays("made", "made up", joints, trans, SMPLH_PELVIS_M, "z", **more)


@pytest.mark.parametrize("axis", TO_Y_UP)
def test_up_is_where_the_pelvis_points(axis: str) -> None:
    turn = Rotation.from_matrix(TO_Y_UP[axis].T)
    leaning = turn * Rotation.from_euler("yx", [70, 25], degrees=True)
    up, decision = decide_up([person(leaning.as_rotvec().tolist())], NOTHING)
    assert (up, decision.value) == (axis, axis)
    assert "25 degrees off" in decision.why
    assert np.allclose(TO_Y_UP[axis] @ turn.apply([0.0, 1.0, 0.0]), [0.0, 1.0, 0.0])
    assert np.linalg.det(TO_Y_UP[axis]) == pytest.approx(1.0)


def test_who_lies_down_tells_nothing_but_his_format_does() -> None:
    between = Rotation.from_euler("x", 45, degrees=True).as_rotvec().tolist()
    up, decision = decide_up([person(between)], NOTHING)
    assert up == "z"
    assert "lie or tumble" in decision.why


def test_one_axis_for_both_even_if_one_of_them_lies() -> None:
    standing = person([np.pi / 2, 0.0, 0.0])
    lying = person([np.pi / 4, 0.0, 0.0])
    assert decide_up([standing, lying], NOTHING)[0] == "z"


@pytest.mark.parametrize(
    ("unit", "name", "height_m"),
    [
        (1.0, "metres", 0.95),
        (0.01, "centimetres", 0.95),
        (0.001, "millimetres", 0.95),
        # Without a floor at zero a millimetre may pass for a centimetre, never for a metre.
        (1.0, "metres", 0.0),
        (0.01, "centimetres", 0.0),
    ],
)
def test_units_by_height_or_by_speed(unit: float, name: str, height_m: float) -> None:
    times = np.linspace(0, 5, 150)
    sway = 0.1 * np.sin(times)
    path = np.column_stack([sway, 0.5 * sway, height_m + 0.02 * sway]) / unit
    assert decide_units([person([np.pi / 2, 0, 0], path)], "z", 30.0, NOTHING)[1].value == name


def test_rates_are_stated_then_usual_then_those_of_the_sound() -> None:
    stated, usual = {"stated_rate_hz": 119.88}, {"usual_rate_hz": Fraction(120), "usual_rate_why": "usual"}
    cases: list[tuple[dict[str, Any], float | None, Fraction, str]] = [
        (stated | usual, None, Fraction(120000, 1001), "stated"),
        (usual, None, Fraction(120), "stated"),
        ({}, 2.0, Fraction(25), "known"),
        ({}, None, Fraction(30), "assumed"),
    ]
    for more, sound_s, rate_hz, how in cases:
        (rate,), _ = decide_rates([person([0, 0, 0], **more)], [sound_s], NOTHING)
        assert (rate.rate_hz, rate.how) == (rate_hz, how)


def test_a_sound_that_speaks_against_the_rate_is_mentioned() -> None:
    (rate,), decision = decide_rates([person([0, 0, 0], stated_rate_hz=50.0)], [2.0], NOTHING)
    assert rate.rate_hz == 50
    assert "1.00 s of motion go with 2.00 s of sound" in decision.why


def test_partners_without_a_rate_share_one() -> None:
    both = [person([0, 0, 0]), person([0, 0, 0], stated_rate_hz=60.0)]
    rates, decision = decide_rates(both, [None, None], NOTHING)
    assert [rate.rate_hz for rate in rates] == [60, 60]
    assert decision.value == "60"


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (59.94, Fraction(60000, 1001)),
        (59.94005994, Fraction(60000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (120.0, Fraction(120)),
        (119.88, Fraction(120000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (12.5, None),
    ],
)
def test_a_rounded_rate_means_a_known_one(told: float, meant: Fraction | None) -> None:
    assert nearest_known(told) == meant


@pytest.mark.parametrize(
    "words",
    [{"units": "feet"}, {"up": "w"}, {"rate": "fast"}, {"rate": "0"}, {"rate": "1/0"}, {"rate": "2000"}],
)
def test_what_cannot_be_meant_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=f"--{next(iter(words))}: expected"):
        ReadingWords(**words).read()
