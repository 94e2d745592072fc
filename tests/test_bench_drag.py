"""The way of a movement from hand to screen: steps by hand, and the real one in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.bench.drag import measure_drags
from avatar_server.bench.drag_steps import STEPS, Shown, as_text, drag_of
from avatar_server.bench.stamps import Stamp, Stamps, read_stamps
from avatar_server.render.contract import PictureSize

ORIGIN = 2**32 - 3000
ZERO_S = 100.0
"""The page's clock began then."""

STAMPS = [
    Stamp("origin", ORIGIN, 99.0),
    Stamp("server", 0, 100.012),
    Stamp("desk", 0, 100.013),
    *(Stamp(name, 3000, at_s) for name, at_s in (("begun", 100.0), ("drawn", 100.02), ("encoded", 100.03))),
    Stamp("left", 3000, 100.035),
    *(Stamp(name, 6000, at_s) for name, at_s in (("begun", 100.02), ("drawn", 100.04), ("encoded", 100.045))),
    Stamp("left", 6000, 100.05),
]


def test_the_steps_of_a_movement_by_hand() -> None:
    shown = [Shown(0, 36.0, 40.0, 50.0), Shown(3000, 51.0, 55.0, 70.0)]
    drag = drag_of(8.0, 11.0, shown, ZERO_S, STAMPS)
    assert drag is not None
    assert drag.steps_ms() == {
        name: pytest.approx(ms, abs=1e-6)
        for name, ms in zip(STEPS, (3, 1, 1, 7, 20, 5, 5, 1, 4, 15), strict=True)
    }
    assert drag.whole_ms == pytest.approx(62.0)
    lines = as_text([drag]).splitlines()
    assert [line.split()[-1] for line in lines] == [f"{ms:.1f}" for ms in (*drag.steps_ms().values(), 62.0)]


def test_a_movement_of_which_something_is_missing_is_left_out() -> None:
    shown = [Shown(3000, 51.0, 55.0, 70.0)]
    assert drag_of(8.0, 11.0, shown, ZERO_S, [s for s in STAMPS if s.what != "desk"]) is None
    assert drag_of(8.0, 11.0, shown, ZERO_S, STAMPS[:-1]) is None
    assert drag_of(8.0, 11.0, shown[:0], ZERO_S, STAMPS) is None
    assert drag_of(8.0, 20.0, shown, ZERO_S, STAMPS) is None, "what came before the message is another's"


def test_stamps_are_read_as_far_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "stamps"
    Stamps(path).note("begun", 3000, 1.25)
    Stamps(path).note("desk", at_s=2.5)
    with path.open("a") as file:
        file.write("half a li")
    assert list(read_stamps(path)) == [Stamp("begun", 3000, 1.25), Stamp("desk", 0, 2.5)]


@pytest.mark.browser
@pytest.mark.opengl
def test_a_real_movement_is_seen_at_every_step() -> None:
    drags, beside = measure_drags(2, PictureSize(320, 180), warm_up_ms=0)
    assert len(drags) == 2
    for drag in drags:
        # The clocks of page and server agree to a few milliseconds; every other step goes forward in time.
        assert all(ms > -5.0 for ms in drag.steps_ms().values())
        assert 5.0 < drag.whole_ms < 5000.0
    assert set(beside) == {"server", "stage", "browser", "pictures_per_second"}
