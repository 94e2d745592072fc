"""Fetches over HTTP: what is refused, how far one is, and how many there may be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from avatar_server.dataset.modalities import PLAYABLE
from avatar_server.errors import MachineFullError
from avatar_server.web.fetches.job import FetchOrder
from avatar_server.web.fetches.queue import (
    MOST_QUEUED,
    MOST_REMEMBERED,
    MOST_RUNNING,
    REMEMBERED_S,
    FetchQueue,
)
from avatar_server.web.library.supply import Supply


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("nonsense", "Invalid JSON"),
        ("{}", "interactions: Field required"),
        ('{"interactions": []}', "at least 1 item"),
        ('{"interactions": ["../../etc"]}', "expected an interaction key like V00_S0809_I00000582"),
        ('{"interactions": ["--jobs"]}', "expected an interaction key"),
        ('{"interactions": ["V00_S0809_I00000582_P0947"]}', "expected an interaction key"),
        ('{"interactions": [7]}', "valid string"),
        ('{"interactions": ["V00_S0809_I00000582"], "with": ["smell"]}', "with.0: Input should be 'sound'"),
        ('{"interactions": ["V00_S0809_I00000582"], "source": "file:///etc"}', "Extra inputs"),
    ],
)
def test_what_cannot_be_fetched_is_refused(operator: httpx.Client, body: str, said: str) -> None:
    headers = {"Content-Type": "application/json"}
    refused = operator.post("/api/fetches", content=body, headers=headers)
    assert refused.status_code == 422
    assert said in refused.json()["detail"]
    assert operator.post("/api/fetches", content=body).status_code == 415


def test_too_much_and_nothing(operator: httpx.Client) -> None:
    many = {"interactions": [f"V00_S0001_I{number:08d}" for number in range(101)]}
    assert operator.post("/api/fetches", json=many).status_code == 422
    assert operator.post("/api/fetches", json={"interactions": ["x" * 9000]}).status_code == 413
    for path in ("/api/fetches/0123456789abcdef", "/api/fetches/..%2f..%2fetc", f"/api/fetches/{'x' * 41}"):
        assert operator.get(path).status_code in (404, 422)
        assert operator.delete(path).status_code in (404, 422)
    assert operator.get("/api/fetches?state=done").status_code == 422


def order(number: int = 1) -> FetchOrder:
    return FetchOrder((f"V00_S0001_I{number:08d}",), tuple(sorted(PLAYABLE)))


def test_a_few_run_some_wait_and_no_more(tmp_path: Path) -> None:
    async def ask() -> None:
        async with FetchQueue(Supply(tmp_path, "local")) as queue:
            jobs = [queue.submit(order(number)) for number in range(MOST_QUEUED)]
            assert queue.submit(order(3)) is jobs[3], "the same fetch asked for twice is one"
            with pytest.raises(MachineFullError, match=f"{MOST_QUEUED} fetches are waiting already"):
                queue.submit(order(99))
            await asyncio.sleep(0)
            assert [job.state for job in jobs] == [
                *["running"] * MOST_RUNNING,
                *["queued"] * (MOST_QUEUED - MOST_RUNNING),
            ]
            await queue.cancel(jobs[5])
            assert jobs[5].state == "cancelled"
            assert queue.submit(order(5)) is not jobs[5]
            assert queue.jobs[0].order == order(5), "the newest first"
        assert {job.state for job in jobs} == {"cancelled"}

    asyncio.run(ask())


def test_what_is_over_is_forgotten_after_a_while(tmp_path: Path) -> None:
    now_s = 0.0

    async def ask() -> None:
        nonlocal now_s
        async with FetchQueue(Supply(tmp_path, "local"), clock=lambda: now_s) as queue:
            jobs = []
            for number in range(MOST_REMEMBERED + 3):
                jobs.append(queue.submit(order(number)))
                await queue.cancel(jobs[-1])
            assert queue.find(jobs[2].id) is None
            assert queue.find(jobs[3].id) is jobs[3]
            assert len(queue.jobs) == MOST_REMEMBERED
            now_s = REMEMBERED_S + 1
            assert queue.jobs == ()

    asyncio.run(ask())
