"""How a stage process and the server talk: frames of bytes over two pipes, and nothing is ever unpickled.

A frame is a header (kind, key flag, time stamp, length) and a body: a live packet, or a JSON message of
the classes below. Up go packets, `Ready`, `Failed` and `Status`; down go `StageOrder` once, then viewers'
commands, `Viewers` and `KeyPicture`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from avatar_server.control.commands import STAGE_COMMANDS, StageCommand
from avatar_server.control.events import InteractionShown, Status
from avatar_server.control.strict_json import message_text, parse_message
from avatar_server.encode.live_packet import LivePacket
from avatar_server.stage.programme import StageOrder

HEADER = struct.Struct("!BBqI")
TEXT, VIDEO, AUDIO = 0, 1, 2

LONGEST_BODY = 4 * 2**20
"""Bytes; anything longer means that the stream is broken."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The stage plays. epoch_s: CLOCK_MONOTONIC at stream time 0."""

    interaction: InteractionShown
    cameras: tuple[str, ...]
    stagings: tuple[str, ...]
    size: tuple[int, int]
    rate_hz: int
    renderer: str
    epoch_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The stage could not be opened; exit_status is that of the error."""

    message: str
    exit_status: int


@dataclass(frozen=True, slots=True)
class Viewers:
    """How many people watch now."""

    count: int


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """Somebody needs a picture that decoding can begin with."""


FromStage = Ready | Failed | Status
FROM_STAGE: dict[str, type[FromStage]] = {"ready": Ready, "failed": Failed, "status": Status}

ToStage = StageOrder | Viewers | KeyPicture | StageCommand
TO_STAGE: dict[str, type[ToStage]] = {
    "order": StageOrder,
    "viewers": Viewers,
    "key": KeyPicture,
    **STAGE_COMMANDS,
}


class ByteReader(Protocol):
    """Where whole frames are read from: a blocking file, or a future one."""

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end."""


def text_frame(text: str) -> bytes:
    """A frame with a JSON message."""
    body = text.encode()
    return HEADER.pack(TEXT, 0, 0, len(body)) + body


def to_stage_frame(message: ToStage) -> bytes:
    """A frame for the stage."""
    return text_frame(message_text(message, TO_STAGE))


def from_stage_frame(message: FromStage | LivePacket) -> bytes:
    """A frame for the server."""
    if isinstance(message, LivePacket):
        kind = VIDEO if message.kind == "video" else AUDIO
        return HEADER.pack(kind, message.key, message.pts, len(message.data)) + message.data
    return text_frame(message_text(message, FROM_STAGE))


def body_length(header: bytes) -> int:
    """Bytes that follow the header; raises `ValueError` if the stream is broken."""
    length: int = HEADER.unpack(header)[3]
    if length > LONGEST_BODY:
        raise ValueError(f"a frame of {length} bytes")
    return length


def parse_from_stage(header: bytes, body: bytes) -> FromStage | LivePacket:
    """What the stage said."""
    kind, key, pts, _ = HEADER.unpack(header)
    if kind == TEXT:
        return parse_message(body.decode(), FROM_STAGE)
    return LivePacket("video" if kind == VIDEO else "audio", pts, bool(key), body)


def parse_to_stage(body: bytes) -> ToStage:
    """What the server said."""
    return parse_message(body.decode(), TO_STAGE)
