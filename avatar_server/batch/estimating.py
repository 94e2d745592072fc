"""How long a batch may take and how large it may become, before anything of it is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from fractions import Fraction

from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import FilmSource
from avatar_server.batch.records import Estimate
from avatar_server.batch.tasks import Tried
from avatar_server.dataset.fetching.piece_sizes import USUAL_LENGTH_S

_LOOKED_AT_MOST, _LOOKED_FOR_S = 500, 3.0
"""Entries whose files are looked for, and how long; others count as long as these are on the average."""


class Lengths:
    """How long films will be, as far as that can be told without opening them."""

    def __init__(
        self, entries: Sequence[Entry], source: FilmSource, clock: Callable[[], float] = time.monotonic
    ) -> None:
        until_s = clock() + _LOOKED_FOR_S
        self._known: dict[str, float] = {}
        looked = 0
        for entry in entries:
            length_s = entry.length_s
            if length_s is None and looked < _LOOKED_AT_MOST and clock() < until_s:
                looked += 1
                length_s = source.length_s(entry)
            if length_s is not None:
                self._known[entry.name] = length_s
        known = list(self._known.values())
        self._usual_s = sum(known) / len(known) if known else USUAL_LENGTH_S

    def of(self, entry: Entry) -> float:
        """Seconds, known or as usual."""
        return self._known.get(entry.name, self._usual_s)

    def known_s(self, entries: Sequence[Entry]) -> float:
        """What is known, of all together."""
        return sum(self._known.get(entry.name, 0.0) for entry in entries)


def estimate(
    entries: Sequence[Entry],
    lengths: Lengths,
    rate_hz: Fraction,
    tried: Tried | None,
    *,
    workers: int,
    cores: int,
    free_bytes: int | None,
) -> Estimate:
    """Of films that are still to be made.

    tried: what one worker did when it was alone. Several are as many times as fast until they keep all
    `cores` of their machines busy.
    """
    film_s = sum(lengths.of(entry) for entry in entries)
    pictures = sum(max(1, round(lengths.of(entry) * rate_hz)) for entry in entries)
    wall_s = size_bytes = None
    if tried is not None:
        at_once = max(1.0, min(workers, len(entries), cores / max(tried.cores, 0.01)))
        wall_s = pictures / tried.pictures_per_s / at_once
        size_bytes = round(film_s * tried.bytes_per_s)
    return Estimate(
        films=len(entries),
        film_s=film_s,
        known_s=lengths.known_s(entries),
        pictures=pictures,
        wall_s=wall_s,
        bytes=size_bytes,
        free_bytes=free_bytes,
        pictures_per_s=None if tried is None else tried.pictures_per_s,
        renderer="" if tried is None else tried.renderer,
    )
