"""Which bytes of an arriving file are here: written beside it by its writer, for whoever looks on."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.dataset.cache.incoming_folders import PRIVATE, SHARED, incoming_folder


@dataclass(frozen=True, slots=True)
class PartialState:
    """source: where the bytes come from. size_bytes: of the whole file. version: as the store calls it.

    here: may be less than there is. is_safe: all of it would be here after the machine stopped.
    """

    source: str
    size_bytes: int
    version: str
    here: ByteSpans
    is_safe: bool

    @property
    def is_whole(self) -> bool:
        """Whether every byte is here."""
        return self.here.covers(0, self.size_bytes)


def state_path(path: Path) -> Path:
    """Where the state of the file at `path` stands."""
    return path.with_name(path.name + ".state")


def state_document(
    *, source: str, size_bytes: int | None, version: str, here: ByteSpans, is_safe: bool
) -> str:
    """What is written there. size_bytes: None before the store has told."""
    return json.dumps(
        {
            "boot": "" if is_safe else _boot(),
            "source": source,
            "size_bytes": size_bytes,
            "version": version,
            "here": [list(span) for span in here],
        }
    )


def read_partial_state(path: Path) -> PartialState | None:
    """What is here of the file at `path`; None if that is nothing, or what stands there does not fit."""
    try:
        state = json.loads(state_path(path).read_text(encoding="utf-8"))
        source, size, version = state["source"], state["size_bytes"], state["version"]
        spans = ByteSpans.of((int(start), int(end)) for start, end in state["here"])
        if not isinstance(source, str) or not isinstance(version, str):
            return None
        if state["boot"] not in ("", _boot()):
            return None
        there = path.stat().st_size
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if type(size) is int and 0 <= there <= size and all(end <= there for _, end in spans):
        return PartialState(source, size, version, spans, state["boot"] == "")
    return None


def arriving_file(data_dir: Path, recording: str, piece: str) -> Path | None:
    """Where a piece of a recording is arriving, by any process; None if none has begun to write it."""
    folder = incoming_folder(data_dir, recording)
    name = piece.replace(":", "-")
    copies = [folder / SHARED, *sorted(folder.glob(f"{PRIVATE}*"))]
    return next((path for copy in copies if (path := copy / name).is_file()), None)


@functools.cache
def _boot() -> str:
    """Differs after the machine was started again; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
