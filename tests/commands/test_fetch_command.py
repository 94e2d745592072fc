"""`avatar-server fetch`, and what other commands fetch, from a bucket that is a server of this machine."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.cli import main
from avatar_server.dataset.fetching.fetch_records import Finished, Planned, parse_record
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.testing.bucket_layout import places, write_bucket
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize
from tests.dataset.fetching.folder_store import motion

KEY = "V00_S0809_I00000582"
LEFT, RIGHT = f"{KEY}_P0947", f"{KEY}_P1275A"


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


def test_a_fetched_pair_is_what_the_official_reader_expects(made: SyntheticInteraction, call: Caller) -> None:
    """Names `{label}/{split}/{batch:04d}/{archive:04d}/{id}`, arrays under `group:feature`, lists by name."""
    out, err = call("fetch", KEY, "--with", "movement,boxes")
    assert out.startswith("fetched 2 recordings, ")
    assert "0 here before, 0 absent, 0 failed" in out
    assert "fetching the list of recordings from" in err
    assert {*call.official()} == {
        f"improvised/dev/{folder}.{suffix}"
        for folder in (f"0000/0003/{LEFT}", f"0000/0011/{RIGHT}")
        for suffix in ("wav", "npz", "json")
    }
    for recording in made.recordings:
        name = recording.npz.relative_to(made.data_dir).with_suffix("").as_posix()
        fetched = {suffix: call.official()[f"{name}.{suffix}"] for suffix in ("wav", "npz", "json")}
        assert fetched["wav"].read_bytes() == recording.wav.read_bytes()
        assert json.loads(fetched["json"].read_text()) == json.loads(recording.json.read_text())
        with np.load(fetched["npz"], allow_pickle=False) as ours, np.load(recording.npz) as theirs:
            assert set(ours) == set(theirs)
            assert all(ours[key].dtype == theirs[key].dtype for key in ours)
            assert all((ours[key] == theirs[key]).all() for key in ours)
    played = find_interaction(call.data_dir, KEY)
    assert [str(files.id) for files in played.recordings] == [LEFT, RIGHT]
    assert played.notices == ()
    assert read_arrays(played.recordings[0].npz).frame_count == 60

    call.asked()
    assert "fetched 0 recordings, 0 B" in call("fetch", KEY, "--with", "movement,boxes")[0]
    assert call.asked() == []


def test_nine_small_files_are_all_that_a_player_costs(call: Caller) -> None:
    call("fetch", RIGHT)
    asked = call.asked()
    assert sum(LEFT in path for path in asked) == 9
    assert sum(RIGHT in path for path in asked) == 9
    assert len(asked) == 18 + 4


def test_trees_of_the_official_tools_count_as_present(made: SyntheticInteraction, call: Caller) -> None:
    """From the bucket they come as plain NPZ and indented JSON, from Hugging Face deflated."""
    call("fetch", "--refresh-catalogue")
    for recording, packed in zip(made.recordings, (True, False), strict=True):
        stem = call.data_dir / recording.npz.relative_to(made.data_dir).with_suffix("")
        stem.parent.mkdir(parents=True)
        with np.load(recording.npz) as arrays:
            plain = {key: arrays[key].astype(np.float32) for key in SMPLH}
            content = io.BytesIO()
            (np.savez_compressed if packed else np.savez)(content, **plain)
            stem.with_suffix(".npz").write_bytes(content.getvalue())
        document = json.loads(recording.json.read_text())
        stem.with_suffix(".json").write_text(json.dumps(document, indent=None if packed else 4))
        stem.with_suffix(".wav").write_bytes(recording.wav.read_bytes())
    before = {name: path.stat().st_mtime_ns for name, path in call.official().items()}
    call.asked()
    assert "fetched 0 recordings, 0 B" in call("fetch", KEY)[0]
    out, err = call("inspect", KEY)
    assert "usable" in out or "good" in out
    assert err == ""
    assert call.asked() == []
    assert {name: path.stat().st_mtime_ns for name, path in call.official().items()} == before


def test_what_is_to_be_inspected_is_fetched_first(call: Caller) -> None:
    out, err = call("inspect", KEY, "--json")
    assert len(json.loads(out)["participants"]) == 2
    assert f"fetching {KEY} from {call.server.url} into {call.data_dir}" in err
    asked = call.asked()
    assert len(asked) == 18 + 4
    out, err = call("inspect", KEY, "--json")
    assert (call.asked(), err) == ([], "")
    # The list is known: a partner who is not here is one who is missing.
    for path in call.official().values():
        if RIGHT in path.name:
            path.unlink()
    out, _ = call("inspect", KEY, "--json")
    assert len(json.loads(out)["participants"]) == 2
    assert all(RIGHT in path for path in call.asked())


def test_what_is_nowhere_is_told_in_one_line(call: Caller) -> None:
    _, err = call("fetch", "--refresh-catalogue")
    call.asked()
    _, err = call("inspect", "V00_S0009_I00000001", status=2)
    (line,) = err.splitlines()
    assert f"V00_S0009_I00000001 is not in {call.data_dir}, and no interaction V00_S0009_I00000001" in line
    assert call.asked() == []
    for path in (LEFT, RIGHT):
        for piece in ("global_orient", "body_pose"):
            call.server.fail(f"improvised/dev/smplh/{piece}/{path}.npy", Fault(status=403, times=-1))
    _, err = call("inspect", KEY, status=2)
    assert (
        f"{KEY} is not in {call.data_dir}, and {call.server.url}: 2 of 2 recordings" in err.splitlines()[-1]
    )
    assert call.official() == {}
    call("fetch", KEY, status=2)
    assert call.official() == {}


def test_who_is_denied_is_told_and_nothing_is_kept(call: Caller) -> None:
    call.server.fail("filelist.csv", Fault(status=401, times=-1))
    _, err = call("inspect", KEY, status=1)
    assert f"{KEY} is not in {call.data_dir}: " in err.splitlines()[-1]
    assert "filelist.csv: not for us" in err.splitlines()[-1]
    _, err = call("list", "--vendor", "V00", status=1)
    assert "filelist.csv: not for us" in err.splitlines()[-1]


@pytest.mark.parametrize("command", ["inspect", "list", "fetch"])
def test_local_never_asks_anybody(command: str, call: Caller) -> None:
    arguments = () if command == "list" else (KEY,)
    _, err = call(command, *arguments, status=2, source="local")
    assert len(err.splitlines()) == 1
    assert call.asked() == []


def test_a_list_of_all_is_fetched_for_an_empty_folder(call: Caller) -> None:
    out, _ = call("list", "--session", "1")
    assert out.endswith("1 to 12 of 12 interactions\n")
    call.asked()
    out, err = call("list")
    assert out.endswith("1 to 13 of 13 interactions\n")
    assert (call.asked(), err) == ([], "")


def test_sessions_samples_archives_and_batches(call: Caller) -> None:
    def fetched(*arguments: str) -> int:
        before = set(call.official())
        call("fetch", *arguments)
        return sum(name.endswith(".npz") for name in set(call.official()) - before)

    call("fetch", "--refresh-catalogue")
    assert fetched("--archive", "improvised/dev/0000/0003") == 1
    assert fetched("V00_S0001_I00000002") == 1
    drawn = call("list", "--sample", "2", "--seed", "3", "--session", "S0001", "--json")[0]
    people = sum(len(one["people"]) for one in json.loads(drawn)["interactions"])
    assert fetched("--sample", "2", "--seed", "3", "--session", "S0001") == people
    assert fetched("--session", "S0001", "--vendor", "V00") == 20 - 1 - people
    assert fetched("--batch", "improvised/dev/0007", "--batch", "improvised/dev/0000") == 1


def test_a_dry_run_fetches_nothing(call: Caller) -> None:
    out, _ = call("fetch", KEY, "V00_S0001_I00000002", "--with", "video", "--dry-run")
    lines = out.splitlines()
    assert [line.split("  ")[:2] for line in lines[:3]] == [
        [name, "motion, sound, video, words"] for name in (LEFT, RIGHT, "V00_S0001_I00000002_P0000")
    ]
    assert lines[3].startswith("3 recordings, 0 here, 3 to fetch: about ")
    assert lines[3].endswith("estimated by what is usual")
    assert {path for path in call.asked() if "csv" not in path} == set()
    planned = parse_record(call("fetch", KEY, "--dry-run", "--json")[0])
    assert isinstance(planned, Planned)
    assert (planned.recordings, planned.here, planned.known_bytes) == (2, 0, 0)


def test_programs_read_a_record_a_line(call: Caller) -> None:
    out, _ = call("fetch", KEY, "--json")
    records = [parse_record(line) for line in out.splitlines()]
    assert isinstance(records[0], Planned)
    assert isinstance(records[-1], Finished)
    assert (records[-1].fetched, records[-1].failed) == (2, 0)
    assert records[-1].bytes == sum(
        size for path, size in call.server.sent.items() if not path.endswith(".csv")
    )


def test_what_was_not_there_before_is_asked_for_again_on_request(bucket: Path, call: Caller) -> None:
    out, _ = call("fetch", KEY, "--with", "annotations")
    assert "10 pieces of theirs do not exist: annotations (10)" in out
    call.asked()
    call("fetch", KEY, "--with", "annotations")
    assert call.asked() == []
    call("fetch", KEY, "--with", "annotations", "--ask-again")
    assert len(call.asked()) == 10


def test_the_cache_is_bounded_and_spares_what_is_not_ours(call: Caller) -> None:
    mine = call.data_dir / "improvised" / "dev" / "0007" / "0000" / "V00_S0001_I00000099_P0000.npz"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(bytes(50_000))
    call("fetch", "--session", "1", "--jobs", "1")
    assert len(call.official()) == 3 * 20 + 1
    call("fetch", KEY)
    pair = sum(path.stat().st_size for name, path in call.official().items() if KEY in name)
    small = sum(path.stat().st_size for name, path in call.official().items() if "I00000000_P0000" in name)
    for path in call.official().values():
        if LEFT in path.name:
            path.unlink()
    _, err = call("fetch", KEY, "--jobs", "1", "--cache-size", str(pair + 5 * small))
    assert "only the last" in err
    left = {name.rpartition("/")[2].partition(".")[0] for name in call.official()}
    assert {LEFT, RIGHT, mine.stem} <= left
    assert len(left) in (3 + 4, 3 + 5)
    # Of every recording that is left, all files are.
    assert len(call.official()) == 3 * (len(left) - 1) + 1
    ours = [path.stat().st_size for path in call.official().values() if path != mine]
    assert sum(ours) <= pair + 5 * small


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected what to fetch"),
        ((KEY, "--label", "improvised"), "got both"),
        (("--archive", "improvised/dev/0000/0003", "--sample", "3"), "got both"),
        ((KEY, "--seed", "3"), "--seed: expected --sample with it"),
        ((KEY, "--with", "video,smell"), "unknown modality smell"),
        ((KEY, "--jobs", "99"), "--jobs: expected a whole number from 1 to 16"),
        ((KEY, "--cache-size", "much"), "--cache-size: expected bytes such as 200GB"),
        (("takes/V00_S0809_I00000582",), "without a folder"),
        (("--archive", "improvised/dev"), "--archive: expected one like improvised/train/0000/0003"),
        (("--batch", "../../etc"), "--batch: expected one like improvised/train/0000"),
        (("--session", "S0002"), "no interaction is like that"),
        (("demo",), "expected an interaction key"),
        ((KEY, "--filelist-url", "file:///etc/passwd"), "--filelist-url: expected an address"),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], said: str, bucket: Path, call: Caller) -> None:
    (call.data_dir / "filelist.csv").write_bytes((bucket / "filelist.csv").read_bytes())
    where = ("--data", str(call.data_dir), "--source", call.server.url)
    assert main(["fetch", *where, *arguments]) == 2
    printed = call.capsys.readouterr()
    assert said in printed.err
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    assert call.asked() == []
