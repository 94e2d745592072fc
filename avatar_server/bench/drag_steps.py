"""One movement of the camera, step by step, put together from what page, server and stage noted (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from avatar_server.bench.stamps import Stamp

STEPS = {
    "sent": "page: event to WebSocket",
    "server": "to the server",
    "desk": "to the stage's desk",
    "begun": "until a picture is begun",
    "drawn": "drawing",
    "encoded": "encoding, to the server",
    "left": "waiting for its departure",
    "received": "to the browser",
    "handed": "jitter buffer and decoding",
    "shown": "to the screen",
}
"""Each step ends with the moment of this name and begins with the one before it, the first with the
movement."""

IN_STAGE_AND_SERVER = ("begun", "drawn", "encoded", "left")
CLOCK_ERROR_S = 0.002
"""Between page and server, at most."""


@dataclass(frozen=True, slots=True)
class Drag:
    """When each step was done for one movement, CLOCK_MONOTONIC in seconds. moments: by name, see `STEPS`."""

    moved_s: float
    moments: dict[str, float]

    def steps_ms(self) -> dict[str, float]:
        """How long each step took."""
        begins_s = [self.moved_s, *(self.moments[name] for name in STEPS)]
        return {
            name: (self.moments[name] - begin_s) * 1000
            for name, begin_s in zip(STEPS, begins_s, strict=False)
        }

    @property
    def whole_ms(self) -> float:
        """From the movement to the screen."""
        return (self.moments["shown"] - self.moved_s) * 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on the screen, in milliseconds of the page: when it had come, was decoded, was to be seen.

    rtp: its time stamp as this viewer has it.
    """

    rtp: int
    received_ms: float
    handed_ms: float
    shown_ms: float


def drag_of(
    moved_ms: float, sent_ms: float, shown: Sequence[Shown], page_zero_s: float, stamps: Sequence[Stamp]
) -> Drag | None:
    """Put together one movement; None if a step of it was not noted.

    The picture that shows it is the first on the screen that was begun after the stage's desk knew.
    moved_ms, sent_ms: of the event and of the message, on the page's clock. page_zero_s: CLOCK_MONOTONIC at
    the page's time 0.
    """
    moments = {"sent": page_zero_s + sent_ms / 1000}
    for name in ("server", "desk"):
        after_s = [s.at_s for s in stamps if s.what == name and s.at_s > moments["sent"] - CLOCK_ERROR_S]
        if not after_s:
            return None
        moments[name] = min(after_s)
    origin = [stamp.pts for stamp in stamps if stamp.what == "origin"][-1]
    noted = {(stamp.what, stamp.pts): stamp.at_s for stamp in stamps}
    for picture in shown:
        pts = (picture.rtp - origin) & 0xFFFF_FFFF
        if noted.get(("begun", pts), 0.0) < moments["desk"]:
            continue
        if any((name, pts) not in noted for name in IN_STAGE_AND_SERVER):
            return None
        moments.update({name: noted[name, pts] for name in IN_STAGE_AND_SERVER})
        in_page_ms = (picture.received_ms, picture.handed_ms, picture.shown_ms)
        for name, at_ms in zip(("received", "handed", "shown"), in_page_ms, strict=True):
            moments[name] = page_zero_s + at_ms / 1000
        return Drag(page_zero_s + moved_ms / 1000, moments)
    return None


def as_text(drags: Sequence[Drag]) -> str:
    """A line for each step: median and what nine of ten stay within, in milliseconds."""
    steps = [drag.steps_ms() for drag in drags]
    rows = [(text, [step[name] for step in steps]) for name, text in STEPS.items()]
    rows.append(("together", [drag.whole_ms for drag in drags]))
    return "\n".join(
        f"{text:28} {median(found):6.1f} {sorted(found)[int(0.9 * (len(found) - 1))]:6.1f}"
        for text, found in rows
    )
