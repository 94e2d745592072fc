"""How long after its stream time a picture leaves, and how much sooner its sound.

A picture waits for its departure so that the time of drawing and encoding does not show: all of them leave as
evenly as the grid. The wait is as long as pictures take on this machine now, and no longer, because a hand on
the camera feels it. Pure: times are arguments.
"""

from __future__ import annotations

from collections import deque

from avatar_server.timing.synchroniser import LEAD_S

LEAST_S, MOST_S = 0.024, 0.120
"""Slower pictures than the second leave when they are ready."""

BAND_S = 0.008
"""Less is not worth a change: players keep the sound that they have in store, so each change puts it off by
about as much for a while."""

SOUND_FIRST_S = 0.035
"""Sound leaves so much before the picture of its stream time. From arrival to loudspeaker Chromium takes
about 60 ms (a packet of 20 ms that it waits for, half a one that it plays from, and 30 ms of the device's
blocks), from arrival to screen 24 ms (8 ms of buffer and decoding, half a refresh and its own). Left
together, the sound was measured 24-32 ms behind, and Chromium lets 30 ms be; above that it holds the picture
back, which the hand would feel. Sender reports carry the stream's time all the same, so players with other
delays line both up."""

AWAITED_SOONER_S = 0.100
"""A picture that shows what a hand on the camera did leaves so much sooner than its time, if it is ready:
while the view moves, a hand feels every 20 ms and nobody sees whether pictures come evenly. On a machine
that is hardly fast enough the wait is long for the sake of the slowest pictures, and most are ready half of
it sooner. Their sound is then behind by as much more, for as long as the hand moves; ITU-R BT.1359 lets
125 ms be."""

REMEMBERED_PICTURES = 150
IN_TIME_SHARE = 0.95
SPARE_S = 0.004
"""Above the time that nineteen of twenty pictures take."""

RISE_S, FALL_S = 0.0005, 0.0003
"""A picture: at 30 a second sound runs 1.5 % slower or faster at most, which players follow unheard."""


def leaves_s(due_s: float, *, awaited: bool, before_s: float) -> float:
    """When a picture leaves that is due at `due_s`, if it is ready by then.

    awaited: somebody waits to see it, see `AWAITED_SOONER_S`. before_s: when the one before it leaves.
    """
    return max(due_s - AWAITED_SOONER_S if awaited else due_s, before_s)


class Lead:
    """The wait, in seconds after the stream time, which follows what pictures take."""

    def __init__(self) -> None:
        self.lead_s = LEAD_S
        self._moving = False
        self._took: deque[float] = deque(maxlen=REMEMBERED_PICTURES)

    def ready(self, after_s: float) -> None:
        """A picture was ready to leave `after_s` after its stream time."""
        self._took.append(after_s)
        took = sorted(self._took)
        target_s = took[int(IN_TIME_SHARE * (len(took) - 1))] + SPARE_S
        target_s = min(max(target_s, LEAST_S), MOST_S)
        off_s = target_s - self.lead_s
        self._moving = abs(off_s) > (RISE_S if self._moving else BAND_S)
        if self._moving:
            self.lead_s += min(max(off_s, -FALL_S), RISE_S)

    def of(self, kind: str) -> float:
        """Seconds from stream time to leaving of `video` or `audio`."""
        return self.lead_s - (SOUND_FIRST_S if kind == "audio" else 0.0)
