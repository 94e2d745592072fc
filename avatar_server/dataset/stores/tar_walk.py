"""Where the members of a tar lie, from its headers alone: of a gigabyte some kilobytes are read.

Formats: POSIX.1-1988 (ustar), POSIX.1-2001 (pax, "pax Interchange Format"), and GNU tar's long names and
binary numbers ("Basic Tar Format" of its manual). A header is a block of 512 bytes, a member's bytes follow
in whole blocks. Of names only the last part counts: nothing here decides where a file is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from avatar_server.errors import InputError

BLOCK_BYTES = 512

SKIM_BYTES = 264
"""Of a header: name, size, kind and magic. Its checksum needs all of it, and is looked at when a member is
read, with its bytes, see `check_header`."""

MOST_EXTENSION_BYTES = 64 << 10
"""Of a long name or a list of attributes; they are some hundred bytes."""

MOST_MEMBERS = 100_000

_REGULAR = frozenset(b"0\0" + b"7")
_WITHOUT_BYTES = frozenset(b"123456")
"""Links, devices, folders and pipes: whatever size they claim."""

_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK = b"xgLK"
_SPARSE = b"S"[0]
_RECORD = re.compile(rb"(\d{1,9}) ([^=]+)=", re.DOTALL)

Read = Callable[[int, int], bytes]
"""(position, count) -> so many bytes of the tar."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar: `size_bytes` bytes from byte `start` on.

    name: the last part of its path. is_extended: whether an extension gives its name or its size, so that
    its own header may say others.
    """

    name: str
    start: int
    size_bytes: int
    is_extended: bool = False

    @property
    def end(self) -> int:
        """The byte after its last one."""
        return self.start + self.size_bytes


class TarWalk:
    """Goes from header to header; each step asks for as little as tells where the next one is."""

    def __init__(self, size_bytes: int, where: str, position: int = 0) -> None:
        """size_bytes: of the whole tar. position: of a header, where an earlier walk stopped."""
        self.position = position
        self._size_bytes = size_bytes
        self._where = where
        self._usual_bytes = SKIM_BYTES
        self._buffer_start, self._buffer = 0, b""

    def next_member(self, read: Read) -> Member | None:
        """The next file; None after the last one. Raises InputError for what is no tar."""
        name, size_bytes, begun = "", None, self.position
        while True:
            position = self.position
            is_over = position + BLOCK_BYTES > self._size_bytes
            head = b"" if is_over else self._read(read, position, SKIM_BYTES)
            if not any(head):
                self.position = self._size_bytes
                return None
            if head[257:262] not in (b"ustar", b"\0\0\0\0\0"):
                raise self._refused("a tar header", f"{head[257:262]!r} where 'ustar' belongs", position)
            kind, start = head[156], position + BLOCK_BYTES
            length = self._number(head[124:136], position)
            if kind in (_PAX, _PAX_FOR_ALL, _LONG_NAME, _LONG_LINK):
                content = self._extension(read, start, length)
                self.position = start + _padded(length)
                if kind == _LONG_NAME:
                    name = _text(content)
                elif kind == _PAX:
                    found_name, found_size = self._attributes(content, position)
                    name, size_bytes = found_name or name, size_bytes if found_size is None else found_size
                # Next time the extension is asked for together with the header that it belongs to.
                self._usual_bytes = min(self.position - begun + SKIM_BYTES, 4 * BLOCK_BYTES)
                continue
            if kind == _SPARSE:
                raise self._refused("members without holes", "a sparse member", position)
            length = 0 if kind in _WITHOUT_BYTES else length if size_bytes is None else size_bytes
            if start + length > self._size_bytes:
                raise self._refused(
                    f"members within {self._size_bytes} bytes", f"one that ends at {start + length}", position
                )
            self.position = min(start + _padded(length), self._size_bytes)
            if kind in _REGULAR:
                extended = bool(name) or size_bytes is not None
                return Member(last_part(name or _text(head[:100])), start, length, extended)
            name, size_bytes, begun = "", None, self.position

    def _extension(self, read: Read, start: int, length: int) -> bytes:
        if length > MOST_EXTENSION_BYTES or start + length > self._size_bytes:
            raise self._refused(
                f"an extension of at most {MOST_EXTENSION_BYTES} bytes", f"one of {length}", start
            )
        return self._read(read, start, length) if length else b""

    def _attributes(self, content: bytes, position: int) -> tuple[str, int | None]:
        """Path and size out of a list of attributes, empty and None where it has none."""
        name, size_bytes = "", None
        while content.strip(b"\0"):
            found = _RECORD.match(content)
            length = int(found[1]) if found else 0
            if found is None or not found.end() < length <= len(content):
                raise self._refused("a list of attributes", f"{content[:20]!r}...", position)
            value = content[found.end() : length - 1]
            if found[2] == b"path":
                name = value.decode("utf-8", "replace")
            elif found[2] == b"size":
                if not value.isdigit() or len(value) > 19:
                    raise self._refused("a size", repr(value[:20]), position)
                size_bytes = int(value)
            content = content[length:]
        return name, size_bytes

    def _read(self, read: Read, position: int, count: int) -> bytes:
        end = position + count
        if not (self._buffer_start <= position and end <= self._buffer_start + len(self._buffer)):
            wanted = min(max(count, self._usual_bytes), self._size_bytes - position)
            self._buffer_start, self._buffer = position, read(position, wanted)
        at = position - self._buffer_start
        return self._buffer[at : at + count]

    def _number(self, field: bytes, position: int) -> int:
        number = _number(field)
        if number is None:
            raise self._refused("a size", repr(field), position)
        return number

    def _refused(self, expected: str, came: str, position: int) -> InputError:
        return InputError(expected=expected, came=f"{came} at byte {position}", where=self._where)


def check_header(block: bytes, member: Member, where: str) -> None:
    """Raise InputError unless the block in front of a member's bytes is its header, with its checksum."""
    found, claimed = sum(block[:148]) + 8 * 0x20 + sum(block[156:]), _number(block[148:156])
    fits = member.is_extended or (
        _number(block[124:136]) == member.size_bytes and last_part(_text(block[:100])) == member.name
    )
    if len(block) != BLOCK_BYTES or found != claimed or block[156] not in _REGULAR or not fits:
        raise InputError(
            expected=f"the header of {member.name}", came="something else", where=f"{where} at {member.start}"
        )


def last_part(path: str) -> str:
    """`c` of `a/b/c`, on any system."""
    return re.split(r"[/\\]", path)[-1]


def _number(field: bytes) -> int | None:
    """Octal digits, or GNU's binary number; None for anything else."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else None


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _padded(length: int) -> int:
    return -(-length // BLOCK_BYTES) * BLOCK_BYTES
