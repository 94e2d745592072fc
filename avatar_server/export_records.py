"""What is told of an export while it goes on: `avatar-server render --json` prints one record a line."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.control.strict_json import message_text, parse_message


@dataclass(frozen=True, slots=True)
class Drawing:
    """A few times a second: pictures drawn, of all, and bytes of the file so far."""

    pictures: int
    pictures_expected: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Note:
    """What people should know, such as a repaired recording."""

    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """Last of all: the file is there, of so many bytes and seconds; drawn by this renderer in wall_s."""

    pictures: int
    bytes: int
    duration_s: float
    wall_s: float
    renderer: str


ExportRecord = Drawing | Note | Written

KINDS: dict[str, type[ExportRecord]] = {"drawing": Drawing, "note": Note, "written": Written}
"""By `type`, as they are called in JSON."""


def record_line(record: ExportRecord) -> str:
    """One line of JSON, without its end."""
    return message_text(record, KINDS)


def parse_record(line: str) -> ExportRecord:
    """What `record_line` made; MessageError for anything else."""
    return parse_message(line, KINDS)
