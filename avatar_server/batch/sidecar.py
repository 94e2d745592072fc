"""What lies beside every film, `NAME.json`: what it was made from and how, and what it has to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import FilmSource
from avatar_server.batch.inputs import InputFile, film_fingerprint, read_inputs
from avatar_server.batch.places import Place
from avatar_server.errors import UsageError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of the place: what it has to be."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Keys of the JSON are the names of the fields; keys are added and never renamed.

    files: the film first, and what lies beside it. fingerprint: see `film_fingerprint`. settings: as they
    were said. renderers: what drew, more than one if machines of several kinds did. doctor: see `inspect`.
    tags: those of the film, `description` as JSON. rate_hz: exact, as text. segments: first picture, number
    of pictures, bytes and hash.
    """

    format: int
    name: str
    interaction: str
    start_s: float | None
    end_s: float | None
    files: tuple[WrittenFile, ...]
    fingerprint: str
    inputs: tuple[InputFile, ...]
    settings: Mapping[str, str | bool | None]
    versions: Mapping[str, str]
    renderers: tuple[str, ...]
    width: int
    height: int
    rate_hz: str
    picture_count: int
    duration_s: float
    segments: tuple[Mapping[str, str | int], ...]
    tags: Mapping[str, Any]
    notices: tuple[str, ...]
    doctor: Mapping[str, Any]


def sidecar_name(entry: str) -> str:
    """Of its file."""
    return f"{entry}.json"


def film_name(entry: str) -> str:
    """Of the film's file."""
    return f"{entry}.mp4"


def sidecar_bytes(sidecar: Sidecar) -> bytes:
    """Its file's content."""
    return json.dumps(asdict(sidecar), indent=1, ensure_ascii=False).encode() + b"\n"


def read_sidecar(place: Place, entry: str) -> Sidecar | None:
    """None if there is none, or something else has its name."""
    data = place.read(sidecar_name(entry))
    if data is None:
        return None
    try:
        told = json.loads(data)
        if told["format"] != FORMAT:
            return None
        told["files"] = tuple(WrittenFile(**one) for one in told["files"])
        told["inputs"] = tuple(InputFile(**one) for one in told["inputs"])
        for name in ("renderers", "segments", "notices"):
            told[name] = tuple(told[name])
        return Sidecar(**told)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def finished(place: Place, source: FilmSource, entry: Entry) -> Sidecar | None:
    """The sidecar of a film that is there, is what it has to be, and is what would be made now; else None.

    The film and what lies beside it are read and compared by hash. Inputs are compared by hash, too; of those
    that have the size and time of change that they had, the hash is taken to be as it was. Inputs that are
    not on this machine (any more) are not fetched to be compared.
    """
    sidecar = read_sidecar(place, entry.name)
    if sidecar is None or not sidecar.files:
        return None
    try:
        files: Mapping[str, Path] = source.inputs(entry)
        inputs = read_inputs(files, {one.name: one for one in sidecar.inputs})
    except UsageError:
        inputs = sidecar.inputs
    asked = film_fingerprint(entry, source.words, inputs)
    if asked != sidecar.fingerprint or sidecar.interaction != entry.interaction:
        return None
    as_written = all(place.state(one.name) == (one.bytes, one.sha256) for one in sidecar.files)
    return sidecar if as_written else None
