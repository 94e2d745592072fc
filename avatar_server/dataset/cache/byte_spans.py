"""Which stretches of a file are here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class ByteSpans:
    """Disjoint stretches (start, end) in order, none empty, none touching the next; end is not included."""

    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Self:
        """Any stretches, joined where they touch or overlap; empty ones are left out.

        Raises ValueError for one that begins before 0 or ends before it begins.
        """
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if start < 0 or end < start:
                raise ValueError(f"a stretch from {start} to {end}")
            if start == end:
                continue
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], end)
            else:
                joined.append((start, end))
        return cls(tuple(joined))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans)

    @property
    def byte_count(self) -> int:
        """All bytes that are here."""
        return sum(end - start for start, end in self.spans)

    def with_span(self, start: int, end: int) -> ByteSpans:
        """These and one more stretch."""
        return ByteSpans.of((*self.spans, (start, end)))

    def end_of_run(self, position: int) -> int:
        """Up to where all bytes from `position` on are here; `position` itself if its byte is not."""
        return next((end for start, end in self.spans if start <= position < end), position)

    def covers(self, start: int, end: int) -> bool:
        """Whether all bytes from `start` to before `end` are here."""
        return start >= end or self.end_of_run(start) >= end

    def missing(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The stretches between `start` and `end` that are not here."""
        gaps = []
        for here_start, here_end in self.spans:
            if here_end <= start:
                continue
            if here_start >= end:
                break
            if here_start > start:
                gaps.append((start, here_start))
            start = here_end
        if start < end:
            gaps.append((start, end))
        return tuple(gaps)
