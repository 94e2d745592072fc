"""Finished segments become the film of an entry, with its sidecar beside it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import FilmSource, OpenedFilm
from avatar_server.batch.inputs import hash_file, versions
from avatar_server.batch.places import Place, segment_name, unfinished
from avatar_server.batch.sidecar import (
    FORMAT,
    Sidecar,
    WrittenFile,
    film_name,
    sidecar_bytes,
    sidecar_name,
)
from avatar_server.batch.tasks import Finished, Prepared
from avatar_server.segments.joining import join_segments
from avatar_server.segments.segment_file import SegmentRecord, read_record


def join_film(
    place: Place, opened: OpenedFilm, entry: Entry, prepared: Prepared, source: FilmSource
) -> Finished:
    """Make the film and what lies beside it, then the sidecar: who sees that, sees all.

    What is unfinished stays, for whoever has its lock to remove it. Raises as `join_segments` does.
    """
    with place.scratch(entry.name) as scratch:
        names = [unfinished(entry.name, segment_name(segment)) for segment in prepared.segments]
        paths = [place.local(name, scratch) for name in names]
        records = [read_record(path) for path in paths]
        film = scratch / "film.part"
        join_segments(opened.film, opened.size, paths, film)
        files = [_kept(place, film, film_name(entry.name))]
        if opened.vtt is not None:
            words = scratch / "words.part"
            words.write_text(opened.vtt, encoding="utf-8")
            files.append(_kept(place, words, f"{entry.name}.vtt"))
    sidecar = _sidecar(opened, entry, prepared, source, files, records)
    place.write(sidecar_name(entry.name), sidecar_bytes(sidecar))
    return Finished(prepared.picture_count, prepared.duration_s, files[0].bytes, False)


def _kept(place: Place, path: Path, name: str) -> WrittenFile:
    """Hashed before it leaves this machine: what the place does to it is seen when it is verified."""
    found = WrittenFile(name, path.stat().st_size, hash_file(path))
    place.keep(path, name)
    return found


def _sidecar(
    opened: OpenedFilm,
    entry: Entry,
    prepared: Prepared,
    source: FilmSource,
    files: list[WrittenFile],
    records: list[SegmentRecord],
) -> Sidecar:
    return Sidecar(
        format=FORMAT,
        name=entry.name,
        interaction=entry.interaction,
        start_s=entry.start_s,
        end_s=entry.end_s,
        files=tuple(files),
        fingerprint=prepared.fingerprint,
        inputs=prepared.inputs,
        settings=dict(source.words),
        versions=versions(),
        renderers=tuple(sorted({record.renderer for record in records})),
        width=opened.size.width,
        height=opened.size.height,
        rate_hz=str(opened.film.rate_hz),
        picture_count=prepared.picture_count,
        duration_s=prepared.duration_s,
        segments=tuple(
            {"first": one.first, "count": one.count, "bytes": one.bytes, "sha256": one.sha256}
            for one in records
        ),
        tags=_tags(opened.film.tags),
        notices=prepared.notices,
        doctor=prepared.doctor,
    )


def _tags(tags: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = dict(tags)
    with contextlib.suppress(ValueError, KeyError):
        told["description"] = json.loads(tags["description"])
    return told
