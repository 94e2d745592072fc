"""The file of one segment: encoded pictures, and behind them what they are and how to verify them.

A line that names the format; for each picture, in the order of decoding, its size in bytes, its place in the
segment in the order of showing, whether it is a key frame (`>IIB`), and its bytes; a `SegmentRecord` as JSON,
and the length of that JSON (`>I`). The file gets its name when it is whole, so there is no other kind.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from avatar_server.encode.h264_segment import EncodedPicture
from avatar_server.errors import InputError
from avatar_server.segments.plan import Segment
from avatar_server.sinks.disk_errors import disk_error

_FORMAT = b"avatar-server segment 1\n"
_PICTURE = struct.Struct(">IIB")
_LENGTH = struct.Struct(">I")
_LONGEST_RECORD = 1 << 16


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """What a segment's file holds.

    settings: see `settings_fingerprint`; subject: whatever its writer says it shows, for comparing.
    sha256: of all before the record. bytes: of the encoded pictures.
    """

    index: int
    first: int
    count: int
    settings: str
    subject: str
    bytes: int
    sha256: str
    renderer: str

    @property
    def segment(self) -> Segment:
        """Which part of the film it is."""
        return Segment(self.index, self.first, self.count)


class SegmentWriter:
    """Writes one segment's file; used as a context manager, it leaves the whole file or none.

    All errors of writing are MachineError.
    """

    def __init__(self, target: Path, segment: Segment, settings: str, subject: str, renderer: str) -> None:
        self._target = target
        self._segment = segment
        self._settings = settings
        self._subject = subject
        self._renderer = renderer
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._record: SegmentRecord | None = None

    @property
    def record(self) -> SegmentRecord:
        """Of the file, once it is whole."""
        assert self._record is not None
        return self._record

    def __enter__(self) -> SegmentWriter:
        self._temporary = self._target.with_name(f".{secrets.token_hex(8)}.segment.part")
        self._file: BinaryIO | None = None
        try:
            try:
                self._file = self._temporary.open("xb")
            except OSError as error:
                raise disk_error(error, self._target) from None
            self._put(_FORMAT)
        except BaseException:
            self._abandon()
            raise
        return self

    def write(self, pictures: Iterable[EncodedPicture], first: int) -> None:
        """The next ones, of a group whose first picture is the segment's picture `first`."""
        for picture in pictures:
            self._put(_PICTURE.pack(len(picture.data), first + picture.index, picture.is_key))
            self._put(picture.data)
            self._bytes += len(picture.data)

    def _put(self, data: bytes) -> None:
        assert self._file is not None
        self._hash.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_error(error, self._target) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._abandon()
            return
        assert self._file is not None
        record = SegmentRecord(
            index=self._segment.index,
            first=self._segment.first,
            count=self._segment.count,
            settings=self._settings,
            subject=self._subject,
            bytes=self._bytes,
            sha256=self._hash.hexdigest(),
            renderer=self._renderer,
        )
        text = json.dumps(asdict(record)).encode()
        try:
            self._file.write(text + _LENGTH.pack(len(text)))
            self._file.close()
            self._temporary.replace(self._target)
        except OSError as failure:
            self._abandon()
            raise disk_error(failure, self._target) from None
        except BaseException:
            self._abandon()
            raise
        self._record = record

    def _abandon(self) -> None:
        if self._file is not None:
            # What is still to be written may not fit, and nobody wants it.
            with contextlib.suppress(OSError):
                self._file.close()
        self._temporary.unlink(missing_ok=True)


def read_record(path: Path) -> SegmentRecord:
    """What the file says it holds, without looking at the pictures; InputError if it is no segment."""
    with _opened(path) as file:
        return _record(file, path)[0]


def read_pictures(path: Path) -> Iterator[EncodedPicture]:
    """The pictures in the order of decoding; InputError, after the last one, if they were not written so."""
    with _opened(path) as file:
        record, end = _record(file, path)
        file.seek(0)
        found = hashlib.sha256(file.read(len(_FORMAT)))
        count = 0
        while (at := file.tell()) < end:
            head = file.read(min(_PICTURE.size, end - at))
            if len(head) < _PICTURE.size:
                break
            size, index, is_key = _PICTURE.unpack(head)
            data = file.read(min(size, end - file.tell()))
            found.update(head)
            found.update(data)
            count += 1
            yield EncodedPicture(data, index, bool(is_key))
    if found.hexdigest() != record.sha256 or count != record.count:
        raise InputError(expected="the pictures that were written", came="others", where=str(path))


def verified(path: Path) -> SegmentRecord:
    """What the file holds, after all of it was read; InputError if it is not what was written."""
    for _ in read_pictures(path):
        pass
    return read_record(path)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(
            expected="a segment of a film", came=error.strerror or str(error), where=str(path)
        ) from None


def _record(file: BinaryIO, path: Path) -> tuple[SegmentRecord, int]:
    """The record, and where the pictures end."""
    size = file.seek(0, 2)
    file.seek(0)
    try:
        if file.read(len(_FORMAT)) != _FORMAT or size < len(_FORMAT) + _LENGTH.size:
            raise ValueError
        file.seek(size - _LENGTH.size)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        end = size - _LENGTH.size - length
        if length > _LONGEST_RECORD or end < len(_FORMAT):
            raise ValueError
        file.seek(end)
        return SegmentRecord(**json.loads(file.read(length))), end
    except (ValueError, TypeError):
        raise InputError(expected="a segment of a film", came="something else", where=str(path)) from None
