"""`manifest.json`: all films of a batch, whichever shard makes them, and how they are to be shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from avatar_server import __version__
from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import Words
from avatar_server.batch.places import Place
from avatar_server.errors import InputError, UsageError

MANIFEST = "manifest.json"

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a batch.

    selection: the options that selected the entries, as they were said. settings: how films are to be shown.
    """

    selection: Words
    settings: Words
    entries: tuple[Entry, ...]

    def content(self) -> bytes:
        """Of its file; the same for the same batch."""
        told = {
            "format": FORMAT,
            "avatar_server": __version__,
            "selection": dict(self.selection),
            "settings": dict(self.settings),
            "entries": [asdict(entry) for entry in self.entries],
        }
        return json.dumps(told, indent=1).encode() + b"\n"


def read_manifest(place: Place) -> Manifest | None:
    """None if there is none; InputError for something else of that name."""
    data = place.read(MANIFEST)
    if data is None:
        return None
    try:
        told = json.loads(data)
        if told["format"] != FORMAT:
            raise ValueError
        entries = tuple(Entry(**one) for one in told["entries"])
        return Manifest(dict(told["selection"]), dict(told["settings"]), entries)
    except (ValueError, TypeError, KeyError, RecursionError, UsageError):
        raise InputError(
            expected="the manifest of a batch", came="something else", where=f"{place}/{MANIFEST}"
        ) from None


def keep_manifest(
    place: Place, manifest: Manifest, *, resume: bool, mine: Sequence[Entry]
) -> tuple[str, ...]:
    """Write the manifest unless it is there; sentences about what is another than in the one that was there.

    resume: go on with what the place holds. Without it nothing may be there of the films that are to be made
    (`mine`), and no manifest of another batch: UsageError. Other shards of the same batch may be at work.
    """
    before = read_manifest(place)
    differences = () if before is None else _differences(before, manifest)
    if not resume:
        if differences:
            raise UsageError(
                f"-o: {place} holds another batch ({'; '.join(differences)}); another folder keeps them "
                "apart, --resume makes anew what differs"
            )
        there = set(place.names(""))
        found = [entry.name for entry in mine if {f"{entry.name}.mp4", f"{entry.name}.json"} & there]
        if found:
            raise UsageError(
                f"-o: {place} holds {len(found)} of {len(mine)} films already, such as {found[0]}; "
                "--resume goes on"
            )
    if before is None or differences:
        place.write(MANIFEST, manifest.content())
    return differences


def _differences(before: Manifest, now: Manifest) -> tuple[str, ...]:
    found = [
        f"{name} was {before.settings.get(name)}, is {now.settings.get(name)}"
        for name in sorted({*before.settings, *now.settings})
        if before.settings.get(name) != now.settings.get(name)
    ]
    old, new = set(before.entries), set(now.entries)
    if old != new:
        found.append(f"{len(new - old)} films are new, {len(old - new)} are gone")
    return tuple(found)
