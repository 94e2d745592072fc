"""`failures.json`: the films that could not be made, and why; there only if there are any."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from avatar_server.batch.entry import Entry
from avatar_server.batch.places import Place


@dataclass(frozen=True, slots=True)
class Failure:
    """reason: one line. details: a traceback, if it was a mistake of the software."""

    entry: Entry
    reason: str
    details: str


def failures_name(shard: tuple[int, int] | None) -> str:
    """Of the file; each shard has its own."""
    return "failures.json" if shard is None else f"failures-{shard[0]}-of-{shard[1]}.json"


def keep_failures(place: Place, name: str, failures: Sequence[Failure]) -> None:
    """Those of this run, in place of those of an earlier one."""
    if not failures:
        if place.read(name) is not None:
            place.remove(name)
        return
    told = [{**asdict(one.entry), "reason": one.reason, "details": one.details} for one in failures]
    place.write(name, json.dumps({"failed": told}, indent=1).encode() + b"\n")
