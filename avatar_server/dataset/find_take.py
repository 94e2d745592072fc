"""From the names of files, or of a folder, to a `Take`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from avatar_server.dataset.motion_file import SUFFIXES, HeldArrays, kind_of_file, opened_arrays
from avatar_server.dataset.npz_archive import NpzArchive
from avatar_server.dataset.reading_choices import NOTHING_SAID, ReadingWords
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.errors import InputError, UsageError
from avatar_server.settings import expanded

_PARTNER = re.compile(r"(?P<before>.*?)(?P<letter>[Pp])(?P<number>[12])")
"""Inter-X names the two files of a pair P1 and P2."""

_BODY_KINDS = (".bvh", ".npz", ".pkl", ".pickle", ".npy")
"""What a folder's people are looked for among: where there are BVH files, arrays beside them are faces."""


@dataclass(frozen=True, slots=True)
class _Named:
    path: Path
    part: str = ""


def is_take(name: str) -> bool:
    """Whether `name` means files or a folder of any motion format, not recordings of the data set."""
    return any(_is_motion(part) for part in _parts(name))


def find_take(name: str, words: ReadingWords = NOTHING_SAID) -> Take:
    """The take that `name` means: `a.npz,b.npz`, `P1.npz` (and its P2), `pair.pkl`, or a folder with a pair.

    words: what is known better than by the data. Raises UsageError for what is not there or is too much,
    InputError for a file of no known kind.
    """
    choices, sounds = words.read(), words.sounds
    parts = _parts(name)
    if len(parts) > 2 or not all(parts):
        raise UsageError(f"expected one or two motion files (A,B), got {name!r}")
    paths = [expanded(part, "INTERACTION") for part in parts]
    if len(paths) == 1 and paths[0].is_dir():
        named, key, together = _in_folder(paths[0])
    else:
        for path in paths:
            if path.is_dir():
                raise UsageError(
                    f"{path}: expected a motion file of one person in a pair (A,B), got a folder"
                )
            if not path.is_file():
                raise UsageError(f"no file {path}")
        named, key, together = _files(paths)
    notices = []
    if len(named) > 2:
        notices.append(f"{len(named)} people are in {named[0].path.name}; the first two are shown")
        named = named[:2]
    people = _people(named)
    if len(sounds) > len(people):
        raise UsageError(f"--sound: expected at most {len(people)} files, got {len(sounds)}")
    for index, sound in enumerate(sounds):
        wav = expanded(sound, "--sound") if sound else None
        if wav is not None and not wav.is_file():
            raise UsageError(f"--sound: no file {wav}")
        people[index] = replace(people[index], wav=wav)
    if len(people) == 1:
        notices.append(f"only {people[0].name} was named, so one person plays alone")
    return Take(key, tuple(people), choices, together, tuple(notices))


def _parts(name: str) -> list[str]:
    return [part.strip() for part in name.split(",")]


def _is_motion(part: str) -> bool:
    try:
        path = expanded(part, "INTERACTION") if part else Path("-")
        if path.is_dir():
            # A bare word is a name of the data set first, and `demo` is the demo.
            return Path(part).name != part or bool(_motion_files(path))
        if path.suffix.lower() not in SUFFIXES and not _is_elsewhere(path, part):
            return False
        if not _is_of_the_data_set(path.stem):
            return True
        return path.is_file() and not _is_seamless(path)
    except OSError:
        return False


def _is_elsewhere(path: Path, part: str) -> bool:
    """Whether it is a file that no bare word of the data set can mean, whatever its suffix."""
    return path.is_file() and (bool(path.suffix) or Path(part).name != part)


def _is_of_the_data_set(stem: str) -> bool:
    for parse in (InteractionKey.parse, RecordingId.parse):
        try:
            parse(stem)
        except UsageError:
            continue
        return True
    return False


def _is_seamless(path: Path) -> bool:
    """Whoever reads what is no NPZ, or holds none of these keys, as the data set's says what is wrong."""
    try:
        if kind_of_file(path) != "npz":
            return False
        with NpzArchive(path) as archive:
            return not archive.keys or any(":" in key for key in archive.keys)
    except InputError:
        return True


