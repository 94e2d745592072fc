"""What a viewer may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from avatar_server.control.strict_json import Within, message_text, parse_message
from avatar_server.timing.timeline import FASTEST, SLOWEST

Angle = Annotated[float, Within(-6.2832, 6.2832)]
"""Radians, at most a full turn at once."""

Metres = Annotated[float, Within(-20.0, 20.0)]
"""Of the world."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A WebRTC offer that asks for one video and one audio track; answered by `Answer`."""

    sdp: str


@dataclass(frozen=True, slots=True)
class Play:
    """Go on; from the beginning if the end was reached."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold."""


@dataclass(frozen=True, slots=True)
class Seek:
    """Go to a position in the interaction; beyond the end means the end."""

    time_s: Annotated[float, Within(0.0, 1e6)]


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Play slower or faster, with the pitch kept."""

    speed: Annotated[float, Within(SLOWEST, FASTEST)]


@dataclass(frozen=True, slots=True)
class SetLoop:
    """Begin again at the end, or hold there."""

    loop: bool


@dataclass(frozen=True, slots=True)
class MarkRegion:
    """Play this stretch again and again, from its start unless the playhead is in it; at least 0.2 s."""

    start_s: Annotated[float, Within(0.0, 1e6)]
    end_s: Annotated[float, Within(0.0, 1e6)]


@dataclass(frozen=True, slots=True)
class ClearRegion:
    """Play on where it is: no stretch is played again."""


@dataclass(frozen=True, slots=True)
class SetVoice:
    """How loud everybody hears one person: a factor, and whether at all."""

    side: Literal["left", "right"]
    gain: Annotated[float, Within(0.0, 2.0)]
    muted: bool


@dataclass(frozen=True, slots=True)
class ChoosePreset:
    """Show the recordings as a preset makes them, in its usual staging."""

    name: str


@dataclass(frozen=True, slots=True)
class ChooseCamera:
    """Look through a named camera."""

    name: str


@dataclass(frozen=True, slots=True)
class ChooseStaging:
    """Put the people elsewhere."""

    name: str


@dataclass(frozen=True, slots=True)
class ChooseStudio:
    """Change what is behind the people, and their light."""

    name: str


@dataclass(frozen=True, slots=True)
class TurnOrbit:
    """Move round the target by these angles: left and up are positive."""

    azimuth_rad: Angle
    elevation_rad: Angle


@dataclass(frozen=True, slots=True)
class Zoom:
    """Multiply the distance: above 1 is further away."""

    factor: Annotated[float, Within(0.1, 10.0)]


@dataclass(frozen=True, slots=True)
class Pan:
    """Move the target in the camera's plane, metres: right and up are positive."""

    x_m: Annotated[float, Within(-10.0, 10.0)]
    y_m: Annotated[float, Within(-10.0, 10.0)]


@dataclass(frozen=True, slots=True)
class LayHand:
    """A hand is on the picture and is going to move the camera, or is taken off.

    Told again by every movement; it is forgotten when neither comes for a while.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class ChooseView:
    """See through a camera of one's own, which nobody else moves, or through the presenter's again.

    While it is one's own, cameras, orbit, zoom and pan move it alone. It begins where the presenter's is.
    """

    own: bool


@dataclass(frozen=True, slots=True)
class LookFrom:
    """Look from a place that a status told: on a sphere round target_m, see `OrbitShown`."""

    azimuth_rad: Angle
    elevation_rad: Angle
    distance_m: Annotated[float, Within(0.1, 20.0)]
    vertical_fov_rad: Annotated[float, Within(0.08, 2.1)]
    target_m: tuple[Metres, Metres, Metres]


ViewCommand = ChooseCamera | TurnOrbit | Zoom | Pan | LookFrom | LayHand
"""What moves a view: the presenter's, or that of a viewer who has one of his own."""

TimeCommand = Play | Pause | Seek | SetSpeed | SetLoop | MarkRegion | ClearRegion
"""What gives the media time another course."""

StageCommand = TimeCommand | ViewCommand | ChooseStaging | ChooseStudio | SetVoice | ChoosePreset
"""What concerns the stage, and so everybody who watches."""

Command = Offer | ChooseView | StageCommand

STAGE_COMMANDS: dict[str, type[StageCommand]] = {
    "play": Play,
    "pause": Pause,
    "seek": Seek,
    "speed": SetSpeed,
    "loop": SetLoop,
    "region": MarkRegion,
    "region_off": ClearRegion,
    "voice": SetVoice,
    "preset": ChoosePreset,
    "camera": ChooseCamera,
    "staging": ChooseStaging,
    "studio": ChooseStudio,
    "orbit": TurnOrbit,
    "zoom": Zoom,
    "pan": Pan,
    "look": LookFrom,
    "hand": LayHand,
}

COMMANDS: dict[str, type[Command]] = {"offer": Offer, **STAGE_COMMANDS, "view": ChooseView}
"""By the wire's `type`."""


def parse_command(text: str) -> Command:
    """A viewer's message; raises `MessageError` that names the field."""
    return parse_message(text, COMMANDS)


def command_text(command: Command) -> str:
    """The same message as JSON."""
    return message_text(command, COMMANDS)
