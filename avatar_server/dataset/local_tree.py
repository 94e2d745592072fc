"""Finds the recordings of an interaction on this machine, by key or by file names.

The layout is that of the official download tools,
`{data_dir}/{label}/{split}/{batch:04d}/{archive:04d}/{id}.{wav,mp4,npz,json}`; any part of it, and a flat
folder of files, work as well. Partners share a batch but seldom an archive.
"""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.motion_file import SUFFIXES
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.errors import UsageError
from avatar_server.settings import expanded

LAYOUT_DEPTH = 4
"""Folders between the data folder and a file: label, split, batch, archive."""

_SUFFIXES = (".npz", ".wav", ".json", ".mp4")
_NUMBERED_FOLDER = re.compile(r"\d{4}")
_SPLITS = ("train", "dev", "test")


def find_interaction(data_dir: Path, name: str) -> Interaction:
    """The interaction called `name`; raises UsageError, saying where was looked, if there is none.

    `name` is an interaction key (`V00_S0809_I00000582`), or one or two recordings separated by a comma, the
    viewer's left one first. A recording is an id found under `data_dir`, or a path with or without suffix
    (`takes/V00_S0809_I00000582_P1275`). A key with a folder before it is looked for in that folder.
    """
    stems = [stem.strip() for stem in name.split(",")]
    if len(stems) > 2 or not all(stems):
        raise UsageError(f"expected an interaction key or one or two recordings (A,B), got {name!r}")
    folder, leaf = _split_stem(stems[0])
    if len(stems) == 1 and _is_key(leaf):
        return _by_key(folder or data_dir.expanduser(), InteractionKey.parse(leaf))
    if len(stems) == 1 and folder is None and not _is_recording_id(leaf):
        _refuse_unknown(data_dir.expanduser(), leaf)
    return _by_stems(data_dir.expanduser(), stems)


def find_recording(data_dir: Path, wanted: RecordingId) -> RecordingFiles | None:
    """The recording's files, wherever under `data_dir` they lie; None if there is no NPZ of it."""
    if not data_dir.expanduser().is_dir():
        return None
    for found in _stems_starting_with(data_dir.expanduser(), str(wanted)):
        files = _files_of(found)
        if files is not None and files.id == wanted:
            return files
    return None


@dataclass(frozen=True, slots=True)
class ArchiveFolder:
    """A folder with recordings; label and split are empty, batch and archive None, outside the layout."""

    label: str
    split: str
    batch: int | None
    archive: int | None
    recordings: tuple[RecordingFiles, ...]


def archive_folders(data_dir: Path) -> Iterator[ArchiveFolder]:
    """All folders with recordings that have an NPZ, in the order of their names.

    Raises UsageError if there is no `data_dir`.
    """
    for folder, names in _archives(data_dir.expanduser()):
        present = frozenset(names)
        recordings = tuple(
            RecordingFiles(
                RecordingId.parse(stem),
                folder / f"{stem}.npz",
                *(folder / name if (name := stem + suffix) in present else None for suffix in _SUFFIXES[1:]),
            )
            for stem in sorted(name.removesuffix(".npz") for name in names if name.endswith(".npz"))
            if _is_recording_id(stem)
        )
        if recordings:
            yield ArchiveFolder(*_place(folder), recordings)


def _by_key(folder: Path, key: InteractionKey) -> Interaction:
    stems = _stems_starting_with(folder, f"{key}_P")
    recordings = sorted((files for stem in stems if (files := _files_of(stem))), key=lambda files: files.id)
    without_motion = sorted(str(stem.name) for stem in stems if not _with_suffix(stem, ".npz").is_file())
    notices = [f"{stem}: no NPZ, so this participant is left out" for stem in without_motion]
    if not recordings:
        detail = "; ".join(notices) if notices else _near_matches(folder, str(key))
        raise UsageError(f"no interaction {key} under {folder}{'; ' + detail if detail else ''}")
    if len(recordings) > 2:
        left_out = ", ".join(str(files.id) for files in recordings[2:])
        notices.append(f"{key} has {len(recordings)} recordings; left out: {left_out}")
        recordings = recordings[:2]
    if len(recordings) == 1:
        notices.append(f"{key}: only {recordings[0].id} is here, the partner's recording is missing")
    return _interaction(key, recordings, notices)


def _by_stems(data_dir: Path, stems: list[str]) -> Interaction:
    recordings = [_recording(data_dir, stem) for stem in stems]
    notices = []
    if len(recordings) == 1:
        notices.append(f"only {recordings[0].id} was named, so one person plays alone")
    elif recordings[0].id.interaction_key != recordings[1].id.interaction_key:
        first, second = (files.id.interaction_key for files in recordings)
        notices.append(f"the two recordings are of different interactions, {first} and {second}")
    return _interaction(recordings[0].id.interaction_key, recordings, notices)


def _interaction(key: InteractionKey, recordings: list[RecordingFiles], notices: list[str]) -> Interaction:
    label, split = _label_and_split(recordings[0].npz)
    return Interaction(key, label, split, tuple(recordings), tuple(notices))


