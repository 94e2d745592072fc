"""Lists that people bring are read or refused with their line; shards are fair, and the same everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_server.batch.entry import Entry, refuse_same_names, usual_name
from avatar_server.batch.entry_lists import read_keys, read_spans
from avatar_server.batch.sharding import parse_shard, shard_of
from avatar_server.errors import InputError, UsageError


def test_a_file_of_keys_has_an_interaction_a_line(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text("\ufeffV00_S0809_I00000582\n\n# not these\n takes/a.npz,takes/b.npz  # and why\r\n")
    assert read_keys(file) == (
        Entry("V00_S0809_I00000582", "V00_S0809_I00000582"),
        Entry("a.npz+b.npz", "takes/a.npz,takes/b.npz"),
    )


def test_spans_are_named_by_what_they_show_unless_they_have_a_name(tmp_path: Path) -> None:
    file = tmp_path / "spans.csv"
    file.write_text('start,key,end,why,name\n12.5,demo,20,x,\n,demo,3,y,intro\n4,"a,b",,z,\n')
    assert read_spans(file) == (
        Entry("demo_12.5-20", "demo", 12.5, 20.0),
        Entry("intro", "demo", None, 3.0),
        Entry("a+b_4-end", "a,b", 4.0, None),
    )


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("key,start,end\ndemo,4,2\n", 2, "end after the start"),
        ("key,start,end\ndemo,1,2\ndemo,soon,2\n", 3, "seconds in the column start"),
        ("key,start,end\ndemo,1,inf\n", 2, "seconds in the column end"),
        ("key,start,end\n,1,2\n", 2, "an interaction"),
        ("key,start,end,name\ndemo,1,2,../out\n", 2, "a name of up to 200"),
        ("key,start,end,name\ndemo,1,2,manifest\n", 2, "files of the batch have such names"),
        ("key,start\ndemo,1\n", 1, "the columns key, start, end"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, content: str, line: int, said: str
) -> None:
    file = tmp_path / "spans.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=f"spans.csv, line {line}: .*{said}"):
        read_spans(file)


def test_two_films_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match=r"both be written to a\.mp4"):
        refuse_same_names([Entry("A", "demo", 0.0, 1.0), Entry("b", "demo"), Entry("a", "demo", 1.0, 2.0)])


def test_any_interaction_has_a_name_that_is_a_file_name() -> None:
    for name in ("demo", "../x y/ü.bvh", "a.npz,../b.npz", "take.pkl", "/", "folder/"):
        Entry(usual_name(name), name)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "-1/2", "a/b", "1/2/3", "1/"])
def test_shards_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--shard"):
        parse_shard(text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0.5, 900)), max_size=60),
    st.integers(1, 9),
)
def test_shards_are_everything_once_and_none_is_longer_than_another_by_more_than_a_film(
    lengths_s: list[float | None], count: int
) -> None:
    entries = [Entry(f"film{index}", "demo", None, length_s) for index, length_s in enumerate(lengths_s)]
    shards = [shard_of(entries, number, count) for number in range(1, count + 1)]
    assert sorted(entry.name for shard in shards for entry in shard) == sorted(e.name for e in entries)
    assert shards[0] == shard_of(list(entries), 1, count)
    known = [length_s for length_s in lengths_s if length_s is not None]
    usual_s = sum(known) / len(known) if known else 220.0
    loads = [sum(entry.length_s or usual_s for entry in shard) for shard in shards]
    assert max(loads) - min(loads) <= max([*known, usual_s]) + 1e-6