def _files(paths: Sequence[Path]) -> tuple[list[_Named], str, bool]:
    """The people in these files, what they are called together, and whether they belong together."""
    if len(paths) == 1:
        partner = _partner(paths[0])
        if partner is not None:
            pair = sorted((paths[0], partner))
            return [_Named(path) for path in pair], pair[0].resolve().parent.name, True
        inside = _people_inside(paths[0])
        if inside:
            return [_Named(paths[0], part) for part in inside], paths[0].stem, True
        return [_Named(paths[0])], paths[0].stem, True
    for path in paths:
        inside = _people_inside(path)
        if inside:
            raise UsageError(
                f"{path}: expected one person in a pair (A,B), got {' and '.join(inside)}; name it alone"
            )
    is_pair = _partner(paths[0]) == paths[1]
    if is_pair:
        return [_Named(path) for path in paths], paths[0].resolve().parent.name, True
    return [_Named(path) for path in paths], "+".join(path.stem for path in paths), False


def _partner(path: Path) -> Path | None:
    """P2 of P1, and the other way round, if it is there."""
    found = _PARTNER.fullmatch(path.stem)
    if found is None or (found["before"] and not found["before"].endswith(("_", "-", "."))):
        return None
    other = f"{found['before']}{found['letter']}{3 - int(found['number'])}{path.suffix}"
    partner = path.with_name(other)
    return partner if partner.is_file() else None


def _people_inside(path: Path) -> list[str]:
    """Names of the people in a pickle that holds several."""
    if kind_of_file(path) != "pickle":
        return []
    with opened_arrays(path) as arrays:
        assert isinstance(arrays, HeldArrays)
        return [key for key in arrays.keys if arrays.part(key) is not None]


def _in_folder(folder: Path) -> tuple[list[_Named], str, bool]:
    files = _motion_files(folder)
    if not files:
        raise UsageError(f"no motion files in {folder}: expected one or two of {', '.join(SUFFIXES)}")
    name = folder.resolve().name
    if len(files) == 1:
        named, _, _ = _files(files)
        return named, name, True
    if len(files) > 2:
        shown = ", ".join(path.name for path in files[:3])
        raise UsageError(
            f"{folder}: expected one person or a pair, got {len(files)} motion files ({shown}, ...); "
            "name two of them with a comma between"
        )
    return [_Named(path) for path in files], name, True


def _motion_files(folder: Path) -> list[Path]:
    """Of the first kind that there is any of, sorted by name."""
    try:
        present = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UsageError(f"the folder {folder} may not be read ({error.strerror})") from None
    for kind in _BODY_KINDS:
        files = [path for path in present if path.suffix.lower() == kind and path.is_file()]
        if files:
            return [] if any(_is_of_the_data_set(path.stem) for path in files) else files
    return []


def _people(named: Sequence[_Named]) -> list[TakePerson]:
    names = [one.part or one.path.stem for one in named]
    if len(set(names)) < len(names):
        names = [f"{one.path.resolve().parent.name}/{name}" for one, name in zip(named, names, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name} {index}" for index, name in enumerate(names, start=1)]
    people = []
    for one, name in zip(named, names, strict=True):
        stem = f"{one.path.stem}_{one.part}" if one.part else one.path.stem
        wav, json = (one.path.with_name(f"{stem}.{kind}") for kind in ("wav", "json"))
        people.append(
            TakePerson(
                id=f"{one.path.stem}_{one.part}" if one.part else name,
                name=name,
                motion=one.path,
                part=one.part,
                wav=wav if wav.is_file() else None,
                json=json if _has_annotations(json) else None,
            )
        )
    return people


def _has_annotations(path: Path) -> bool:
    """Whether it is in the Seamless schema; other data sets call other things `.json`."""
    try:
        with path.open("rb") as file:
            return b'"metadata:' in file.read(4096)
    except OSError:
        return False