def _recording(data_dir: Path, stem: str) -> RecordingFiles:
    folder, leaf = _split_stem(stem)
    if not _is_recording_id(leaf):
        _refuse_unknown(data_dir, stem)
    wanted = RecordingId.parse(leaf)
    if folder is not None:
        files = _files_of(folder / leaf)
        if files is None:
            raise UsageError(f"no file {_with_suffix(folder / leaf, '.npz')}")
        return files
    found = find_recording(data_dir, wanted)
    if found is not None:
        return found
    near = _near_matches(data_dir, str(wanted.interaction_key))
    raise UsageError(f"no recording {wanted} under {data_dir}{'; ' + near if near else ''}")


def _refuse_unknown(data_dir: Path, name: str) -> NoReturn:
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name}: expected a folder with one or two motion files, found none in it")
    if path.is_file():
        raise UsageError(f"{name!r} is no name of a recording; to have the file read, name it ./{name}")
    beside = [f"{name}{suffix}" for suffix in SUFFIXES if _with_suffix(path, suffix).is_file()]
    near = _near_matches(data_dir, name) if data_dir.is_dir() else ""
    raise UsageError(
        f"{name!r} is no file and no folder, and no name of a recording or of an interaction (demo, or a key "
        "like V00_S0809_I00000582)"
        + (f"; looked in {data_dir}: {near}" if near else "")
        + (f"; there is a file {' and a file '.join(beside)}" if beside else "")
    )


def _split_stem(stem: str) -> tuple[Path | None, str]:
    """Folder (None if only a name was given) and name without suffix."""
    path = expanded(stem, "INTERACTION")
    leaf = path.name
    for suffix in _SUFFIXES:
        leaf = leaf.removesuffix(suffix)
    if path.name == stem and leaf == stem:
        return None, leaf
    return path.parent, leaf


def _is_key(text: str) -> bool:
    try:
        InteractionKey.parse(text)
    except UsageError:
        return False
    return True


def _is_recording_id(text: str) -> bool:
    try:
        RecordingId.parse(text)
    except UsageError:
        return False
    return True


def _files_of(stem: Path) -> RecordingFiles | None:
    """The files that share `stem` (a path without suffix), or None if there is no NPZ among them."""
    if not _is_recording_id(stem.name):
        return None
    present = {suffix: path for suffix in _SUFFIXES if (path := _with_suffix(stem, suffix)).is_file()}
    if ".npz" not in present:
        return None
    return RecordingFiles(
        id=RecordingId.parse(stem.name),
        npz=present[".npz"],
        wav=present.get(".wav"),
        json=present.get(".json"),
        mp4=present.get(".mp4"),
    )


def _with_suffix(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)


def _stems_starting_with(folder: Path, prefix: str) -> list[Path]:
    """Paths without suffix of all recordings that start with `prefix`, from the first batch that has any."""
    batch: Path | None = None
    found: set[Path] = set()
    for archive, names in _archives(folder):
        if batch is not None and archive.parent != batch:
            break
        matching = {Path(name).stem for name in names if name.startswith(prefix)}
        stems = {archive / name for name in matching if _is_recording_id(name)}
        if stems:
            found |= stems
            batch = archive.parent
    return sorted(found)


def _archives(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Folders from `folder` down to the depth of the layout that hold recordings, with their file names.

    Siblings come one after the other, so that all archives of a batch are neighbours.
    """
    if not folder.is_dir():
        raise UsageError(f"no folder {folder}; name the one that holds the recordings with --data")
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        names: list[str] = []
        below: list[Path] = []
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.endswith(_SUFFIXES):
                        names.append(entry.name)
                    elif depth < LAYOUT_DEPTH and not entry.name.startswith(".") and entry.is_dir():
                        below.append(here / entry.name)
        except PermissionError:
            if depth == 0:
                raise UsageError(f"the folder {folder} may not be read") from None
            continue
        if names:
            yield here, names
        waiting.extend((child, depth + 1) for child in sorted(below, reverse=True))


def _near_matches(folder: Path, wanted: str) -> str:
    """Up to three keys that look most like `wanted`, as the end of a sentence; empty if there are none."""
    keys = {key for _, names in _archives(folder) for name in names if (key := _key_text(name))}
    if not keys:
        return "there are no recordings in it"
    if len(keys) == 1:
        return f"it holds only {keys.pop()}"
    best = heapq.nlargest(3, sorted(keys), key=lambda key: _likeness(key, wanted.upper()))
    return f"it holds {len(keys)} interactions, the nearest are {', '.join(best)}"


def _key_text(file_name: str) -> str:
    """The interaction key in the name of an NPZ; empty for all other names."""
    stem = file_name.removesuffix(".npz")
    if stem == file_name or not _is_recording_id(stem):
        return ""
    return str(RecordingId.parse(stem).interaction_key)


def _likeness(key: str, wanted: Iterable[str]) -> int:
    """How many characters agree, place by place; all keys have the same form, so this finds typing errors."""
    return sum(a == b for a, b in zip(key, wanted, strict=False))


def _label_and_split(npz: Path) -> tuple[str, str]:
    label, split, _, _ = _place(npz.resolve().parent)
    return label, split


def _place(folder: Path) -> tuple[str, str, int | None, int | None]:
    """Label, split, batch and archive as the names of the folders tell; all empty outside the layout."""
    folders = folder.resolve().parts[-LAYOUT_DEPTH:]
    if len(folders) == LAYOUT_DEPTH:
        label, split, batch, archive = folders
        numbered = _NUMBERED_FOLDER.fullmatch(batch) and _NUMBERED_FOLDER.fullmatch(archive)
        if numbered and split in _SPLITS:
            return label, split, int(batch), int(archive)
    return "", "", None, None
