"""What the server and a process that brings a video tell each other: a line of JSON each."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.control.strict_json import message_text, parse_message


@dataclass(frozen=True, slots=True)
class Wanted:
    """To the process: a reader needs the bytes from `position` to before `stop`, those at `position` now."""

    reader: int
    position: int
    stop: int


@dataclass(frozen=True, slots=True)
class Gone:
    """To the process: this reader is."""

    reader: int


@dataclass(frozen=True, slots=True)
class Found:
    """To the server, before all else: the video and what of it is here. path: of the file that it comes into.

    version: as the store calls this content, empty if it does not.
    """

    path: str
    size_bytes: int
    version: str
    here: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Came:
    """To the server: these bytes are here."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Whole:
    """To the server: all of it is here, at its place in the official tree."""


@dataclass(frozen=True, slots=True)
class Failed:
    """To the server, last of all: why it does not come. status: as HTTP says it; reason: for people."""

    status: int
    reason: str


ToProcess = Wanted | Gone
FromProcess = Found | Came | Whole | Failed

_TO_PROCESS: dict[str, type[ToProcess]] = {"wanted": Wanted, "gone": Gone}
_FROM_PROCESS: dict[str, type[FromProcess]] = {
    "found": Found,
    "came": Came,
    "whole": Whole,
    "failed": Failed,
}


def line_to_process(message: ToProcess) -> bytes:
    """For the pipe."""
    return message_text(message, _TO_PROCESS).encode() + b"\n"


def line_from_process(message: FromProcess) -> bytes:
    """For the pipe."""
    return message_text(message, _FROM_PROCESS).encode() + b"\n"


def parse_to_process(line: bytes) -> ToProcess:
    """What `line_to_process` made."""
    return parse_message(line.decode(), _TO_PROCESS)


def parse_from_process(line: bytes) -> FromProcess:
    """What `line_from_process` made."""
    return parse_message(line.decode(), _FROM_PROCESS)
