"""The processes that read recordings: of low priority, replaced when they die, and gone when nobody asks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from avatar_server.web.library.library import QUICK_NICENESS, Library
from avatar_server.web.library.questions import Question, RefusalError
from avatar_server.web.library.reading_process import MOST_WAITING, ReadingProcess
from avatar_server.web.library.supply import Supply
from avatar_server.web.library.without_paths import without_paths

from .conftest import Api

DEMO_VAD = Question("vad", {"name": "demo"})


def process(folder: Path, *, limit_s: float = 60.0, idle_s: float = 60.0) -> ReadingProcess:
    return ReadingProcess(folder, niceness=QUICK_NICENESS, limit_s=limit_s, idle_s=idle_s)


def test_recordings_are_read_behind_everything_else(tmp_path: Path) -> None:
    async def ask() -> None:
        reading = process(tmp_path)
        answer = await reading.ask(DEMO_VAD)
        assert len(json.loads(answer.body)["people"]) == 2
        assert reading.id is not None
        assert os.getpriority(os.PRIO_PROCESS, reading.id) - os.getpriority(os.PRIO_PROCESS, 0) == min(
            QUICK_NICENESS, 19 - os.getpriority(os.PRIO_PROCESS, 0)
        )
        await reading.close()
        assert reading.id is None
        with pytest.raises(RefusalError, match="the server stops"):
            await reading.ask(DEMO_VAD)

    asyncio.run(ask())


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    async def ask() -> None:
        reading = process(tmp_path)
        first = await reading.ask(DEMO_VAD)
        killed = reading.id
        assert killed is not None
        os.kill(killed, signal.SIGSTOP)
        asking = asyncio.create_task(reading.ask(DEMO_VAD))
        await asyncio.sleep(0)
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(RefusalError) as refused:
            await asking
        assert refused.value.status == 503
        assert (await reading.ask(DEMO_VAD)).body == first.body
        assert reading.id not in (None, killed)
        await reading.close()

    asyncio.run(ask())


def test_nobody_waits_for_ever_and_not_too_many_do(tmp_path: Path) -> None:
    async def ask() -> None:
        reading = process(tmp_path, limit_s=0.05)
        asking = [asyncio.create_task(reading.ask(DEMO_VAD)) for _ in range(MOST_WAITING + 3)]
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        said = [str(outcome) for outcome in outcomes]
        assert said[0] == "this takes longer than 0.05 s"
        assert said[-3:] == [f"{MOST_WAITING} questions are waiting already"] * 3
        await reading.close()

    asyncio.run(ask())


def test_a_process_that_nobody_asks_ends(tmp_path: Path) -> None:
    async def ask() -> None:
        reading = process(tmp_path, idle_s=0.0)
        await reading.ask(DEMO_VAD)
        while reading.id is not None:  # noqa: ASYNC110  Nothing tells of it.
            await asyncio.sleep(0.01)
        await reading.ask(DEMO_VAD)
        await reading.close()

    asyncio.run(ask())


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "avatar_server.web.library.process", str(tmp_path), "0"]
    reading = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, complaints = reading.communicate(timeout=30)
    assert (reading.returncode, complaints) == (0, b"")


def test_a_report_is_made_once_for_all_who_ask(api: Api) -> None:
    async def ask() -> None:
        async with Library(Supply(api.data_dir, "local")) as library:
            answers = await asyncio.gather(
                *(library.interaction(api.key, with_report=True, may_gzip=False) for _ in range(4))
            )
            assert len({answer.etag for answer in answers}) == 1
            assert json.loads(answers[0].body)["report"]["verdict"]
            # Who made it is gone, and it is still there.
            assert library.slow.id is not None
            os.kill(library.slow.id, signal.SIGSTOP)
            again = await library.interaction(api.key, with_report=True, may_gzip=False)
            assert again == answers[0]

    asyncio.run(ask())


def test_a_folder_without_recordings_has_no_catalogue(tmp_path: Path) -> None:
    async def ask() -> None:
        async with Library(Supply(tmp_path, "local")) as library:
            with pytest.raises(RefusalError) as refused:
                await library.answer("list", may_gzip=False, wanted={})
        assert refused.value.status == 503
        assert refused.value.detail == (
            "there is no catalogue: there is no filelist.csv and no recording in the data folder"
        )

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("/data/a b/x.npz: expected 1", "x.npz: expected 1"),
        ("no room to decode /data/a b/c/x.wav in /tmp: full", "no room to decode x.wav in tmp: full"),
        ("'/home/me/x.json' is odd", "'x.json' is odd"),
        ("no recording in /data/a b", "no recording in the data folder"),
        (
            "https://host/a/b is busy and/or gone, 30000/1001 Hz",
            "https://host/a/b is busy and/or gone, 30000/1001 Hz",
        ),
    ],
)
def test_sentences_lose_their_paths(sentence: str, left: str) -> None:
    assert without_paths(sentence, [Path("/data/a b")]) == left
