"""`avatar-server fetch`, and what other commands fetch, from a bucket that is a server of this machine."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from avatar_server.cli import main
from avatar_server.dataset.fetching.fetch_records import Finished, Planned, parse_record
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.modalities import SMPLH
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.testing.synthetic_interaction import SyntheticInteraction
from tests.commands.conftest import Caller

KEY = "V00_S0809_I00000582"
LEFT, RIGHT = f"{KEY}_P0947", f"{KEY}_P1275A"


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
