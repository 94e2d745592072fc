"""Two small interactions, and `render-all` as people call it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_server.testing.synthetic_interaction import synthesize

TINY = ("--size", "64x36", "--fps", "5", "--segment", "2")
"""A segment is ten pictures."""

ONE_WORKER = ("--jobs", "1")
"""Unless a test says otherwise: each takes seconds to begin."""

KEY = "V00_S0809_I00000582"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch-data")
    assert str(synthesize(folder, seconds=8.0).key) == KEY
    return folder


@pytest.fixture
def spans(tmp_path: Path) -> Callable[..., Path]:
    """Writes a list of spans of the interaction; each is (start, end, name)."""

    def write(*spans: tuple[float, float, str]) -> Path:
        file = tmp_path / "spans.csv"
        lines = [f"{KEY},{start},{end},{name}\n" for start, end, name in spans]
        file.write_text("key,start,end,name\n" + "".join(lines))
        return file

    return write


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "avatar_server", "render-all", *ONE_WORKER, *map(str, arguments), *TINY]


def render_all(*arguments: object, status: int = 0) -> tuple[list[dict[str, Any]], str]:
    """The records it told of, and what it complained of."""
    ran = subprocess.run(
        [*command(*arguments), "--json"], capture_output=True, text=True, check=False, timeout=100
    )
    assert ran.returncode == status, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def refuse_unless_whole(folder: Path, names: set[str]) -> None:
    """Every film is there and what its sidecar says, no segment was made twice, and nothing else is there."""
    found = {path.name for path in folder.iterdir()}
    assert found == {"manifest.json", "segments.jsonl"} | {
        f"{name}.{ending}" for name in names for ending in ("mp4", "json")
    }
    logged = [json.loads(line) for line in (folder / "segments.jsonl").read_text().splitlines()]
    made = Counter((one["name"], one["first"]) for one in logged)
    assert set(made.values()) == {1}, "no segment that was finished is made again"
    for name in names:
        sidecar = json.loads((folder / f"{name}.json").read_text())
        for file in sidecar["files"]:
            content = (folder / file["name"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        assert [(name, one["first"]) for one in sidecar["segments"]] == [
            one for one in sorted(made) if one[0] == name
        ]
