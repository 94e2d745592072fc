"""A catalogue that is kept follows its files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from avatar_server.dataset.catalogue import KEPT_FOLDER
from avatar_server.dataset.catalogue_keeper import SETTLED_NS, CatalogueKeeper
from avatar_server.errors import InputError, UsageError

HEADER = "file_id,label,split,batch_idx,archive_idx"


def row(number: int) -> str:
    return f"V00_S0001_I{number:08d}_P0001,improvised,train,0,{number}"


def long_ago(path: Path, seconds: int) -> None:
    """Its last change, so that no test waits for a tick of the clock."""
    when_ns = path.stat().st_mtime_ns - seconds * 20 * SETTLED_NS
    os.utime(path, ns=(when_ns, when_ns))


def write(path: Path, *numbers: int, seconds: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((HEADER, *map(row, numbers))))
    long_ago(path, seconds)


def count(keeper: CatalogueKeeper) -> int:
    return len(keeper.current())


def test_it_is_opened_again_when_a_file_changed_and_only_then(tmp_path: Path) -> None:
    filelist = tmp_path / "assets" / "filelist.csv"
    write(filelist, 1, seconds=90)
    keeper = CatalogueKeeper(tmp_path)
    first = keeper.current()
    assert keeper.current() is first
    write(filelist, 1, 2, seconds=60)
    assert count(keeper) == 2
    prompts = tmp_path / "interactions.csv"
    prompts.write_text("prompt_hash,participant_a_prompt_text,participant_b_prompt_text,interaction_type\n")
    long_ago(prompts, 30)
    second = keeper.current()
    assert keeper.current() is second
    assert second.query().total == 2


def test_a_change_within_a_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    filelist = tmp_path / "filelist.csv"
    write(filelist, 1, seconds=0)
    keeper = CatalogueKeeper(tmp_path)
    assert str(keeper.current().query().interactions[0].key).endswith("1")
    changed_ns = filelist.stat().st_mtime_ns
    write(filelist, 2, seconds=0)
    os.utime(filelist, ns=(changed_ns, changed_ns))
    assert str(keeper.current().query().interactions[0].key).endswith("2")


def test_a_broken_file_is_named_until_it_is_mended(tmp_path: Path) -> None:
    filelist = tmp_path / "filelist.csv"
    filelist.write_text("file_id\n")
    long_ago(filelist, 90)
    keeper = CatalogueKeeper(tmp_path)
    for _ in range(2):
        with pytest.raises(InputError, match=r"filelist\.csv, line 1"):
            keeper.current()
    write(filelist, 1, seconds=60)
    assert count(keeper) == 1


@pytest.mark.parametrize(
    "add",
    [
        lambda folder: (folder / "improvised/dev/0000/0001/V00_S0001_I00000009_P0001.npz").touch(),
        lambda folder: write(folder / KEPT_FOLDER / "filelist.csv", 1, 2, seconds=60),
    ],
    ids=["a recording", "a file list"],
)
def test_without_a_file_list_the_folders_are_watched(tmp_path: Path, add: Callable[[Path], object]) -> None:
    archive = tmp_path / "improvised" / "dev" / "0000" / "0001"
    keeper = CatalogueKeeper(tmp_path)
    with pytest.raises(UsageError, match="no recording"):
        keeper.current()
    archive.mkdir(parents=True)
    (archive / "V00_S0001_I00000001_P0001.npz").touch()
    for folder in (archive, *list(archive.parents)[:4]):
        long_ago(folder, 90)
    first = keeper.current()
    assert keeper.current() is first
    add(tmp_path)
    assert count(keeper) == 2
