"""How pieces become the files of the official tree, beside what is there already."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.cache.bundling import is_list, json_document, npz_keys, write_json, write_npz
from avatar_server.dataset.cache.ledger import FetchedFile, Ledger
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.modalities import BUNDLED_PIECE, LOOSE_PIECES
from avatar_server.dataset.recording_id import RecordingId

OFFICIAL = ("wav", "json", "mp4", "npz")
"""In the order in which they are put there: an NPZ says that all of a recording is there."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A whole file that waits for its official name.

    is_ours: whether it replaces nothing of others. sets_aside: whether what it replaces could not be read,
    and so is not in it.
    """

    path: Path
    official: Path
    source: str
    is_ours: bool
    sets_aside: bool


class OfficialFiles:
    """One recording's files in the tree; of those who change them one at a time, see `incoming_folders`."""

    def __init__(self, recording: RecordingId, folder: Path, data_dir: Path, ledger: Ledger) -> None:
        """folder: of the official tree, not necessarily there."""
        self.folder = folder
        self._recording = str(recording)
        self._id = recording
        self._data_dir = data_dir
        self._ledger = ledger

    def path(self, suffix: str) -> Path:
        """Of one of `OFFICIAL`."""
        return self.folder / f"{self._recording}.{suffix}"

    def files(self) -> RecordingFiles:
        """What is there, and where the NPZ is or would be: without one this is no recording yet."""
        wav, json, mp4 = (
            path if (path := self.path(suffix)).exists() else None for suffix in ("wav", "json", "mp4")
        )
        return RecordingFiles(self._id, self.path("npz"), wav, json, mp4)

    def make(self, pieces: Mapping[str, PartialFile], folder: Path) -> list[NewFile]:
        """Whole files of whole pieces, made in `folder` (as `new.npz`, ...), those that bring anything new.

        Each has what is there already, too. Where that is somebody else's it comes first, and where it is
        ours what is new does. Raises InputError, naming the file, if it is damaged inside, and OSError.
        """
        return [new for suffix in OFFICIAL if (new := self._make(suffix, pieces, folder)) is not None]

    def place(self, made: Sequence[NewFile]) -> None:
        """Give them their names, each by one rename, and note which are ours.

        Raises MachineError and OSError.
        """
        ours = []
        for new in made:
            with new.path.open("rb") as file:
                os.fsync(file.fileno())
            if new.is_ours:
                found = new.path.stat()
                name = self._name(new.official)
                ours.append(
                    FetchedFile(
                        name, self._recording, found.st_size, found.st_mtime_ns, new.source, time.time()
                    )
                )
        # After a kill in between, the book tells of what is not there, which nobody misses; were it the other
        # way round, the files would count as somebody else's for ever.
        self._ledger.note(ours)
        for new in made:
            if new.sets_aside:
                _set_aside(new.official)
            new.path.replace(new.official)

    def not_in_bundles(self, pieces: Iterable[str]) -> frozenset[str]:
        """Loose pieces that are in none of the bundles among `pieces`, and so do not exist."""
        came = {*pieces}
        held = npz_keys(self.path("npz")) | (json_document(self.path("json")) or {}).keys()
        return frozenset(
            piece
            for modality, names in LOOSE_PIECES.items()
            if BUNDLED_PIECE[modality] in came and BUNDLED_PIECE[modality] in ("npz", "json")
            for piece in names
            if piece not in held
        )

    def _make(self, suffix: str, pieces: Mapping[str, PartialFile], folder: Path) -> NewFile | None:
        official, new = self.path(suffix), folder / f"new.{suffix}"
        loose = {name: file.path for name, file in pieces.items() if _bundle_of(name) == suffix}
        bundled = pieces[suffix].path if suffix in pieces else None
        is_ours = self._is_ours(official)
        sets_aside = False
        if suffix == "npz":
            held = npz_keys(official)
            sets_aside = not is_ours and not held
            path = _make_npz(new, official, held, loose, bundled, is_ours=is_ours)
        elif suffix == "json":
            theirs = json_document(official)
            sets_aside = not is_ours and theirs is None
            path = self._make_json(new, theirs or {}, loose, bundled, is_ours=is_ours)
        else:
            path = None if official.exists() else bundled
        if path is None:
            return None
        source = next(pieces[name].source for name in (suffix, *loose) if name in pieces)
        return NewFile(path, official, source, is_ours, sets_aside)

    def _make_json(
        self,
        new: Path,
        held: Mapping[str, object],
        loose: Mapping[str, Path],
        bundled: Path | None,
        *,
        is_ours: bool,
    ) -> Path | None:
        document = json_document(bundled) or {} if bundled is not None else {}
        if {*loose, *document} <= {*held}:
            return None
        if is_ours:
            write_json(new, self._recording, loose, beside=(document, held))
        else:
            write_json(new, self._recording, _without(loose, held), beside=(held, document))
        return new

    def _is_ours(self, official: Path) -> bool:
        """Whether nobody else's file has that name."""
        name = self._name(official)
        return not official.exists() or any(
            file.path == name and file.is_as_left(self._data_dir)
            for file in self._ledger.files(self._recording)
        )

    def _name(self, official: Path) -> str:
        return official.relative_to(self._data_dir).as_posix()


def _make_npz(
    new: Path,
    official: Path,
    held: frozenset[str],
    loose: Mapping[str, Path],
    bundled: Path | None,
    *,
    is_ours: bool,
) -> Path | None:
    """Where the whole NPZ lies: the bundle itself if nothing has to be added; None if nothing new came."""
    coming = {*loose, *(npz_keys(bundled) if bundled is not None else ())}
    if coming <= held:
        return None
    if bundled is not None and not loose and (not held or (is_ours and held <= coming)):
        return bundled
    came = [bundled] if bundled is not None else []
    was = [official] if held else []
    if is_ours:
        write_npz(new, loose, beside=[*came, *was])
    else:
        write_npz(new, _without(loose, held), beside=[*was, *came])
    return new


def _without(loose: Mapping[str, Path], held: Iterable[str]) -> dict[str, Path]:
    there = {*held}
    return {name: path for name, path in loose.items() if name not in there}


def _bundle_of(piece: str) -> str:
    """The official file that a loose piece ends up in; empty for one that is a file itself."""
    if ":" not in piece:
        return ""
    return "json" if is_list(piece) else "npz"


def _set_aside(official: Path) -> None:
    """Somebody else's file that cannot be read is kept under a name that nobody takes for a recording's."""
    names = (official.with_name(f"{official.name}.before-{number}") for number in itertools.count(1))
    official.rename(next(name for name in names if not name.exists()))
