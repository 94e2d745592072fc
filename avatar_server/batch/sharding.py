"""Which part of a batch is whose, when several machines share it without talking to each other."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence

from avatar_server.batch.entry import Entry
from avatar_server.dataset.fetching.piece_sizes import USUAL_LENGTH_S
from avatar_server.errors import UsageError


def parse_shard(text: str) -> tuple[int, int]:
    """`2/8`: the second of eight; UsageError for anything else."""
    number, stroke, count = text.partition("/")
    if stroke and all(part.isascii() and part.isdigit() and len(part) < 7 for part in (number, count)):
        shard = int(number), int(count)
        if 1 <= shard[0] <= shard[1]:
            return shard
    raise UsageError(f"--shard: expected I/N with I from 1 to N, such as 2/8, got {text!r}")


def shard_of(entries: Sequence[Entry], number: int, count: int) -> tuple[Entry, ...]:
    """The entries of shard `number` (1..count), in their order; the shards are about equally long.

    It goes by names and lengths of the entries alone, so machines that see the same entries agree, whatever
    else is on their disks: a length is known of spans, and what has none counts as the mean of those, or as
    long as usual. The longest are dealt first, each to the shard that has least.
    """
    known = [entry.length_s for entry in entries if entry.length_s is not None]
    usual_s = sum(known) / len(known) if known else USUAL_LENGTH_S
    lengths_s = {entry.name: entry.length_s or usual_s for entry in entries}
    # Of equal length, in an order that has nothing to do with sessions, whose recordings are alike.
    dealt = sorted(entries, key=lambda entry: (-lengths_s[entry.name], _lot(entry.name)))
    loads = [(0.0, index) for index in range(1, count + 1)]
    mine = set()
    for entry in dealt:
        load_s, index = loads[0]
        heapq.heapreplace(loads, (load_s + lengths_s[entry.name], index))
        if index == number:
            mine.add(entry.name)
    return tuple(entry for entry in entries if entry.name in mine)


def _lot(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
