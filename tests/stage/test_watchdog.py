"""When a process counts as hanging: tables of what was heard and of what the kernel says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from avatar_server.scene.cameras import Orbit
from avatar_server.stage.supervision import MOST_DEATHS, WITHIN_S, Deaths
from avatar_server.stage.watchdog import (
    COMPUTING_PATIENCE_S,
    PATIENCE_S,
    STARVED_PATIENCE_S,
    Activity,
    Watchdog,
    activity_of,
)
from avatar_server.stage.wire import Pulse, StageState
from avatar_server.timing.timeline import Timeline

STATE = StageState(0, Timeline(60.0), True, "left", Orbit((0.0, 1.0, 0.0), 0.0, 0.0, 3.0), "face-to-face")


def pulse(pictures: int, sound: int) -> Pulse:
    return Pulse(pictures, sound, True, STATE, (), (), 0)


def watched(*, pictures: bool = True) -> Watchdog:
    dog = Watchdog(0.0)
    dog.wants(0.0, pictures=pictures, watched=True)
    return dog


def test_silence_is_missed_from_the_last_word_on() -> None:
    dog = watched()
    dog.heard(0.5, pulse(1, 1))
    dog.heard(0.6, "a packet")
    what, missing_s = dog.missing(1.0)
    assert what == "its pictures", "the loop was last seen to move then"
    assert missing_s == pytest.approx(0.5)
    for step in range(2, 20):
        dog.heard(0.5 + step / 4, pulse(step, step))
        assert dog.missing(0.5 + step / 4)[1] == 0.0


def test_a_loop_that_stands_still_is_missed_though_the_process_speaks() -> None:
    for pictures, sound, what in ((0, 1, "its pictures"), (1, 0, "its sound")):
        dog = watched()
        for step in range(9):
            dog.heard(step / 4, pulse(pictures * step, sound * step))
        missed, missing_s = dog.missing(2.0)
        assert missed == what
        assert missing_s == pytest.approx(2.0)


def test_what_is_not_asked_for_is_not_missed() -> None:
    dog = watched(pictures=False)
    for step in range(9):
        dog.heard(step / 4, pulse(0, step))
    assert dog.missing(2.0)[1] == 0.0
    dog.wants(2.0, pictures=True, watched=True)
    dog.heard(2.5, "a packet")
    assert dog.missing(2.5)[0] == "its pictures"
    assert dog.missing(2.5)[1] == pytest.approx(0.5), "from when it was asked for"

    dog.wants(2.5, pictures=False, watched=False)
    dog.heard(2.5, pulse(0, 0))
    assert dog.missing(3.5)[1] == pytest.approx(0.0), "an idle stage speaks once a second"
    assert dog.missing(6.0)[0] == "its pulse"
    assert dog.missing(6.0)[1] == pytest.approx(2.5)
    slow, quick = dog.period_s, watched().period_s
    assert slow > quick, "and is looked at less often"
    dog.wants(6.0, pictures=True, watched=True)
    assert dog.missing(6.0)[1] == 0.0, "whoever comes to a stage that sleeps gives it time to wake"


def test_what_the_server_slept_through_is_not_the_stages_fault() -> None:
    dog = watched()
    dog.heard(1.0, pulse(1, 1))
    dog.looked(2.0)
    assert dog.missing(3.1)[1] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("ran_s", "waited_s", "patience_s"),
    [
        (0.0, 0.0, PATIENCE_S),
        (0.004, 0.002, PATIENCE_S),
        (0.15, 0.0, COMPUTING_PATIENCE_S),
        (0.06, 0.08, STARVED_PATIENCE_S),
        (0.0, 0.15, STARVED_PATIENCE_S),
    ],
)
def test_patience_depends_on_what_the_process_does(ran_s: float, waited_s: float, patience_s: float) -> None:
    before = Activity({1: 5.0, 2: 7.0}, {1: 1.0, 2: 2.0})
    after = Activity({1: 5.0, 2: 7.0 + ran_s, 3: 9.0}, {1: 1.0 + waited_s, 2: 2.0, 3: 4.0})
    assert after.patience_s(before, 0.15) == patience_s


def test_the_kernel_tells_who_computes_and_who_is_stopped() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        deadline_s = time.monotonic() + 20
        while sum(activity_of(busy.pid).ran_s.values()) < 0.2:
            assert time.monotonic() < deadline_s
        os.kill(busy.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, busy.pid, os.WSTOPPED)
        stopped = activity_of(busy.pid)
        assert activity_of(busy.pid) == stopped
        assert activity_of(busy.pid).patience_s(stopped, 0.1) == PATIENCE_S
    finally:
        busy.kill()
        busy.wait()
    assert activity_of(busy.pid) == Activity({}, {})


def test_processes_that_are_lost_too_often_are_replaced_no_more() -> None:
    deaths = Deaths()
    assert [deaths.too_many(now_s) for now_s in (0.0, 10.0, 20.0)] == [False] * (MOST_DEATHS - 1) + [True]
    deaths = Deaths()
    assert not any(deaths.too_many(index * WITHIN_S * 0.6) for index in range(20))
