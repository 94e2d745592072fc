"""Streaming is measured as it says; how fast it is, is not tested."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from avatar_server.bench.measured_server import ServerOrder
from avatar_server.bench.receivers import Order
from avatar_server.bench.soak import soak
from avatar_server.bench.soak_report import Sample, SoakReport
from avatar_server.bench.viewers import measure_viewers, measured_server, receiving
from avatar_server.bench.viewers_report import Spread, ViewersReport, WayFigures
from avatar_server.cli import main
from avatar_server.testing.signalling import WebSocketSession

FIGURES = WayFigures(
    way="encoding",
    viewers=10,
    seconds=20.0,
    server_cores=0.3,
    stage_cores=0.0,
    receiver_cores=0.1,
    pictures_per_second=Spread.of([30.0] * 10),
    blocks_per_second=Spread.of([50.0] * 10),
    decoded_per_second=(30.0, 50.0),
    sound_gaps=0,
    sound_late_ms=3.0,
    lost_packets=0,
    repaired_packets=0,
    key_requests=0,
    lag_ms=Spread.of([1.0, 2.0]),
    skew_ms=Spread.of([35.0]),
    join_ms=Spread.of([100.0, 120.0]),
)


def test_spreads_by_hand() -> None:
    assert Spread.of([float(value) for value in range(100, 0, -1)]) == Spread(1.0, 50.5, 96.0, 100.0, 100.0)
    assert Spread.of([]).most == 0.0


def test_cores_count_for_each_picture_that_arrives() -> None:
    relay = dataclasses.replace(
        FIGURES, way="relay", server_cores=1.5, pictures_per_second=Spread.of([15.0] * 10)
    )
    report = ViewersReport((FIGURES, relay))
    # 0.3 cores for 300 pictures a second, and 1.5 for 150.
    assert report.times_fewer_cores == pytest.approx(10.0)
    assert "10.0 times fewer cores" in report.as_text()
    assert json.loads(json.dumps(report.as_json()))["ways"][0]["cores_per_picture"] == pytest.approx(0.001)
    assert ViewersReport((FIGURES,)).times_fewer_cores is None


def test_a_soak_that_grows_or_drifts_is_complained_of() -> None:
    steady = Sample(0.0, 100.0, 300.0, 20, 10, 30, 35.0, 30.0)
    even = [dataclasses.replace(steady, time_s=10.0 * index) for index in range(21)]
    assert SoakReport(tuple(even), {}).complaints() == []
    growing = [
        dataclasses.replace(
            sample, server_mib=100 + index / 4, server_descriptors=20 + index, skew_ms=35.0 + index
        )
        for index, sample in enumerate(even)
    ]
    # Warm are samples 4 to 20; the quarters are 4..7 and 17..20.
    memory, descriptors, skew = SoakReport(tuple(growing), {}).complaints()
    assert memory == "the memory of the server grew by 3.2%, from 101.4 to 104.6 MiB"
    assert descriptors == "descriptors, server grew from 25.5 to 38.5"
    assert skew == "the skew drifted from 40.5 to 53.5 ms"
    # Caches that fill in the beginning are no growth.
    warming = [dataclasses.replace(even[0], stage_mib=200.0), *even[1:]]
    assert SoakReport(tuple(warming), {}).complaints() == []


@pytest.mark.timeout(240)
def test_both_ways_are_measured_with_real_receivers() -> None:
    report = measure_viewers(3, 1.0, against_relay=True, interaction="test-card", newcomers=2)
    assert [way.way for way in report.ways] == ["encoding", "relay"]
    for way in report.ways:
        assert way.viewers == 3
        assert 0 < way.pictures_per_second.least <= way.pictures_per_second.most < 40
        assert way.blocks_per_second.most < 60
        assert min(way.decoded_per_second) > 0
        assert min(way.server_cores, way.receiver_cores, way.join_ms.least, way.lag_ms.most) > 0
        assert way.lost_packets == 0
    assert report.times_fewer_cores is not None
    text = report.as_text()
    assert "3 viewers" in text
    assert "times fewer cores" in text


@pytest.mark.timeout(240)
def test_recorded_packets_cost_no_stage() -> None:
    (way,) = measure_viewers(2, 1.0, recorded=True, interaction="test-card", newcomers=1, settle_s=0.5).ways
    assert way.stage_cores == 0
    assert way.sound_gaps == 0
    assert way.skew_ms is not None
    assert min(way.decoded_per_second) > 0


@pytest.mark.timeout(120)
def test_who_is_slow_to_join_finds_a_stage_that_plays(tmp_path: Path) -> None:
    """At the end of the interaction pictures would stand still, and be counted for drawn ones."""

    async def hear_status(url: str) -> dict[str, Any]:
        session = await WebSocketSession.open(url)
        try:
            return await session.hear("status")
        finally:
            await session.end()

    order = ServerOrder("test-card", "live", str(tmp_path / "lag"))
    with measured_server(order) as (url, _), receiving(Order(url, 2)) as receivers:
        assert receivers.answer() == {"joined": 2}
        assert asyncio.run(hear_status(url))["loop"] is True


def test_a_short_soak() -> None:
    report = soak(0.01, interaction="test-card", commotion_s=1.0, settle_s=1.0)
    assert len(report.samples) == 3
    assert sum(report.done.values()) >= 6
    for sample in report.samples:
        assert min(sample.server_mib, sample.stage_mib) > 10
        assert min(sample.server_descriptors, sample.stage_descriptors, sample.tasks) > 0
        assert sample.pictures_per_second > 0
    assert "memory of the server" in report.as_text()
    json.dumps(report.as_json())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["viewers", "--viewers", "0"], "--viewers: expected a whole number from 1"),
        (["viewers", "--seconds", "0"], "--seconds: expected seconds from 1"),
        (["viewers", "--against", "janus"], "--against: expected one of relay"),
        (["viewers", "--recorded", "--against", "relay"], "not allowed"),
        (["soak", "--minutes", "nan"], "--minutes: expected more than 0"),
    ],
)
def test_nonsense_is_refused(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 2
    assert complaint in capsys.readouterr().err
