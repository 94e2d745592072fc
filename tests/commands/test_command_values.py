"""What people type is read the way they mean it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from avatar_server.commands.values import frame_rate, picture_size, span
from avatar_server.errors import UsageError
from avatar_server.render.contract import PictureSize


@pytest.mark.parametrize(
    ("text", "rate_hz"),
    [
        ("30", Fraction(30)),
        ("25.0", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("60", Fraction(60)),
    ],
)
def test_frame_rates(text: str, rate_hz: Fraction) -> None:
    assert frame_rate(text) == rate_hz


def test_sizes() -> None:
    assert picture_size("1280x720") == PictureSize(1280, 720)
    assert picture_size("640X360") == PictureSize(640, 360)


def test_spans() -> None:
    assert span(None, None, 30.0) == (0.0, 30.0)
    assert span("1.5", "2", 30.0) == (1.5, 2.0)
    # 10.0034 s are shown as 10.00 and can be typed so; what is a little beyond means the end.
    assert span(None, "10.01", 10.007) == (0.0, 10.007)
    with pytest.raises(UsageError):
        span(None, "10.02", 10.007)
