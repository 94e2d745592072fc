"""Who may come in: tables of measured loads, and a real theatre that is told such a load."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from avatar_server.encode.live_packet import VideoStream
from avatar_server.errors import MachineFullError
from avatar_server.sinks.recording import RecordingSink
from avatar_server.stage.programme import StageOrder
from avatar_server.theatre.admission import (
    BUDGET_SHARE,
    LONGEST_LAG_S,
    UNLIMITED,
    VIEWER_CORES,
    Limits,
    MachineLoad,
    StageLoad,
    admit_own_view,
    admit_stage,
    admit_viewer,
)
from avatar_server.theatre.machine import available_bytes, processor_cores
from avatar_server.theatre.theatre import Theatre, load_of

WATCHED = StageLoad(
    cores=0.8,
    watched_cores=0.8,
    draw_ms=14.0,
    draw_ms_by_view={"presenter": 14.0},
    rate_hz=30,
    viewers=5,
    resident_bytes=500_000_000,
)
IDLE = replace(WATCHED, cores=0.0, draw_ms_by_view={}, viewers=0)
SLOW = replace(WATCHED, draw_ms=30.0, draw_ms_by_view={"presenter": 30.0})
TWO_CORES = MachineLoad(
    cores=2.0, available_bytes=4_000_000_000, server_cores=0.05, lag_s=0.001, stages=(WATCHED,)
)


def refusal_of_stage(load: MachineLoad, limits: Limits = UNLIMITED) -> MachineFullError | None:
    try:
        admit_stage(load, limits)
    except MachineFullError as full:
        return full
    return None


def refusal_of_viewer(
    load: MachineLoad, stage: StageLoad, view: str = "presenter", limits: Limits = UNLIMITED
) -> MachineFullError | None:
    try:
        admit_viewer(load, limits, stage, view)
    except MachineFullError as full:
        return full
    return None


@pytest.mark.parametrize(
    ("load", "limits", "reason"),
    [
        (replace(TWO_CORES, stages=()), UNLIMITED, None),
        (TWO_CORES, UNLIMITED, None),
        (replace(TWO_CORES, stages=(WATCHED, WATCHED)), UNLIMITED, r"one more stage takes 0\.8 .* 1\.7 of 2"),
        (replace(TWO_CORES, stages=(WATCHED, WATCHED), cores=16.0), UNLIMITED, None),
        (replace(TWO_CORES, stages=(WATCHED, IDLE, IDLE)), UNLIMITED, None),
        (replace(TWO_CORES, stages=(replace(IDLE, watched_cores=2.5),)), UNLIMITED, None),
        (replace(TWO_CORES, server_cores=0.9), UNLIMITED, "one more stage"),
        (replace(TWO_CORES, available_bytes=700_000_000), UNLIMITED, "750 MB of memory, 700 MB are left"),
        (TWO_CORES, Limits(max_stages=1), r"as many stages are open as may be \(1\)"),
        (TWO_CORES, Limits(max_stages=2), None),
        (replace(TWO_CORES, stages=()), Limits(max_stages=0), r"open as may be \(0\)"),
    ],
)
def test_stages_come_in_while_cores_and_memory_last(
    load: MachineLoad, limits: Limits, reason: str | None
) -> None:
    full = refusal_of_stage(load, limits)
    if reason is None:
        assert full is None
    else:
        with pytest.raises(MachineFullError, match=reason):
            admit_stage(load, limits)
        assert full is not None
        assert full.retry_after_s >= 1


@pytest.mark.parametrize(
    ("load", "stage", "view", "limits", "reason"),
    [
        (TWO_CORES, WATCHED, "presenter", UNLIMITED, None),
        (replace(TWO_CORES, stages=(replace(WATCHED, cores=1.9),)), WATCHED, "presenter", UNLIMITED, None),
        (replace(TWO_CORES, lag_s=2 * LONGEST_LAG_S), WATCHED, "presenter", UNLIMITED, "100 ms behind"),
        (replace(TWO_CORES, server_cores=0.895), WATCHED, "presenter", UNLIMITED, r"0\.90 of one core"),
        (TWO_CORES, WATCHED, "presenter", Limits(max_viewers=5), r"as many people watch as may \(5\)"),
        (TWO_CORES, WATCHED, "presenter", Limits(max_viewers=6), None),
        # A further view is drawn in the time that the presenter's leaves: 19 of 33 ms here.
        (TWO_CORES, WATCHED, "left", UNLIMITED, None),
        (
            replace(TWO_CORES, cores=16.0),
            replace(WATCHED, draw_ms_by_view={"presenter": 14.0, "left": 14.0, "right": 14.0}),
            "two-shot",
            UNLIMITED,
            "the view two-shot does not fit: 3 take 42 ms of every 33 ms, and one more 14 ms",
        ),
        (
            replace(TWO_CORES, cores=16.0),
            replace(WATCHED, draw_ms_by_view={"presenter": 14.0, "left": 14.0, "right": 14.0}),
            "right",
            UNLIMITED,
            None,
        ),
        (
            TWO_CORES,
            replace(WATCHED, draw_ms=30.0, draw_ms_by_view={"presenter": 30.0}),
            "left",
            UNLIMITED,
            "fit",
        ),
        (replace(TWO_CORES, cores=1.0), WATCHED, "left", UNLIMITED, "one more view takes 0.4"),
    ],
)
def test_viewers_come_in_while_nobody_suffers_from_it(
    load: MachineLoad, stage: StageLoad, view: str, limits: Limits, reason: str | None
) -> None:
    if reason is None:
        assert refusal_of_viewer(load, stage, view, limits) is None
    else:
        with pytest.raises(MachineFullError, match=reason):
            admit_viewer(load, limits, stage, view)


MANY = replace(TWO_CORES, cores=16.0)


@pytest.mark.parametrize(
    ("load", "stage", "beside", "reason"),
    [
        (TWO_CORES, WATCHED, {"presenter"}, None),
        (MANY, WATCHED, {"presenter", "own-1"}, None),
        # Too new to have been measured, and taken for as dear as the presenter's.
        (MANY, WATCHED, {"presenter", "own-1", "own-2"}, "3 take 42 ms of every 33 ms, and one more 14 ms"),
        (
            MANY,
            replace(WATCHED, draw_ms_by_view={"presenter": 14.0, "own-1": 4.0, "own-2": 4.0, "left": 14.0}),
            {"presenter", "own-1", "own-2"},
            None,
        ),
        (MANY, SLOW, {"presenter"}, "one more view does not fit: 1 take 30 ms of every 33 ms"),
        (MANY, SLOW, set(), None),  # Whoever is alone is shown one view, this one or that one.
        (replace(TWO_CORES, cores=1.0), WATCHED, {"presenter"}, r"one more view takes 0\.4 processor cores"),
        (replace(TWO_CORES, lag_s=2 * LONGEST_LAG_S), WATCHED, {"presenter"}, "100 ms behind"),
    ],
)
def test_own_views_come_in_while_there_is_time_to_draw_them(
    load: MachineLoad, stage: StageLoad, beside: set[str], reason: str | None
) -> None:
    if reason is None:
        admit_own_view(load, stage, frozenset(beside))
    else:
        with pytest.raises(MachineFullError, match=reason):
            admit_own_view(load, stage, frozenset(beside))


def test_whoever_wakes_an_idle_stage_needs_cores_for_all_of_it() -> None:
    both = replace(TWO_CORES, stages=(WATCHED, IDLE))
    assert refusal_of_viewer(both, IDLE) is None
    dear = replace(IDLE, watched_cores=1.2)
    full = refusal_of_viewer(replace(both, stages=(WATCHED, dear)), dear)
    assert full is not None
    assert "one more stage takes 1.2 processor cores" in full.reason
    alone = replace(TWO_CORES, stages=(dear,), cores=1.0)
    assert refusal_of_viewer(alone, dear) is None, "a weak machine plays at least one"


def test_a_viewer_costs_what_viewers_have_been_measured_to_cost() -> None:
    few = replace(TWO_CORES, server_cores=0.5)
    assert few.viewer_cores == VIEWER_CORES, "of five viewers nothing is known yet"
    many = replace(few, stages=(replace(WATCHED, viewers=100),))
    assert many.viewer_cores == pytest.approx(0.005)
    assert many.holds(2.0 * BUDGET_SHARE - many.used_cores - 1e-9)
    assert not many.holds(2.0 * BUDGET_SHARE - many.used_cores + 1e-3)


def test_a_stage_knows_its_cost_before_anybody_watches_and_measures_it_then() -> None:
    async def play() -> None:
        order = StageOrder("test-card", data_dir="", body="", width=320, height=192, rate_hz=30)
        async with Theatre(order) as theatre:
            (stage,) = theatre.stages
            load = load_of(stage)
            assert load.cores == 0.0
            assert 0.0 < load.watched_cores < 4.0
            assert load.draw_ms > 0.0
            sink = RecordingSink()
            stage.join(sink)
            stage.want(frozenset({VideoStream()}), 3)
            await sink.until(lambda: stage.figures.cores > 0.0 and stage.figures.pulse is not None)
            await sink.until(lambda: "presenter" in load_of(stage).draw_ms_by_view)
            load = load_of(stage)
            assert load.cores == load.watched_cores == stage.figures.cores
            assert load.viewers == 3
            assert load.resident_bytes > 10_000_000
            assert theatre.measured().cores == processor_cores()

    asyncio.run(play())


def test_a_full_theatre_closes_what_is_empty_and_refuses_the_rest() -> None:
    async def play() -> None:
        order = StageOrder("test-card", data_dir="", body="", width=64, height=64, rate_hz=30)
        async with Theatre(order, limits=Limits(max_stages=2, max_viewers=1)) as theatre:
            (default,) = theatre.stages
            empty = await theatre.create("test-card")
            watched = await theatre.create("test-card")
            assert theatre.stages == (default, watched), "an empty one made room"
            assert empty.ended.is_set()
            watched.join(RecordingSink())
            with pytest.raises(MachineFullError, match=r"as may be \(2\)"):
                await theatre.create("test-card")
            watched.want(frozenset({VideoStream()}), 1)
            for stage in (default, watched):
                with pytest.raises(MachineFullError, match=r"as may \(1\)"):
                    theatre.broadcast(stage).new_peer()
            assert theatre.broadcast(default).peers == ()

    asyncio.run(play())


def test_cores_and_memory_are_those_of_the_container(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 8000 kB\nMemFree: 1000 kB\nMemAvailable: 6000 kB\n")
    all_cores = processor_cores(tmp_path)
    assert all_cores == int(all_cores) >= 1
    assert available_bytes(meminfo, tmp_path) == 6_144_000

    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert processor_cores(tmp_path) == 0.5
    assert available_bytes(meminfo, tmp_path) == 2_000_000
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert processor_cores(tmp_path) == all_cores
    assert available_bytes(meminfo, tmp_path) == 6_144_000

    old = tmp_path / "old"
    for name, text in (
        ("cpu/cpu.cfs_quota_us", "25000"),
        ("cpu/cpu.cfs_period_us", "100000"),
        ("memory/memory.limit_in_bytes", "2000"),
        ("memory/memory.usage_in_bytes", "3000"),
    ):
        (old / name).parent.mkdir(parents=True, exist_ok=True)
        (old / name).write_text(text)
    assert processor_cores(old) == 0.25
    assert available_bytes(meminfo, old) == 0
