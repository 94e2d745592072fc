from __future__ import annotations

from fractions import Fraction

import pytest

from avatar_server.motion.bvh.rate import find_bvh_rate, stated_rate

NTSC_30 = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("written", "rate_hz"),
    [
        (".0083333", 120),
        ("0.008333", 120),
        ("0.00833333", 120),
        (".008", 120),
        ("0.0333333", 30),
        ("0.033333", 30),
        ("0.033", 30),
        ("3.33333e-02", 30),
        ("0.033367", NTSC_30),
        ("0.0166667", 60),
        ("0.016683", Fraction(60000, 1001)),
        ("0.04", 25),
        ("0.01", 100),
        ("0.00416667", 240),
        ("0.1", 10),
        ("0.037", Fraction(1000, 37)),
        ("0", None),
        ("0.0", None),
        ("", None),
        ("-0.033", None),
        ("nan", None),
        (".", None),
        ("30", None),
        ("1e99", None),
        ("0.0000001", None),
    ],
)
def test_what_is_meant_by_a_frame_time_of_few_digits(written: str, rate_hz: Fraction | None) -> None:
    assert stated_rate(written) == rate_hz


def test_the_frame_time_stands_where_the_sound_agrees_or_is_not_there() -> None:
    for sound_s in (None, 0.0, 60.0, 60.4):
        rate, decision = find_bvh_rate("0.0083333", 7200, sound_s)
        assert rate.rate_hz == 120
        assert rate.notices == ()
        assert decision.why == "frame time 0.0083333"


def test_sound_that_was_cut_does_not_change_the_rate_but_is_said() -> None:
    rate, _ = find_bvh_rate("0.033333", 1800, 50.0)
    assert rate.rate_hz == 30
    assert rate.notices == ("the motion is 10.0 s longer than the sound",)


def test_sound_overrules_a_frame_time_that_is_wrong_by_a_factor() -> None:
    rate, decision = find_bvh_rate("0.033333", 7200, 60.0)
    assert rate.rate_hz == 120
    assert "makes 240.0 s of it, but the sound has 60.0 s" in decision.why
    assert rate.notices


def test_without_a_frame_time_the_sound_tells_and_without_both_thirty_is_assumed() -> None:
    rate, decision = find_bvh_rate("", 7200, 60.0)
    assert rate.rate_hz == 120
    assert decision.why == "the file has no frame time; by the length of the sound"
    rate, decision = find_bvh_rate("0", 7200, None)
    assert rate.rate_hz == 30
    assert rate.how == "assumed"
    assert "'0'" in rate.notices[0]


def test_what_somebody_wants_counts() -> None:
    rate, decision = find_bvh_rate("0.033333", 7200, 60.0, Fraction(60))
    assert rate.rate_hz == 60
    assert decision.why == "as was said with --rate"
