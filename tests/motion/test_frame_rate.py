from __future__ import annotations

from fractions import Fraction

import pytest

from avatar_server.motion.frame_rate import find_frame_rate

NTSC_30 = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("frame_count", "sound_s", "rate_hz"),
    [
        (900, 30.0, Fraction(30)),
        (899, 30.0, NTSC_30),
        (17982, 600.0, NTSC_30),
        (18000, 600.0, Fraction(30)),
        (18000, 600.02, Fraction(30)),
        (719, 30.0, Fraction(24000, 1001)),
        (720, 30.0, Fraction(24)),
        (750, 30.0, Fraction(25)),
        (1500, 30.0, Fraction(50)),
        (3596, 60.0, Fraction(60000, 1001)),
        (450, 30.0, Fraction(15)),
        (1440, 30.0, Fraction(48)),
        (1, 1 / 30, Fraction(30)),
    ],
)
def test_rates_that_cameras_have_are_recognised(frame_count: int, sound_s: float, rate_hz: Fraction) -> None:
    found = find_frame_rate(frame_count, sound_s)
    assert (found.rate_hz, found.how, found.notices) == (rate_hz, "known", ())


def test_a_rate_unlike_any_other_is_kept_as_measured() -> None:
    found = find_frame_rate(5500, 200.0)
    assert (found.rate_hz, found.how) == (Fraction(55, 2), "measured")
    assert "27.500 Hz" in found.notices[0]


def test_the_exact_fraction_ends_with_the_sound_after_an_hour() -> None:
    sound_s = 3600 + 1 / 48000
    found = find_frame_rate(101_234, sound_s)
    assert float(101_234 / found.rate_hz) == pytest.approx(sound_s, abs=1e-5)


@pytest.mark.parametrize("rate_hz", [191.0, 213.7, 240.0])
def test_the_fast_recordings_play_at_their_rate_and_say_so(rate_hz: float) -> None:
    found = find_frame_rate(round(rate_hz * 60), 60.0)
    assert float(found.rate_hz) == pytest.approx(rate_hz, rel=0.001)
    assert any("unusual" in notice for notice in found.notices)


@pytest.mark.parametrize("sound_s", [None, 0.0, -1.0, float("nan"), float("inf")])
def test_without_sound_thirty_is_assumed_with_a_notice(sound_s: float | None) -> None:
    found = find_frame_rate(900, sound_s)
    assert (found.rate_hz, found.how, found.measured_hz) == (Fraction(30), "assumed", None)
    assert len(found.notices) == 1


@pytest.mark.parametrize("sound_s", [0.01, 2.0, 3000.0])
def test_sound_of_another_length_altogether_tells_nothing(sound_s: float) -> None:
    found = find_frame_rate(900, sound_s)
    assert (found.rate_hz, found.how) == (Fraction(30), "assumed")
    assert "do not fit" in found.notices[0]
