"""Counts, verdicts, and what a fetch would come to, over HTTP and in the processes behind it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from avatar_server.testing.synthetic_interaction import synthesize
from avatar_server.web.library.answer import Answer
from avatar_server.web.library.desk import Desk
from avatar_server.web.library.examining import Examining
from avatar_server.web.library.library import Library
from avatar_server.web.library.questions import Question
from avatar_server.web.library.shapes import FetchEstimate, OverviewAnswer
from avatar_server.web.library.supply import Supply

from .conftest import FILELIST, PROMPTS, RELATIONSHIPS, Api

FLAGS = ("has_movement", "has_annotations")
HERE, LONE, AWAY = "V00_S0809_I00000582", "V00_S0810_I00000583", "V03_S0001_I00000582"


def overview(operator: httpx.Client, **query: str) -> dict[str, Any]:
    answer = operator.get("/api/interactions/overview", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    adapter = TypeAdapter(OverviewAnswer)
    assert adapter.dump_python(adapter.validate_python(told), mode="json") == told
    return told


def keys(operator: httpx.Client, **query: str) -> list[str]:
    answer = operator.get("/api/interactions", params=query)
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json()["interactions"]]


def test_all_is_counted(api: Api, operator: httpx.Client) -> None:
    told = overview(operator)
    assert (told["interactions"], told["participants"], told["sessions"], told["on_disk"]) == (3, 5, 3, 1)
    by = told["by"]
    assert list(by) == ["label", "split", "vendor", "relationship", "type", *FLAGS, "verdict"]
    assert by["label"] == {"naturalistic": 2, "improvised": 1}
    assert by["split"] == {"dev": 1, "test": 1, "train": 1}
    assert by["vendor"] == {"V00": 2, "V03": 1}
    assert by["type"] == {"improv": 2, "unknown": 1}
    assert by["has_movement"] == {"false": 2, "true": 1}
    assert by["has_annotations"] == {"false": 2, "true": 1}
    assert sum(by["verdict"].values()) == 3


def test_what_is_filtered_is_counted(operator: httpx.Client) -> None:
    assert overview(operator, text="map", vendor="V03")["by"]["label"] == {"naturalistic": 1}
    nothing = overview(operator, text="elephant")
    assert (nothing["interactions"], nothing["participants"], nothing["by"]["label"]) == (0, 0, {})
    assert nothing["length_s"] is None
    refused = operator.get("/api/interactions/overview?limit=3")
    assert refused.status_code == 422


def test_what_is_here_is_found(operator: httpx.Client) -> None:
    assert keys(operator, is_here="true") == [HERE]
    assert keys(operator, is_here="false") == [LONE, AWAY]
    assert [one["is_here"] for one in operator.get("/api/interactions").json()["interactions"]] == [
        True,
        False,
        False,
    ]


def test_a_verdict_that_was_made_is_known_in_lists(api: Api, operator: httpx.Client) -> None:
    report = operator.get(f"/api/interactions/{api.key}").json()
    verdict = report["report"]["verdict"]
    assert report["verdict"] == verdict
    listed = operator.get("/api/interactions").json()["interactions"]
    assert [one["verdict"] for one in listed] == [verdict, None, None]
    assert keys(operator, verdict=verdict) == [HERE]
    assert keys(operator, verdict="unknown") == [LONE, AWAY]
    assert keys(operator, verdict="good" if verdict != "good" else "broken") == []
    told = overview(operator)
    assert told["by"]["verdict"] == {verdict: 1, "unknown": 2}
    assert told["length_s"] == {"edges": [0.0, 5.0, 10.0], "counts": [0, 1]}
    refused = operator.get("/api/interactions?verdict=fine")
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "verdict: expected one of good, usable, broken, unknown, got 'fine'",
    )


def test_a_dry_run_tells_and_fetches_nothing(api: Api, operator: httpx.Client) -> None:
    def told(key: str, **more: Any) -> dict[str, Any]:
        answer = operator.post("/api/fetches", json={"interactions": [key], "dry_run": True, **more})
        assert answer.status_code == 200, answer.text
        TypeAdapter(FetchEstimate).validate_python(answer.json())
        found: dict[str, Any] = answer.json()
        return found

    before = operator.get("/api/fetches").json()
    away = told(AWAY)
    assert (away["files"], away["recordings"], away["recordings_here"], away["bytes_here"]) == (18, 2, 0, 0)
    # 220 s of two people at 200 kB a second, by the data set's means.
    assert away["bytes"] == pytest.approx(2 * 220 * 211_000, rel=0.05)
    assert told(AWAY, **{"with": ["video"]})["bytes"] > 3 * away["bytes"]
    assert told(AWAY, dry_run=True) == away
    assert operator.get("/api/fetches").json() == before
    nobody = operator.post("/api/fetches", json={"interactions": ["V00_S0001_I00000001"], "dry_run": True})
    assert nobody.status_code == 404


def test_what_is_on_the_disk_tells_how_long_the_rest_is(tmp_path: Path) -> None:
    made = synthesize(tmp_path / "made", seconds=2)
    folder = tmp_path / "improvised" / "dev" / "0000" / "0003"
    folder.mkdir(parents=True)
    wav = made.recordings[0].wav
    (folder / wav.name).write_bytes(wav.read_bytes())
    (tmp_path / "filelist.csv").write_text(FILELIST)

    order = {"names": [str(made.key)], "modalities": ["sound", "motion", "words"]}
    answer = Desk(tmp_path).outcome(Question("estimate", order))
    assert isinstance(answer, Answer)
    told = json.loads(answer.body)
    assert told["bytes_here"] == wav.stat().st_size
    assert (told["files"], told["recordings_here"]) == (17, 0)
    # One sound, and two motions with words, of two seconds.
    assert told["bytes"] == pytest.approx(2 * 192_000 + 2 * 2 * 19_300, rel=0.05)


def test_while_nobody_needs_the_machine_the_doctor_sees_what_is_here(tmp_path: Path) -> None:
    synthesize(tmp_path, seconds=2)
    for name, text in (("filelist", FILELIST), ("interactions", PROMPTS), ("relationships", RELATIONSHIPS)):
        (tmp_path / f"{name}.csv").write_text(text)
    needed = [True]

    async def verdicts(library: Library) -> list[str | None]:
        listed = json.loads((await library.answer("list", may_gzip=False, wanted={})).body)
        return [one["verdict"] for one in listed["interactions"]]

    async def watch() -> None:
        examining = Examining(tmp_path, lambda: needed[0], at_rest_s=0.05)
        async with Library(Supply(tmp_path, "local")) as library:
            examining.begin()
            assert await verdicts(library) == [None, None, None]
            needed[0] = False
            async with asyncio.timeout(60):
                while await verdicts(library) == [None, None, None]:  # noqa: ASYNC110  Nothing tells of it.
                    await asyncio.sleep(0.05)
            assert await verdicts(library) == ["good", None, None]
            await examining.close()
            await examining.close()

    asyncio.run(watch())
