"""How a stage process and the server talk: frames of bytes over two pipes, and nothing is ever unpickled.

A frame is a header (kind, flags, number of the stream or of an own view, time stamp, length) and a body: a
live packet, or a JSON message of the classes below. Down goes `Prepare` to a spare, then `Perform` once, then
viewers' commands, `OwnViews`, `Wanted` and `KeyPicture`. Up go `Prepared`, `Ready` or `Failed`, then packets,
`Status`, `Pulse` and, should an encoder break, `StreamFailed`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from avatar_server.control.commands import STAGE_COMMANDS, StageCommand, ViewCommand
from avatar_server.control.events import InteractionShown, Status, VoiceHeard
from avatar_server.control.strict_json import message_text, parse_message
from avatar_server.encode.live_packet import OWN_VIEWS, LivePacket, VideoStream
from avatar_server.scene.cameras import Orbit
from avatar_server.stage.own_views import InView, OwnViews, OwnViewState
from avatar_server.stage.programme import StageOrder
from avatar_server.timing.timeline import Timeline

HEADER = struct.Struct("!BBHqI")
TEXT, VIDEO, AUDIO = 0, 1, 2
KEY, AWAITED = 1, 2
"""Flags of a packet."""

PULSE_S, IDLE_PULSE_S = 0.25, 1.0

LONGEST_BODY = 4 * 2**20
"""Bytes; anything longer means that the stream is broken."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Get everything ready that playing `order` takes, and wait."""

    order: StageOrder


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spare waits for its order. resident_bytes: memory it holds meanwhile."""

    resident_bytes: int


@dataclass(frozen=True, slots=True)
class StageState:
    """What a stage's next process has to know to go on where this one was.

    followed: how many commands led here. resumes: whether time moves on as soon as somebody is there. preset:
    the one that is seen, or will be as soon as it is made. studio: that was chosen, if any.
    """

    followed: int
    timeline: Timeline
    resumes: bool
    camera: str
    orbit: Orbit
    staging: str
    own: tuple[OwnViewState, ...] = ()
    voices: tuple[VoiceHeard, ...] = ()
    preset: str = ""
    studio: str = ""


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a stage goes on whose process was lost.

    epoch_s: CLOCK_MONOTONIC at stream time 0, as before. state: None if that process never told. media_s:
    the last moment that left, at stream time `after_s`; every new picture comes later.
    """

    epoch_s: float
    state: StageState | None
    media_s: float
    after_s: float


@dataclass(frozen=True, slots=True)
class Perform:
    """Play `order`, from its beginning or from where it was."""

    order: StageOrder
    resumption: Resumption | None


@dataclass(frozen=True, slots=True)
class PictureCost:
    """Of one picture of the presenter's view, in milliseconds: drawing, encoding, and processor time."""

    draw_ms: float
    encode_ms: float
    processor_ms: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The stage plays. epoch_s: CLOCK_MONOTONIC at stream time 0. cost: as tried, unless it was resumed."""

    interaction: InteractionShown
    cameras: tuple[str, ...]
    stagings: tuple[str, ...]
    size: tuple[int, int]
    rate_hz: int
    renderer: str
    epoch_s: float
    cost: PictureCost | None = None
    presets: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The stage could not be opened; exit_status is that of the error."""

    message: str
    exit_status: int


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """One encoding could not be made, or broke; the others go on."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class ViewFigures:
    """What has been done for one view since it was first wanted; draw_ms is a recent mean."""

    view: str
    drawn: int
    dropped: int
    draw_ms: float
    pictures_per_second: float


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """What has been done for one stream; skipped: pictures of its view for which there was no time."""

    stream: VideoStream
    encoded: int
    skipped: int
    keys: int
    byte_count: int
    encode_ms: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """The process is alive; sent every `PULSE_S`, every `IDLE_PULSE_S` while nobody is there.

    picture_steps and sound_steps grow while the loops run; resident_bytes is the memory it holds,
    processor_s what it has used of all processors since it began.
    """

    picture_steps: int
    sound_steps: int
    watched: bool
    state: StageState
    views: tuple[ViewFigures, ...]
    streams: tuple[StreamFigures, ...]
    resident_bytes: int
    processor_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NumberedStream:
    """An encoding, and the number by which packets name it; the server gives each its own, for good."""

    number: int
    stream: VideoStream


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be encoded from now on; streams that are new here begin with a key picture.

    listeners: how many people watch or listen; with none, time holds.
    """

    streams: tuple[NumberedStream, ...]
    listeners: int


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """Somebody needs a picture of this stream that decoding can begin with."""

    number: int


FromStage = Prepared | Ready | Failed | StreamFailed | Status | Pulse
FROM_STAGE: dict[str, type[FromStage]] = {
    "prepared": Prepared,
    "ready": Ready,
    "failed": Failed,
    "stream-failed": StreamFailed,
    "status": Status,
    "pulse": Pulse,
}

ToStage = Prepare | Perform | Wanted | KeyPicture | OwnViews | InView | StageCommand
TO_STAGE: dict[str, type[Prepare | Perform | Wanted | KeyPicture | OwnViews | StageCommand]] = {
    "prepare": Prepare,
    "perform": Perform,
    "wanted": Wanted,
    "key": KeyPicture,
    "own-views": OwnViews,
    **STAGE_COMMANDS,
}


@dataclass(frozen=True, slots=True)
class NumberedPacket:
    """A packet on the wire, where a number stands for its stream; 0 for sound."""

    number: int
    packet: LivePacket


class ByteReader(Protocol):
    """Where whole frames are read from: a blocking file, or a future one."""

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end."""


def text_frame(text: str, number: int = 0) -> bytes:
    """A frame with a JSON message."""
    body = text.encode()
    return HEADER.pack(TEXT, 0, number, 0, len(body)) + body


def to_stage_frame(message: ToStage) -> bytes:
    """A frame for the stage."""
    if isinstance(message, InView):
        return text_frame(message_text(message.command, TO_STAGE), 1 + OWN_VIEWS.index(message.view))
    return text_frame(message_text(message, TO_STAGE))


def from_stage_frame(message: FromStage | NumberedPacket) -> bytes:
    """A frame for the server."""
    if isinstance(message, NumberedPacket):
        packet = message.packet
        kind = VIDEO if packet.kind == "video" else AUDIO
        flags = KEY * packet.key | AWAITED * packet.awaited
        return HEADER.pack(kind, flags, message.number, packet.pts, len(packet.data)) + packet.data
    return text_frame(message_text(message, FROM_STAGE))


def body_length(header: bytes) -> int:
    """Bytes that follow the header; raises `ValueError` if the stream is broken."""
    length: int = HEADER.unpack(header)[4]
    if length > LONGEST_BODY:
        raise ValueError(f"a frame of {length} bytes")
    return length


def parse_from_stage(header: bytes, body: bytes) -> FromStage | NumberedPacket:
    """What the stage said; the server knows which stream a number names."""
    kind, flags, number, pts, _ = HEADER.unpack(header)
    if kind == TEXT:
        return parse_message(body.decode(), FROM_STAGE)
    packet = LivePacket(
        "video" if kind == VIDEO else "audio", pts, bool(flags & KEY), body, awaited=bool(flags & AWAITED)
    )
    return NumberedPacket(number, packet)


def parse_to_stage(header: bytes, body: bytes) -> ToStage:
    """What the server said."""
    message = parse_message(body.decode(), TO_STAGE)
    number = HEADER.unpack(header)[2]
    if number == 0:
        return message
    assert isinstance(message, ViewCommand)
    return InView(OWN_VIEWS[number - 1], message)
