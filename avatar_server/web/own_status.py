"""How a stage stands for a viewer who has a view of its own."""

from __future__ import annotations

from dataclasses import replace

from avatar_server.control.events import Status
from avatar_server.stage.reports import orbit_shown
from avatar_server.stage.stage import Stage


def of_own_view(status: Status, stage: Stage, view: str) -> Status:
    """The stage's status with the camera of `view`, and with its figures as soon as there are any."""
    own = stage.own_view(view)
    status = replace(status, own=True)
    if own is not None:
        status = replace(status, camera=own.camera, shot=own.shot, orbit=orbit_shown(own.orbit))
    pulse = stage.figures.pulse
    figures = next((found for found in pulse.views if found.view == view), None) if pulse else None
    if pulse is None or figures is None:
        return status
    encode_ms = [made.encode_ms for made in pulse.streams if made.stream.view == view]
    return replace(
        status,
        pictures_per_second=figures.pictures_per_second,
        dropped=figures.dropped,
        draw_ms=figures.draw_ms,
        encode_ms=max(encode_ms, default=0.0),
    )
