"""Viewers who report often, seldom, and not any more."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar_server.sinks.silence import Silence


def gone_after_s(reports_s: list[float]) -> float:
    """Seconds from the last report until the viewer counts as gone; it must not do so before."""
    silence = Silence(0.0)
    for earlier, later in pairwise([0.0, *reports_s]):
        assert not silence.is_too_long(later), f"gone between {earlier} and {later} s"
        silence.heard(later)
        silence.heard(later + 0.001)
    last = reports_s[-1] if reports_s else 0.0
    return next(tick / 10 for tick in range(1000) if silence.is_too_long(last + tick / 10))


@pytest.mark.parametrize(
    ("reports_s", "least_s", "most_s"),
    [
        ([], 7.5, 9),
        ([1.0], 7.5, 9),
        ([tick * 1.0 for tick in range(1, 30)], 7.5, 9),
        # As measured with GStreamer's webrtcbin.
        ([1.2, 5.0, 10.3, 17.0, 22.1, 28.4, 33.8, 39.9], 19, 21),
        # One of its reports is lost, and then another two.
        ([1.2, 5.0, 17.0, 22.1, 40.0], 19, 21),
    ],
)
def test_silence_is_measured_by_what_was_usual(reports_s: list[float], least_s: float, most_s: float) -> None:
    assert least_s < gone_after_s(reports_s) < most_s


def test_one_long_gap_is_forgotten() -> None:
    silence = Silence(0.0)
    for time_s in (1, 2, 3, 10, *range(11, 20)):
        silence.heard(float(time_s))
    assert silence.is_too_long(19 + 8.5)


def test_nobody_reports_on_nothing() -> None:
    silence = Silence(0.0)
    for time_s in range(1, 4):
        silence.heard(float(time_s))
    silence.excused(60.0)
    assert not silence.is_too_long(65.0)
    assert silence.is_too_long(69.0)
