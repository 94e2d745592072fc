"""The catalogue for whoever runs for long: opened once, and again when its files have changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.catalogue import (
    CATALOGUE_FILES,
    FILELIST,
    Catalogue,
    find_catalogue_file,
    open_catalogue,
)
from avatar_server.dataset.interact.interact_folder import database_files
from avatar_server.dataset.local_tree import LAYOUT_DEPTH
from avatar_server.errors import AvatarServerError

SETTLED_NS = 50_000_000
"""File systems stamp with the kernel's tick (up to 10 ms): who looks sooner may not see a second change."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What came of opening.

    folders: of the tree, if that is the catalogue. stamps: of all that it depends on, from before it was
    opened. settled: whether a later change must show in them.
    """

    folders: tuple[Path, ...]
    stamps: frozenset[tuple[str, int, int]]
    settled: bool
    result: Catalogue | AvatarServerError


class CatalogueKeeper:
    """The catalogue of a data folder as it is now; any thread.

    Asking costs a look at four files, and one at every folder of the tree as long as there is no
    `filelist.csv`.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.expanduser()
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def current(self) -> Catalogue:
        """The catalogue; raises as `open_catalogue` does, again and again until the files change."""
        with self._lock:
            opened = self._opened
            if opened is None or not opened.settled or opened.stamps != self._stamps(opened.folders):
                opened = self._opened = self._open()
        if isinstance(opened.result, AvatarServerError):
            raise opened.result
        return opened.result

    def _open(self) -> _Opened:
        is_tree = find_catalogue_file(self._data_dir, FILELIST) is None
        folders = tuple(_folders(self._data_dir)) if is_tree else ()
        before_ns = time.time_ns()
        stamps = self._stamps(folders)
        settled = all(changed_ns < before_ns - SETTLED_NS for _, changed_ns, _ in stamps)
        result: Catalogue | AvatarServerError
        try:
            result = open_catalogue(self._data_dir)
        except AvatarServerError as error:
            result = error
        return _Opened(folders, stamps, settled, result)

    def _stamps(self, folders: Iterable[Path]) -> frozenset[tuple[str, int, int]]:
        """Path, time of the last change in ns, and size of each: a new folder changes the one it is in."""
        files = (find_catalogue_file(self._data_dir, name) for name in CATALOGUE_FILES)
        databases = database_files(self._data_dir) if folders else ()
        paths = [*folders, *databases, *(path for path in files if path is not None)]
        return frozenset(
            (str(path), found.st_mtime_ns, found.st_size)
            for path in paths
            if (found := _status(path)) is not None
        )


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _folders(data_dir: Path) -> Iterator[Path]:
    """Those in which recordings are looked for."""
    for folder, below, _ in os.walk(data_dir):
        depth = len(Path(folder).relative_to(data_dir).parts)
        below[:] = [name for name in below if not name.startswith(".")] if depth < LAYOUT_DEPTH else []
        yield Path(folder)
