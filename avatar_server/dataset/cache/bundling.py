"""Loose pieces become the files that the official tools leave: arrays an NPZ, lists a JSON."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from avatar_server.dataset.json_lines import parse_lines
from avatar_server.errors import InputError

LONGEST_TEXT_BYTES = 64 << 20
"""Of one list; the longest transcripts take less than one megabyte."""

_LONGEST_HEADER = 10_000
"""Of an NPY, as `numpy.lib.format` allows."""


def check_npy(path: Path, where: str) -> None:
    """Raise InputError unless `path` is one whole array of plain numbers; only its header is read."""
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        header_bytes, shape, dtype = read_npy_header(file, where)
    if size_bytes != header_bytes + math.prod(shape) * dtype.itemsize:
        raise InputError(
            expected=f"{math.prod(shape) * dtype.itemsize} bytes of numbers for shape {shape}",
            came=f"{size_bytes - header_bytes}",
            where=where,
        )


def read_npy_header(file: IO[bytes], where: str) -> tuple[int, tuple[int, ...], np.dtype[Any]]:
    """Bytes before the first number, shape and type of an NPY that is read from its beginning.

    Raises InputError for anything but plain numbers in C order, and EOFError if the header is cut.
    """
    try:
        version = np.lib.format.read_magic(file)
        reader = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if reader is None:
            raise InputError(expected="NPY format 1.0 or 2.0", came=f"{version}", where=where)
        shape, fortran_order, dtype = reader(file, max_header_size=_LONGEST_HEADER)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise InputError(
            expected="an array in NPY format", came=f"something else ({error})", where=where
        ) from None
    if dtype.hasobject:
        raise InputError(
            expected="plain numbers", came="pickled objects, which are never loaded", where=where
        )
    if dtype.kind not in "fbiu" or (fortran_order and len(shape) > 1):
        order = "columns first" if fortran_order else "rows first"
        raise InputError(expected="numbers, rows first", came=f"type {dtype}, {order}", where=where)
    return file.tell(), shape, dtype


def write_npz(target: Path, arrays: Mapping[str, Path], *, beside: Sequence[Path] = ()) -> None:
    """All of `arrays` (official key to NPY) in one NPZ, and what the NPZs `beside` have besides.

    Not deflated, as `numpy.savez` does: floating-point noise gains little and costs the reader time. Raises
    InputError for an array that is none, and for an NPZ that is damaged.
    """
    written = {f"{key}.npy" for key in arrays}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for key, path in sorted(arrays.items()):
            check_npy(path, f"{path} ({key})")
            archive.write(path, f"{key}.npy")
        for other in beside:
            try:
                with zipfile.ZipFile(other) as before:
                    for info in before.infolist():
                        if info.filename in written:
                            continue
                        written.add(info.filename)
                        with (
                            before.open(info) as source,
                            archive.open(info.filename, "w", force_zip64=True) as sink,
                        ):
                            shutil.copyfileobj(source, sink, 1 << 20)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
                raise InputError(
                    expected="an NPZ file (a zip of arrays)", came=f"a damaged one ({error})", where=other
                ) from None


def check_npz(path: Path, where: str) -> None:
    """Raise InputError unless every member of the NPZ is whole, by its checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(expected="an NPZ file (a zip of arrays)", came=f"{error}", where=where) from None
    if damaged is not None:
        raise InputError(expected="a whole NPZ file", came=f"a damaged member {damaged!r}", where=where)


def npz_keys(path: Path) -> frozenset[str]:
    """Names of the arrays in an NPZ; none if it is damaged or not there."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError):
        return frozenset()
    return frozenset(name.removesuffix(".npy") for name in names if name.endswith(".npy"))


def write_json(
    target: Path,
    recording: str,
    lists: Mapping[str, Path],
    *,
    beside: Sequence[Mapping[str, object] | None] = (),
) -> None:
    """All of `lists` (official name to a file of JSON Lines, or of one JSON list) in one JSON.

    What the documents `beside` have is kept, later ones first. Raises InputError, naming the file, for
    what is no list, or longer than `LONGEST_TEXT_BYTES`.
    """
    document: dict[str, object] = {"id": recording}
    for other in beside:
        document |= other or {}
    for name, path in sorted(lists.items()):
        document[name] = list_items(path, f"{path} ({name})")
    target.write_text(json.dumps(document), encoding="utf-8")


def json_document(path: Path) -> dict[str, object] | None:
    """A recording's JSON as it is; None if it is damaged, too long or not there."""
    try:
        if path.stat().st_size > LONGEST_TEXT_BYTES:
            return None
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def list_items(path: Path, where: str) -> list[object]:
    """What a file of JSON Lines, or of one JSON list, holds; raises InputError as `write_json` does."""
    if path.stat().st_size > LONGEST_TEXT_BYTES:
        raise InputError(
            expected=f"at most {LONGEST_TEXT_BYTES >> 20} MiB of text",
            came=f"{path.stat().st_size >> 20} MiB",
            where=where,
        )
    data = path.read_bytes()
    try:
        text = data.decode(json.detect_encoding(data))
        items: list[object] = json.loads(text) if text.lstrip().startswith("[") else parse_lines(text)
    except (ValueError, RecursionError) as error:
        raise InputError(expected="JSON Lines", came=f"something else ({error})", where=where) from None
    return items
