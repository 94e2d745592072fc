"""How far a batch is: pictures and films, of each and of all, and how long it will still take."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from avatar_server.batch.entry import Entry
from avatar_server.batch.estimating import Lengths
from avatar_server.batch.records import Drawing, Progress


class Count:
    """Of one run. Times are handed in, in seconds of any one clock."""

    def __init__(self, entries: Sequence[Entry], lengths: Lengths, rate_hz: Fraction) -> None:
        self._expected = {entry.name: max(1, round(lengths.of(entry) * rate_hz)) for entry in entries}
        self._drawn = dict.fromkeys(self._expected, 0)
        self._under_way: dict[int, tuple[str, int]] = {}
        self._over: set[str] = set()
        self._first_s: float | None = None
        self.pictures = 0

    def prepared(self, name: str, pictures: int, here: int) -> None:
        """A film has so many pictures, of which so many were there."""
        self._expected[name] = pictures
        self._drawn[name] = here

    def drew(self, worker: int, name: str, pictures: int, now_s: float) -> Drawing:
        """A worker drew some more of the segment that it is at."""
        self._first_s = now_s if self._first_s is None else self._first_s
        _, before = self._under_way.get(worker, (name, 0))
        self._under_way[worker] = (name, before + pictures)
        return self.of(name)

    def wrote(self, worker: int, name: str, pictures: int, now_s: float, *, was_there: bool) -> Drawing:
        """A worker finished a segment of so many pictures."""
        self._first_s = now_s if self._first_s is None else self._first_s
        self._under_way.pop(worker, None)
        self._drawn[name] += pictures
        self.pictures += 0 if was_there else pictures
        return self.of(name)

    def lost(self, worker: int) -> None:
        """What it drew of its segment is drawn again."""
        self._under_way.pop(worker, None)

    def ended(self, name: str, pictures: int | None) -> None:
        """A film is done with; pictures: None if it failed, and then none are expected any more."""
        self._over.add(name)
        self._expected[name] = self._drawn[name] = pictures or 0

    def of(self, name: str) -> Drawing:
        """One film."""
        begun = sum(pictures for at, pictures in self._under_way.values() if at == name)
        return Drawing(name, self._drawn[name] + begun, self._expected[name])

    def whole(self, now_s: float) -> Progress:
        """All of them."""
        begun = sum(pictures for _, pictures in self._under_way.values())
        drawn, expected = sum(self._drawn.values()) + begun, sum(self._expected.values())
        remaining_s = None
        if self._first_s is not None and self.pictures + begun and now_s > self._first_s:
            remaining_s = max(0, expected - drawn) * (now_s - self._first_s) / (self.pictures + begun)
        return Progress(len(self._over), len(self._expected), drawn, max(drawn, expected), remaining_s)
