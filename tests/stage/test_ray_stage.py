"""A stage on a Ray cluster plays as one of this machine does, and goes on when its machine is lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ray.cluster_utils import Cluster

from avatar_server.control.events import InteractionShown
from avatar_server.encode.live_packet import VideoStream
from avatar_server.errors import MachineError
from avatar_server.sinks.recording import RecordingSink, decode_video
from avatar_server.stage import stage_process
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.ray_process import to_server, to_stage
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import time_code_s
from avatar_server.stage.wire import (
    HEADER,
    Perform,
    PictureCost,
    Prepared,
    Ready,
    Resumption,
    from_stage_frame,
    parse_from_stage,
    parse_to_stage,
    text_frame,
    to_stage_frame,
)

CARD = StageOrder("test-card", data_dir="", body="", width=320, height=192, rate_hz=30)

INTERACTION = InteractionShown("key", "", "", 1.0, (), ())

SMALL = {"object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL})
    yield made
    made.shutdown()


def on(cluster: Any, monkeypatch: pytest.MonkeyPatch, gpus: str = "0") -> None:
    monkeypatch.setattr(stage_process, "PROGRAM", stage_process.ON_RAY)
    monkeypatch.setattr(stage_process, "ARGUMENTS", (cluster.address, "1", gpus))


def split(frame: bytes) -> tuple[bytes, bytes]:
    return frame[: HEADER.size], frame[HEADER.size :]


def test_times_are_told_on_the_clock_of_whoever_hears_them() -> None:
    shown = '{"type":"status"}'
    ready = Ready(INTERACTION, ("two-shot",), (), (320, 192), 30, "x", 1100.0, PictureCost(9.0, 2.0, 11.0))
    heard = parse_from_stage(*split(to_server(*split(from_stage_frame(ready)), 1000.0, lambda: (5, 0.5))))
    assert isinstance(heard, Ready)
    assert (heard.epoch_s, heard.cost) == (100.0, PictureCost(9.0, 2.0, 0.0))
    order = Perform(CARD, Resumption(100.0, None, 3.0, 4.0))
    told = parse_to_stage(*split(to_stage(*split(to_stage_frame(order)), 1000.0)))
    assert told == Perform(CARD, Resumption(1100.0, None, 3.0, 4.0))
    first = to_stage_frame(Perform(CARD, None))
    assert to_stage(*split(first), 1000.0) == first
    other = text_frame(shown)
    assert to_server(*split(other), 1000.0, lambda: (5, 0.5)) == other


def test_memory_is_that_of_this_machine() -> None:
    frame = to_server(*split(from_stage_frame(Prepared(10**9))), 0.0, lambda: (5, 0.5))
    assert parse_from_stage(*split(frame)) == Prepared(5)


def test_a_stage_goes_on_when_its_machine_is_lost(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on(cluster, monkeypatch)
    lost = cluster.add_node(num_cpus=1, **SMALL)

    async def play() -> None:
        sink = RecordingSink()
        stage = await Stage.open(CARD)
        try:
            stage.join(sink)
            stage.want(frozenset({VideoStream()}), 1)
            await sink.until(lambda: len(sink.video) > 20, 60)
            epoch_s = stage.epoch_s
            cluster.add_node(num_cpus=1, **SMALL)
            cluster.remove_node(lost, allow_graceful=False)
            await sink.until(lambda: sink.resumptions == 1, 60)
            goes_on = len(sink.video)
            await sink.until(lambda: len(sink.video) > goes_on + 15, 60)
            assert stage.epoch_s == epoch_s
            shown_s = [time_code_s(luma) for _, luma in decode_video(sink.video[goes_on:])]
            assert shown_s == sorted(shown_s)
            assert shown_s[0] > 0.5, "it went on where it was"
        finally:
            await stage.close()

    asyncio.run(play())


def test_a_server_has_its_stages_there(
    cluster: Any, tmp_path: Path, start_server: Callable[..., AbstractContextManager[Any]]
) -> None:
    """It says nothing of it on standard error, and leaves nothing behind: `start_server` looks."""
    cluster.add_node(num_cpus=2, **SMALL)
    with start_server("test-card", tmp_path, options=("--ray", cluster.address)) as server:
        shown = httpx.get(f"{server.url}/api/stages").json()
        assert [stage["interaction"] for stage in shown] == ["test-card"]
        commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in server.stages()]
        assert commands
        assert all(stage_process.ON_RAY in command for command in commands)


def test_a_cluster_that_lacks_something_says_what(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    on(cluster, monkeypatch, gpus="1")
    with pytest.raises(MachineError, match="has no GPU"):
        asyncio.run(Stage.open(CARD))
