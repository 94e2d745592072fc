"""How long it takes and how far it is, reckoned from what is known, by numbers done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import pytest

from avatar_server.batch.counting import Count
from avatar_server.batch.entry import Entry
from avatar_server.batch.estimating import Lengths, estimate
from avatar_server.batch.film_source import OpenedFilm, Words
from avatar_server.batch.records import Drawing, Progress
from avatar_server.batch.tasks import Tried
from avatar_server.commands.render_all_display import duration_text, estimate_text

RATE_HZ = Fraction(10)
A, B, C = Entry("a", "demo", 0.0, 8.0), Entry("b", "here"), Entry("c", "elsewhere")


class Lookup:
    """Knows that what is called `here` lasts four seconds."""

    words: Words = MappingProxyType({})

    def inputs(self, entry: Entry) -> Mapping[str, Path]:
        raise NotImplementedError

    def length_s(self, entry: Entry) -> float | None:
        return 4.0 if entry.interaction == "here" else None

    def bring(self, entry: Entry) -> None:
        raise NotImplementedError

    def inspect(self, entry: Entry) -> Mapping[str, object]:
        raise NotImplementedError

    def open(self, entry: Entry) -> OpenedFilm:
        raise NotImplementedError


def test_what_is_not_known_is_as_long_as_the_others() -> None:
    lengths = Lengths((A, B, C), Lookup())
    assert [lengths.of(one) for one in (A, B, C)] == [8.0, 4.0, 6.0]
    assert lengths.known_s((A, B, C)) == 12.0


def test_nobody_is_looked_for_when_that_has_taken_long_enough() -> None:
    moments = iter((0.0, 4.0, 4.0))
    lengths = Lengths((A, B, C), Lookup(), lambda: next(moments))
    assert [lengths.of(one) for one in (A, B, C)] == [8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("workers", "cores", "wall_s"),
    [(1, 16, 9.0), (2, 16, 4.5), (16, 16, 3.0), (4, 3, 4.5), (4, 1, 9.0)],
    ids=["one", "two", "no more than films", "no more than cores", "no less than one"],
)
def test_several_workers_are_faster_until_the_cores_are_busy(workers: int, cores: int, wall_s: float) -> None:
    """180 pictures at 20 a second, and a worker that keeps one and a half cores busy."""
    tried = Tried(20.0, 1000.0, 1.5, 2, "OpenGL")
    told = estimate(
        (A, B, C),
        Lengths((A, B, C), Lookup()),
        RATE_HZ,
        tried,
        workers=workers,
        cores=cores,
        free_bytes=10_000,
    )
    assert (told.pictures, told.film_s, told.bytes) == (180, 18.0, 18_000)
    assert told.wall_s == pytest.approx(wall_s)
    assert "only 10.0 kB are free" in estimate_text(told)


def test_pictures_are_counted_of_each_and_of_all() -> None:
    count = Count((A, B), Lengths((A, B), Lookup()), RATE_HZ)
    assert count.whole(0.0) == Progress(0, 2, 0, 120, None)
    count.prepared("a", 100, 20)
    assert count.drew(0, "a", 5, 10.0) == Drawing("a", 25, 100)
    assert count.drew(1, "a", 5, 10.0) == Drawing("a", 30, 100)
    assert count.wrote(0, "a", 10, 11.0, was_there=False) == Drawing("a", 35, 100)
    assert count.whole(12.0) == Progress(0, 2, 35, 140, 14.0)
    count.lost(1)
    assert count.of("a") == Drawing("a", 30, 100)
    count.ended("a", 100)
    count.ended("b", None)
    assert count.whole(12.0) == Progress(2, 2, 100, 100, 0.0)


def test_times_are_told_as_people_say_them() -> None:
    told = [duration_text(seconds) for seconds in (4.26, 45, 600, 36_000, 1_000_000)]
    assert told == ["4.3 s", "45 s", "10 min", "10 h", "11.6 days"]
