"""`avatar-server list`, as people and programs call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from avatar_server.cli import main
from avatar_server.testing.synthetic_interaction import synthesize

HEADER = "file_id,label,split,batch_idx,archive_idx,has_imitator_movement,has_annotation_1p,has_annotation_3p"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """60 interactions of sessions 0 and 1; of every tenth only one person."""
    assets = tmp_path / "assets"
    assets.mkdir()
    rows = (
        f"V00_S{number % 2:04d}_I{number:08d}_P{person:04d}{'A' * person},improvised,train,0,{number},1,0,0"
        for number in range(60)
        for person in range(1 if number % 10 == 9 else 2)
    )
    (assets / "filelist.csv").write_text("\n".join((HEADER, *rows)))
    (assets / "interactions.csv").write_text(
        "prompt_hash,participant_a_prompt_text,participant_b_prompt_text,interaction_type\n"
        f'7,"Line\none. \x1b]0;owned\x07 \u202e{"word " * 40}",,improv\n8,Other,Hidden,improv\n'
    )
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    assert main(["list", "--data", str(folder), *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def test_a_table_for_people(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    lines = listed(capsys, folder, "--session", "1", "--offset", "3", "--limit", "3").splitlines()
    assert [line.split() for line in lines] == [
        ["KEY", "LABEL", "SPLIT", "PEOPLE", "MOVEMENT", "PROMPT"],
        ["V00_S0001_I00000007", "improvised", "train", "P0000", "P0001A", "yes", *lines[1].split()[6:]],
        ["V00_S0001_I00000009", "improvised", "train", "P0000", "(lone)", "yes", "-"],
        ["V00_S0001_I00000011", "improvised", "train", "P0000", "P0001A", "yes", "-"],
        ["4", "to", "6", "of", "30", "interactions", "(--offset", "6", "for", "more)"],
    ]
    assert "Line one. ]0;owned word word" in lines[1]
    assert lines[1].endswith("...")
    assert all(line.isprintable() and len(line) < 130 for line in lines)


def test_json_for_programs(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    told = json.loads(listed(capsys, folder, "--prompt", "hidden", "--json"))
    (one,) = told.pop("interactions")
    assert told == {"total": 1, "offset": 0, "limit": 50}
    assert (one["key"], one["prompt"]["b"], len(one["people"])) == ("V00_S0000_I00000008", "Hidden", 2)


def test_pages_and_samples(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert "1 to 50 of 60 interactions (--offset 50 for more)" in listed(capsys, folder)
    assert listed(capsys, folder, "--offset", "50").endswith("51 to 60 of 60 interactions\n")
    assert listed(capsys, folder, "--offset", "60").endswith("none shown of 60 interactions\n")
    drawn = listed(capsys, folder, "--sample", "5", "--seed", "3", "--has-movement")
    assert drawn == listed(capsys, folder, "--sample", "5", "--seed", "3")
    assert drawn != listed(capsys, folder, "--sample", "5")
    assert drawn.endswith("\n5 drawn out of 60 interactions\n")
    told = json.loads(listed(capsys, folder, "--sample", "5", "--seed", "3", "--json"))
    assert [one["key"] for one in told["interactions"]] == [
        line.split()[0] for line in drawn.splitlines()[1:-1]
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--label", "funny"], "label: expected one of improvised, naturalistic, got 'funny'"),
        (["--relationship", "friends"], "there is no relationships.csv"),
        (["--type", "duel"], "no interaction type 'duel'; there are improv"),
        (["--limit", "0"], "--limit: expected a whole number from 1 to 1000000, got '0'"),
        (["--offset", "-1"], "--offset: expected"),
        (["--offset", "many"], "--offset: expected a whole number from 0 to 1000000, got 'many'"),
        (["--sample", "9" * 5000], "--sample: expected a whole number"),
        (["--sample", "3", "--limit", "2"], "--sample: expected this or --limit and --offset, got both"),
        (["--seed", "3"], "--seed: expected --sample with it"),
        (["V00_S0809_I00000582"], "unrecognized arguments"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: list[str], said: str
) -> None:
    assert main(["list", "--data", str(folder), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_the_command_lists_a_synthetic_tree(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2)
    command = [sys.executable, "-m", "avatar_server", "list", "--data", str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert str(made.key) in shown
    assert shown.endswith("1 to 1 of 1 interaction\n")
    (tmp_path / "filelist.csv").write_text(f"{HEADER}\n../../etc/passwd,improvised,dev,0,0,0,0,0\n")
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"avatar-server: {tmp_path / 'filelist.csv'}, line 2: expected a recording id like "
        "V00_S0809_I00000582_P1275, but found '../../etc/passwd'\n"
    )
