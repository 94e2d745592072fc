"""A bucket that is a server of this machine, and commands that fetch from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_server.cli import main
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.bucket_layout import places, write_bucket
from avatar_server.testing.bucket_server import BucketServer
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize
from tests.dataset.fetching.folder_store import motion


class Caller:
    """Calls the command for one data folder and one bucket."""

    def __init__(self, folder: Path, server: BucketServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        self.server = server
        self.capsys = capsys

    def __call__(self, command: str, *arguments: str, status: int = 0, source: str = "") -> tuple[str, str]:
        """What it printed, and what it complained of."""
        where = ("--data", str(self.data_dir), "--source", source or self.server.url)
        address = ("--filelist-url", f"{self.server.url}/filelist.csv")
        assert main([command, *arguments, *where, *address]) == status, self.capsys.readouterr().err
        printed = self.capsys.readouterr()
        return printed.out, printed.err

    def asked(self) -> list[str]:
        """Paths of the requests since this was called last."""
        paths = [one.path for one in self.server.asked]
        self.server.asked.clear()
        return paths

    def official(self) -> dict[str, Path]:
        """Whole files by their names below the data folder."""
        return {
            path.relative_to(self.data_dir).as_posix(): path
            for path in self.data_dir.rglob("V*")
            if ".avatar-server" not in path.parts
        }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("made"), seconds=2.0)


@pytest.fixture(scope="module")
def bucket(made: SyntheticInteraction, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interaction, and twelve small ones of session 1, of which every third one is lone."""
    folder = tmp_path_factory.mktemp("bucket")
    write_bucket(made, folder)
    pieces = {**motion(), "wav": b"RIFF" + bytes(5000), "metadata:vad": b'{"start": 0.5, "end": 1.0}\n'}
    place = places(made)[0]
    rows = []
    for number in range(12):
        for person in range(1 if number % 3 == 2 else 2):
            name = f"V00_S0001_I{number:08d}_P{person:04d}"
            rows.append(f"{name},improvised,dev,7,{number % 2},1,0,0\n")
            for piece, data in pieces.items():
                path = folder / bucket_path(place, piece).replace(str(place.id), name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    with (folder / "filelist.csv").open("a") as file:
        file.writelines(rows)
    return folder


@pytest.fixture
def call(bucket: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Caller]:
    with BucketServer(bucket) as server:
        yield Caller(tmp_path, server, capsys)
