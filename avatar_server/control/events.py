"""What viewers are told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from avatar_server.control.strict_json import message_text, parse_message


@dataclass(frozen=True, slots=True)
class PersonShown:
    """One of the people on stage; `side` is the viewer's.

    face: where it comes from when the stage is opened; a status tells how it is later.
    """

    id: str
    name: str
    side: Literal["left", "right"]
    face: Literal["data", "synthesised", "none"] = "none"


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """How loud everybody hears the person on one side: a factor, and whether at all."""

    side: Literal["left", "right"]
    gain: float = 1.0
    muted: bool = False


@dataclass(frozen=True, slots=True)
class InteractionShown:
    """What is being played. `notices` are for people: a missing partner, an empty sound file."""

    key: str
    label: str
    split: str
    duration_s: float
    people: tuple[PersonShown, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Before `Welcome`, if the stage is not open yet: what is being done, a sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The stage is open: before it a connection hears at most that it is being opened, or why not.

    stage: its id, by which others come to the same one; opened_as: by this name it is opened anew once it
    has ended; empty where that is nobody's business. others: how many watch already.
    """

    interaction: InteractionShown
    cameras: tuple[str, ...]
    stagings: tuple[str, ...]
    size: tuple[int, int]
    rate_hz: int
    version: str
    stage: str
    opened_as: str
    others: int
    presets: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The WebRTC answer to an offer, with all candidates inside."""

    sdp: str


@dataclass(frozen=True, slots=True)
class OrbitShown:
    """Where a camera stands: on a sphere round target_m, as the orbit commands turn it; world frame."""

    azimuth_rad: float
    elevation_rad: float
    distance_m: float
    vertical_fov_rad: float
    target_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Status:
    """How the stage stands; sent on every change and four times a second.

    time_s is the media time of the picture whose RTP time stamp, as this viewer receives it, is
    rtp_timestamp (90 kHz; 0 before the viewer's first picture). dropped counts pictures since the stage
    began; draw_ms and encode_ms are recent means. rung and bit_rate (bits a second, lately) are of what this
    viewer is sent; rung 0 is the best. sound_drift_ms: how far the sound that is made lags behind the
    timeline that pictures follow (negative: it leads). waiting: time holds because data is missing.
    buffered: stretches of media time that can be played, empty once everything can. trouble: why nothing
    comes just now, a sentence for people; empty if all is well. own: this viewer has a view of its own;
    camera and the figures of pictures are of that one then. region: the stretch that is played again and
    again. voices: of everybody on stage. preset: the one that is seen; another one that was asked for takes
    a moment to make. shot: the camera that is seen; another one than camera while that is `auto`, the
    director's. orbit: where the camera stands, unless the director chooses it. faces: where the faces of all
    on stage come from, the left one first: recorded, synthesised from the voice, or not shown. studio: the
    one that is seen. speaking: who of all on stage speaks, the left one first; nobody while it is held.
    """

    playing: bool
    time_s: float
    speed: float
    loop: bool
    camera: str
    staging: str
    rtp_timestamp: int
    pictures_per_second: float
    dropped: int
    draw_ms: float
    encode_ms: float
    viewers: int
    rung: int = 0
    bit_rate: int = 0
    sound_drift_ms: float = 0.0
    waiting: bool = False
    buffered: tuple[tuple[float, float], ...] = ()
    trouble: str = ""
    own: bool = False
    region: tuple[float, float] | None = None
    voices: tuple[VoiceHeard, ...] = ()
    preset: str = ""
    shot: str = ""
    orbit: OrbitShown | None = None
    faces: tuple[Literal["data", "synthesised", "none"], ...] = ()
    studio: str = ""
    speaking: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Busy:
    """This machine holds no more just now; the connection closes, and one after retry_after_s may succeed."""

    reason: str
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The stage plays no pictures and no sound just now, and is being set up again; the connection stays."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The stage plays again, at the place where it was interrupted."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The server stops, for all viewers; the connection closes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The stage is gone; a new connection by the interaction's name starts it anew."""

    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A message could not be followed; the connection stays usable."""

    message: str


Event = Opening | Welcome | Answer | Status | Busy | Interrupted | Resumed | Stopping | Ended | Problem

EVENTS: dict[str, type[Event]] = {
    "opening": Opening,
    "welcome": Welcome,
    "answer": Answer,
    "status": Status,
    "busy": Busy,
    "interrupted": Interrupted,
    "resumed": Resumed,
    "stopping": Stopping,
    "ended": Ended,
    "error": Problem,
}
"""By the wire's `type`."""


def event_text(event: Event) -> str:
    """The JSON that a viewer receives."""
    return message_text(event, EVENTS)


def status_text(status: Status, *, rtp_timestamp: int, rung: int, bit_rate: int) -> str:
    """As `event_text` of the status with these values, which are one viewer's own.

    All else is turned into text once, however many viewers are told of the same status.
    """
    own = f'"rtp_timestamp":{rtp_timestamp},"rung":{rung},"bit_rate":{bit_rate}'
    return f"{_shared_text(status)[:-1]},{own}}}"


@lru_cache(maxsize=64)
def _shared_text(status: Status) -> str:
    return message_text(status, EVENTS, without={"rtp_timestamp", "rung", "bit_rate"})


def parse_event(text: str) -> Event:
    """What `event_text` wrote; raises `MessageError`."""
    return parse_message(text, EVENTS)
