"""A real cluster of several nodes on this machine: who is lost is replaced, and films are the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ray.cluster_utils import Cluster

from tests.batch.conftest import command, refuse_unless_whole, render_all

pytestmark = [pytest.mark.opengl, pytest.mark.timeout(300)]

Spans = Callable[..., Path]

FILMS = ((0, 8, "a"), (0.5, 8, "b"), (1, 8, "c"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that works on nothing, and a node with a core; tests add others."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    small = {"object_store_memory": 80 << 20, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **small})
    made.add_node(num_cpus=1, object_store_memory=80 << 20)
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def local(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The films as a process of this machine makes them."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "spans.csv").write_text(
        "key,start,end,name\n" + "".join(f"V00_S0809_I00000582,{a},{b},{c}\n" for a, b, c in FILMS)
    )
    render_all("--spans", folder / "spans.csv", "--data", data_dir, "-o", folder / "out")
    return {name: (folder / "out" / f"{name}.mp4").read_bytes() for _, _, name in FILMS}


def logged(folder: Path) -> list[dict[str, Any]]:
    log = folder / "segments.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def wait_for_segments(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    while len(logged(folder)) < count:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


def test_a_lost_worker_and_a_lost_node_change_nothing(
    cluster: Any, local: dict[str, bytes], data_dir: Path, spans: Spans, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    leaving = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    arguments = ("--spans", spans(*FILMS), "--data", data_dir, "-o", out, "--ray", cluster.address)
    process = subprocess.Popen(
        [*command(*arguments, "--jobs", "2"), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_segments(out, 1, process)
    os.kill(logged(out)[0]["process"], signal.SIGKILL)
    wait_for_segments(out, 3, process)
    cluster.remove_node(leaving, allow_graceful=False)
    told, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    records = [json.loads(line) for line in told.splitlines()]
    assert sum(one["type"] == "worker_lost" for one in records) >= 2
    refuse_unless_whole(out, set(local))
    assert {name: (out / f"{name}.mp4").read_bytes() for name in local} == local
    again, _ = render_all(*arguments, "--resume")
    assert again[-1]["were_there"] == len(FILMS)


def test_films_go_to_any_url(
    cluster: Any, local: dict[str, bytes], data_dir: Path, spans: Spans, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/remote"
    file = spans(FILMS[0])
    arguments = ("--spans", file, "--data", data_dir, "-o", url, "--ray", cluster.address, "--jobs", "1")
    records, _ = render_all(*arguments)
    assert records[-1]["written"] == 1
    assert (tmp_path / "remote" / "a.mp4").read_bytes() == local["a"]
    assert sorted(path.name for path in (tmp_path / "remote").iterdir()) == [
        "a.json",
        "a.mp4",
        "manifest.json",
    ]
    again, _ = render_all(*arguments, "--resume")
    assert again[-1]["were_there"] == 1


def test_a_cluster_without_a_gpu_is_told_apart(cluster: Any, tmp_path: Path) -> None:
    arguments = ("demo", "-o", tmp_path / "out", "--ray", cluster.address, "--gpus-each", "1")
    _, said = render_all(*arguments, status=1)
    assert f"--gpus-each 1: the Ray cluster at {cluster.address} has no GPU" in said


def test_a_cluster_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    _, said = render_all("demo", "-o", tmp_path / "out", "--ray", "127.0.0.1:1", status=1)
    assert "no Ray cluster can be used at 127.0.0.1:1" in said
    assert len(said.splitlines()) == 1
