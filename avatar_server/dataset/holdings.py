"""How many recordings of each interaction are on the disk, known at once while no folder changes."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.catalogue_keeper import SETTLED_NS
from avatar_server.dataset.local_tree import LAYOUT_DEPTH
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.recording_table import interaction_code
from avatar_server.errors import UsageError

_SUFFIX = ".npz"

SLOW_LOOK_S = 0.02
REST = 20
"""Where looking takes longer, as on a file server, nobody looks again before so many times as long."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """changed_ns, seen_ns: when it changed and when it was looked at. recordings: in it, by their names."""

    changed_ns: int = field(compare=False)
    seen_ns: int = field(compare=False)
    below: tuple[str, ...]
    recordings: frozenset[RecordingId]


@dataclass(frozen=True, eq=False, slots=True)
class Held:
    """codes: of interactions, sorted. counts: recordings of each that have a motion. version: of this."""

    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    version: int

    def all_of(self, codes: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether all recordings are here of interactions that have so many."""
        if not len(self.codes):
            return np.zeros(len(codes), np.bool_)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.asarray((self.codes[place] == codes) & (self.counts[place] >= sizes))


class Holdings:
    """Of one data folder, in the layouts of `local_tree`. Used by one thread."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._folders: dict[str, _Folder] = {}
        self._not_before_s = clock()
        self._held = Held(np.zeros(0, np.int64), np.zeros(0, np.int64), 0)

    def current(self) -> Held:
        """What is here now, or was a moment ago where looking takes long."""
        began_s = self._clock()
        if began_s < self._not_before_s:
            return self._held
        found = dict(self._looked_at(str(self._data_dir), 0))
        if found != self._folders or not self._held.version:
            recordings = {one for folder in found.values() for one in folder.recordings}
            codes = np.array([interaction_code(one.interaction_key) for one in recordings], np.int64)
            unique, counts = np.unique(codes, return_counts=True)
            self._held = Held(unique, counts.astype(np.int64), self._held.version + 1)
        self._folders = found
        took_s = self._clock() - began_s
        self._not_before_s = self._clock() + (REST * took_s if took_s > SLOW_LOOK_S else 0.0)
        return self._held

    def _looked_at(self, path: str, depth: int) -> Iterator[tuple[str, _Folder]]:
        with contextlib.suppress(OSError):
            changed_ns = os.stat(path).st_mtime_ns  # noqa: PTH116
            folder = self._folders.get(path)
            # A change right before we looked may not have been the last one of its tick.
            if folder is None or changed_ns != folder.changed_ns or changed_ns > folder.seen_ns - SETTLED_NS:
                folder = _look(path, changed_ns)
            yield path, folder
            if depth < LAYOUT_DEPTH:
                for name in folder.below:
                    yield from self._looked_at(f"{path}{os.sep}{name}", depth + 1)


def _look(path: str, changed_ns: int) -> _Folder:
    seen_ns = time.time_ns()
    below, recordings = [], set()
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX):
                with contextlib.suppress(UsageError):
                    recordings.add(RecordingId.parse(entry.name.removesuffix(_SUFFIX)))
            elif entry.name.endswith(".bvh"):
                with contextlib.suppress(UsageError):
                    recordings.add(RecordingId.parse_dated(entry.name.removesuffix(".bvh")))
            elif not entry.name.startswith(".") and entry.is_dir():
                below.append(entry.name)
    return _Folder(changed_ns, seen_ns, tuple(sorted(below)), frozenset(recordings))
