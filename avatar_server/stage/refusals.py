"""What a stage cannot do is refused before it reaches the stage's process."""

from __future__ import annotations

from avatar_server.control.commands import (
    ChooseCamera,
    ChoosePreset,
    ChooseStaging,
    ChooseStudio,
    MarkRegion,
    SetVoice,
    StageCommand,
)
from avatar_server.errors import UsageError
from avatar_server.stage.own_views import InView
from avatar_server.stage.wire import Ready
from avatar_server.timing.region import Region


def refuse_impossible(command: StageCommand | InView, ready: Ready) -> None:
    """Raises `UsageError` for an unknown name, a side where nobody stands and a region that is none."""
    match command:
        case InView(command=own):
            refuse_impossible(own, ready)
        case ChooseCamera(name):
            _one_of("name", name, ready.cameras)
        case ChooseStaging(name):
            _one_of("name", name, ready.stagings)
        case ChooseStudio(name):
            _one_of("name", name, ready.studios)
        case ChoosePreset(name):
            _one_of("name", name, ready.presets)
        case SetVoice(side=side):
            _one_of("side", side, tuple(person.side for person in ready.interaction.people))
        case MarkRegion(start_s, end_s):
            try:
                Region.within(ready.interaction.duration_s, start_s, end_s)
            except ValueError as error:
                raise UsageError(str(error)) from None


def _one_of(field: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise UsageError(f"{field}: expected one of {', '.join(names)}, got {name!r}")
