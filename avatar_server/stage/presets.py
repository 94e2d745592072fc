"""The programme in another preset: made beside the playing, and shown when it is there."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_server.errors import AvatarServerError
from avatar_server.stage.programme import Programme

if TYPE_CHECKING:
    from avatar_server.stage.desk import Desk

log = logging.getLogger(__name__)

MAKING_NICENESS = 10
"""A recording of ten minutes takes most of a second to read and repair; meanwhile the stage plays on."""


@dataclass(frozen=True, slots=True)
class PresetWish:
    """The preset that was asked for, to be made of `programme`. staging: if one was chosen since then."""

    name: str
    programme: Programme
    staging: str | None = None


def in_preset(programme: Programme, name: str) -> Programme:
    """The programme in a preset, or as it is if that cannot be made (which is in the log)."""
    if name == programme.preset_name:
        return programme
    try:
        return programme.with_preset(name)
    except AvatarServerError as error:
        log.warning("the preset %s cannot be shown: %s", name, error)
        return programme


def make_presets(desk: Desk, woken: threading.Event) -> None:
    """Make what is wished at the desk, for ever; `woken` is set when somebody may have wished."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), MAKING_NICENESS)
    while True:
        woken.wait()
        woken.clear()
        while (wish := desk.preset_wish()) is not None:
            desk.show_preset(wish, in_preset(wish.programme, wish.name))
