"""Which picture and which block of sound are due now, and which are too late.

Pictures lie on a grid of stream times, index / rate. A picture that could not be begun before the next one
was due is dropped: its place on the grid stays empty, and no later time stamp moves. Sound is never
dropped for a picture's sake; only a gap longer than `GIVE_UP_S` (a machine that slept) is skipped.

How long after its stream time each leaves says `lead`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

VIDEO_CLOCK_HZ = 90_000
"""RTP clock of H.264 (RFC 6184, section 8.2.1)."""

LEAD_S = 0.036
"""From stream time to leaving, before it is known how long pictures take (see `lead`): a period at 30 Hz and
a little. On the software rasteriser a draw with its readback and encode takes 15-30 ms when nothing else
runs."""

AHEAD_S = 0.012
"""A picture of a view that somebody has just moved is begun so much before its stream time if nothing else
is to be done: where a picture takes 21 ms to draw, a hand that comes at any moment waits 7 ms for the next
one on average (21 * 21 / 2 / 33) instead of 17. Drawing and encoding leave no more of a period at 30 Hz on
two cores."""

HELD_AHEAD_S = 0.025
"""The same while a hand is on the camera: on two cores pictures in haste take less than 20 ms, and leave time
for it."""

GIVE_UP_S = 1.0
"""Sound this late is skipped, not sent in a burst."""

STILL_PERIOD_S = 0.2
"""A picture that does not change is sent again this often, so that a receiver sees a living stream and
the encoder refines the picture."""

KEY_SPACING_S = 0.2
"""Key pictures asked for by viewers are at least this far apart: one answers all who asked meanwhile. Whoever
asks for many viewers decides how long each kind of need can wait; this only bounds what comes of it."""


@dataclass(frozen=True, slots=True)
class PictureSlot:
    """The place of one picture on the grid."""

    index: int
    dropped: int
    """How many places before it stay empty because they came too late."""


@dataclass(frozen=True, slots=True)
class PictureGrid:
    """Stream times at which pictures lie; `rate_hz` divides the video clock, so every time stamp is exact."""

    rate_hz: int

    def due(self, stream_s: float, last_index: int) -> PictureSlot | None:
        """The newest picture due at `stream_s` after `last_index` (-1 before the first), or None."""
        index = self.index_at(stream_s)
        if index <= last_index:
            return None
        return PictureSlot(index, index - last_index - 1)

    def index_at(self, stream_s: float) -> int:
        """Index of the newest picture due at `stream_s`."""
        # A timer that fires a microsecond early must not cost a whole period.
        return int(stream_s * self.rate_hz + 1e-3)

    def time_s(self, index: int) -> float:
        """Stream time of a picture."""
        return index / self.rate_hz

    def pts(self, index: int) -> int:
        """Time stamp of a picture in ticks of the video clock."""
        return index * VIDEO_CLOCK_HZ // self.rate_hz


@dataclass(frozen=True, slots=True)
class SoundGrid:
    """Blocks of `block_samples` samples, one after the other on the stream's time."""

    sample_rate_hz: int
    block_samples: int

    def next_block(self, stream_s: float, last_index: int) -> PictureSlot | None:
        """The block after `last_index` if it is due at `stream_s`; with a long gap, the newest block due."""
        newest = self.index_at(stream_s)
        if newest <= last_index:
            return None
        if self.time_s(newest) - self.time_s(last_index + 1) > GIVE_UP_S:
            return PictureSlot(newest, newest - last_index - 1)
        return PictureSlot(last_index + 1, 0)

    def index_at(self, stream_s: float) -> int:
        """Index of the block that holds `stream_s`."""
        return int(stream_s * self.sample_rate_hz / self.block_samples + 1e-3)

    def time_s(self, index: int) -> float:
        """Stream time of a block's first sample."""
        return index * self.block_samples / self.sample_rate_hz


class Work(Enum):
    """What is to be done for one place on the picture grid."""

    DRAW = "draw"
    REPEAT = "repeat"
    NOTHING = "nothing"


def work_for_slot(
    *, stream_s: float, changed: bool, key: bool, watched: bool, last_sent_s: float | None
) -> Work:
    """Draw what changed, repeat what a viewer needs, and otherwise leave the processor alone.

    changed: media time moved or the view changed since the last drawn picture. last_sent_s: stream time
    of the last picture, or None before the first, which is drawn even if nobody watches: the first
    viewer should not have to wait for the renderer to warm up.
    """
    if last_sent_s is None:
        return Work.DRAW
    if not watched:
        return Work.NOTHING
    if changed:
        return Work.DRAW
    if key or stream_s - last_sent_s >= STILL_PERIOD_S - 1e-3:
        return Work.REPEAT
    return Work.NOTHING


@dataclass(frozen=True, slots=True)
class KeyRequests:
    """Requests for a key picture, answered together and not more often than every KEY_SPACING_S."""

    wanted: bool = True
    last_s: float | None = None

    def request(self) -> KeyRequests:
        """Somebody joined or lost a picture."""
        return replace(self, wanted=True)

    def is_due(self, stream_s: float) -> bool:
        """Whether the picture of `stream_s` should be a key picture."""
        return self.wanted and (self.last_s is None or stream_s - self.last_s >= KEY_SPACING_S)

    def sent(self, stream_s: float) -> KeyRequests:
        """A key picture went out at `stream_s`."""
        return KeyRequests(wanted=False, last_s=stream_s)
