"""Loose pieces become the files that the official tools leave: arrays an NPZ, lists a JSON.

Whatever comes from a store is checked before: what a piece has to be is said here, too.
"""

from __future__ import annotations

import json
import lzma
import math
import shutil
import threading
import tokenize
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

LARGEST_NPZ_BYTES = 4 << 30
"""Of all arrays of one recording, unpacked: hours of all that the data set has."""

_LONGEST_HEADER = 10_000
"""Of an NPY, as `numpy.lib.format` allows."""

_ONE_AT_A_TIME = threading.Lock()
"""CPython 3.11 counts the depth of all threads' syntax trees together: `ast.literal_eval`, with which numpy
parses headers, raises SystemError now and then where two threads are at it at once."""

_WAV_STARTS = (b"RIFF", b"RF64", b"RIFX", b"BW64")
_MP4_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""With which a film may begin: ISO/IEC 14496-12 and Apple's QuickTime file format."""

_HEADER_ERRORS = (
    ValueError,
    # What numpy's parser of damaged headers lets through:
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    IndexError,
    OverflowError,
    MemoryError,
    RecursionError,
)

_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    RuntimeError,  # how zipfile says encrypted, or packed in an unknown way
)


def check_piece(piece: str, path: Path, where: str) -> None:
    """Raise InputError unless the whole file `path` is what a piece of this name has to be.

    Of sound and film only the first bytes are looked at: enough to know a server's apology.
    """
    if piece == "npz":
        check_npz(path, where)
    elif piece == "json":
        if json_document(path) is None:
            raise InputError(expected="a JSON object", came="something else", where=where)
    elif piece in ("wav", "mp4"):
        with path.open("rb") as file:
            start = file.read(8)
        if piece == "wav" and start[:4] not in _WAV_STARTS:
            raise InputError(expected="a WAV file", came=f"{start!r}...", where=where)
        if piece == "mp4" and start[4:] not in _MP4_BOXES:
            raise InputError(expected="an MP4 file", came=f"{start!r}...", where=where)
    elif is_list(piece):
        list_items(path, where)
    else:
        check_npy(path, where)


def is_list(piece: str) -> bool:
    """Whether a loose piece ends up in the JSON and not in the NPZ."""
    return piece.startswith(("metadata:", "annotations:"))


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

    Raises InputError for anything but plain numbers in C order, also for a header that is cut.
    """
    try:
        version = np.lib.format.read_magic(file)
        reader = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if reader is None:
            raise InputError(expected="NPY format 1.0 or 2.0", came=f"{version}", where=where)
        with _ONE_AT_A_TIME:
            shape, fortran_order, dtype = reader(file, max_header_size=_LONGEST_HEADER)
    except _HEADER_ERRORS as error:
        raise InputError(
            expected="an array in NPY format", came=f"something else ({one_line(error)})", where=where
        ) from None
    if dtype.hasobject:
        raise InputError(
            expected="plain numbers", came="pickled objects, which are never loaded", where=where
        )
    if dtype.kind not in "fbiu" or (fortran_order and len(shape) > 1):
        order = "columns first" if fortran_order else "rows first"
        raise InputError(expected="numbers, rows first", came=f"type {dtype}, {order}", where=where)
    if any(type(length) is not int or length < 0 for length in shape):
        raise InputError(expected="lengths of 0 or more", came=f"shape {shape}", where=where)
    return file.tell(), shape, dtype


def one_line(error: Exception) -> str:
    """What an error says, without the line breaks of some; its kind if it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def write_npz(target: Path, arrays: Mapping[str, Path], *, beside: Sequence[Path] = ()) -> None:
    """All of `arrays` (official key to NPY) in one NPZ, and what the NPZs `beside` have besides, first come.

    Not deflated, as `numpy.savez` does: floating-point noise gains little and costs the reader time. Equal
    arrays make equal files. Raises InputError for an NPZ that is damaged.
    """
    written = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for key, path in sorted(arrays.items()):
            written.add(f"{key}.npy")
            with path.open("rb") as source:
                _add(archive, f"{key}.npy", source)
        for other in beside:
            try:
                with zipfile.ZipFile(other) as before:
                    _check_size(before, other)
                    # Of two members of one name the last one counts.
                    for name, info in {info.filename: info for info in before.infolist()}.items():
                        if name not in written:
                            written.add(name)
                            with before.open(info) as source:
                                _add(archive, name, source)
            except (*_ZIP_ERRORS, OSError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise InputError(
                    expected="an NPZ file (a zip of arrays)",
                    came=f"a damaged one ({one_line(error)})",
                    where=other,
                ) from None


def _add(archive: zipfile.ZipFile, name: str, source: IO[bytes]) -> None:
    # A zip can tell no time before 1980, and a clock may.
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def check_npz(path: Path, where: str) -> None:
    """Raise InputError unless every member of the NPZ is whole, by its checksum, and all fit a disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, where)
            damaged = archive.testzip()
    except (*_ZIP_ERRORS, OSError) as error:
        raise InputError(
            expected="an NPZ file (a zip of arrays)", came=one_line(error), where=where
        ) from None
    if damaged is not None:
        raise InputError(expected="a whole NPZ file", came=f"a damaged member {damaged!r}", where=where)


def _check_size(archive: zipfile.ZipFile, where: str | Path) -> None:
    # A member never gives more than its size in the directory, however little it was packed into.
    size_bytes = sum(info.file_size for info in archive.infolist())
    if size_bytes > LARGEST_NPZ_BYTES:
        raise InputError(
            expected=f"at most {LARGEST_NPZ_BYTES >> 30} GiB of arrays",
            came=f"{size_bytes >> 30} GiB",
            where=where,
        )


def npz_keys(path: Path) -> frozenset[str]:
    """Names of the arrays in an NPZ; none if it is damaged or not there."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (*_ZIP_ERRORS, OSError):
        return frozenset()
    return frozenset(name.removesuffix(".npy") for name in names if name.endswith(".npy"))


def write_json(
    target: Path,
    recording: str,
    lists: Mapping[str, Path],
    *,
    beside: Sequence[Mapping[str, object]] = (),
) -> None:
    """All of `lists` (official name to a file of JSON Lines, or of one JSON list) in one JSON.

    What the documents `beside` have besides is kept, first come. Raises InputError, naming the file, for
    what is no list, or longer than `LONGEST_TEXT_BYTES`, or nested too deeply.
    """
    document: dict[str, object] = {
        name: list_items(path, f"{path} ({name})") for name, path in sorted(lists.items())
    }
    for other in beside:
        document = {**other, **document}
    try:
        text = json.dumps({"id": recording, **document})
    except RecursionError:
        raise InputError(expected="lists", came="lists nested too deeply", where=target) from None
    target.write_text(text, encoding="utf-8")


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
        raise InputError(
            expected="JSON Lines", came=f"something else ({one_line(error)})", where=where
        ) from None
    return items
