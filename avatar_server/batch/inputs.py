"""The files that a film was made from, and one number for all that decides about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import av

from avatar_server import __version__
from avatar_server.batch.entry import Entry
from avatar_server.batch.film_source import Words
from avatar_server.errors import InputError

_LIBRARIES = ("av", "moderngl", "numpy", "scipy", "pillow")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file. name: the same on every machine. mtime_ns: when it was changed."""

    name: str
    bytes: int
    sha256: str
    mtime_ns: int


def hash_file(path: Path) -> str:
    """SHA-256 of its content; OSError if it cannot be read."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()


def read_inputs(
    files: Mapping[str, Path], known: Mapping[str, InputFile] | None = None
) -> tuple[InputFile, ...]:
    """Size and hash of every file, by name.

    known: what was found earlier; a file of the same size and time of change is not read again. Raises
    InputError for a file that cannot be read.
    """
    found = []
    for name, path in sorted(files.items()):
        try:
            state = path.stat()
            before = (known or {}).get(name)
            same = before is not None and (before.bytes, before.mtime_ns) == (
                state.st_size,
                state.st_mtime_ns,
            )
            sha256 = before.sha256 if before is not None and same else hash_file(path)
        except OSError as error:
            raise InputError(expected="a readable file", came=f"{error.strerror}", where=path) from None
        found.append(InputFile(name, state.st_size, sha256, state.st_mtime_ns))
    return tuple(found)


def film_fingerprint(entry: Entry, words: Words, inputs: tuple[InputFile, ...]) -> str:
    """SHA-256 of what was asked for and of the content it is made from: equal ones mean the same film.

    The entry's name is no part of it, and neither are the versions of the software: see `subject_of`.
    """
    return _digest(
        {
            "span": [entry.start_s, entry.end_s],
            "words": dict(words),
            "inputs": [[one.name, one.bytes, one.sha256] for one in inputs],
        }
    )


def subject_of(fingerprint: str) -> str:
    """What a segment has to show to go on with it: the film, as these versions of the software make it."""
    return _digest({"film": fingerprint, "versions": versions()})


def versions() -> dict[str, str]:
    """Of the package and of the libraries that pictures, sound and files depend on."""
    found = {"avatar_server": __version__, **{name: version(name) for name in _LIBRARIES}}
    for name, numbers in av.library_versions.items():
        found[name] = ".".join(str(number) for number in numbers)
    return found


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
