"""Play, pause, seek, speed, loop and region, as a function from stream time to media time.

```
 media                       ____ end: holds (or, looping, begins again)
   |          pause   seek  /
   |        ________       /          slope = speed
   |       /        |     /
   |      /         |    /
   |_____/__________|___/____________ stream
```

A region is played in rounds by whoever reaches it: from before it media time runs into it and stays in it.
Who seeks behind it hears what is there, up to the end, as with the loop of an editor for sound; from the end
it goes on in the region (if all is looped, or with the next play). To mark a region is to ask for it, so a
playhead that is elsewhere then goes to its start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from avatar_server.timing.region import Region

SLOWEST, FASTEST = 0.5, 2.0
"""Speeds at which speech stays intelligible with its pitch kept."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Media time that has come to `at_s` is at `to_s` at that very moment, and comes there again."""

    at_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """From `anchor_stream_s` on, media time runs from `anchor_media_s` at `speed`.

    Every change gives a new timeline, anchored at the stream time of the change; at earlier stream times
    it stands at its beginning. `jumps` counts the places where somebody made media time not continuous,
    `turns` those where it came to a turn before the anchor.
    """

    duration_s: float
    playing: bool = False
    speed: float = 1.0
    loop: bool = False
    anchor_stream_s: float = 0.0
    anchor_media_s: float = 0.0
    jumps: int = 0
    turns: int = 0
    region: Region | None = None

    def media_time_s(self, stream_s: float) -> float:
        """Position in the interaction at `stream_s`, within 0..duration_s."""
        return self._place(stream_s)[0]

    def is_moving(self, stream_s: float) -> bool:
        """Whether media time goes on from `stream_s`: playing, and not held at the end."""
        turns = self.turn_from(self.anchor_media_s) is not None
        return self.playing and (turns or self._unwrapped_s(stream_s) < self.duration_s)

    def stretch(self, stream_s: float) -> tuple[int, int]:
        """Name of the continuous stretch that `stream_s` lies in: how many jumps and turns come before it."""
        return self.jumps, self.turns + self._place(stream_s)[1]

    def turn_from(self, media_s: float) -> Turn | None:
        """The turn that media time comes to from `media_s`; None if it comes to the end and holds there."""
        if self.region is not None and media_s < self.region.end_s:
            return Turn(self.region.end_s, self.region.start_s)
        if self.loop and self.duration_s > 0:
            return Turn(self.duration_s, self.beginning_s)
        return None

    @property
    def beginning_s(self) -> float:
        """Where media time goes on behind the end: the region's start, if there is one."""
        return 0.0 if self.region is None else self.region.start_s

    def play(self, stream_s: float) -> Timeline:
        """Go on; if the end was reached, from the beginning, or from the region's."""
        if self.is_moving(stream_s):
            return self
        here = self.media_time_s(stream_s)
        if here >= self.duration_s:
            return self._anchored(stream_s, self.beginning_s, playing=True, jumped=True)
        return self._anchored(stream_s, here, playing=True)

    def pause(self, stream_s: float) -> Timeline:
        """Hold where it is."""
        return self._anchored(stream_s, self.media_time_s(stream_s), playing=False)

    def seek(self, stream_s: float, media_s: float) -> Timeline:
        """Go to `media_s`, kept within the interaction, and go on as before."""
        within = min(max(media_s, 0.0), self.duration_s)
        return self._anchored(stream_s, within, jumped=True)

    def with_speed(self, stream_s: float, speed: float) -> Timeline:
        """Go on from here at `speed`, which must lie within SLOWEST..FASTEST."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed {speed} is not within {SLOWEST}..{FASTEST}")
        return replace(self._anchored(stream_s, self.media_time_s(stream_s)), speed=speed)

    def with_loop(self, stream_s: float, loop: bool) -> Timeline:
        """Begin again at the end, or hold there."""
        return replace(self._anchored(stream_s, self.media_time_s(stream_s)), loop=loop)

    def with_region(self, stream_s: float, region: Region | None) -> Timeline:
        """Play `region` again and again, from its start unless this is in it already; None ends that."""
        here = self.media_time_s(stream_s)
        outside = region is not None and not region.holds(here)
        to_s = region.start_s if region is not None and outside else here
        return replace(self._anchored(stream_s, to_s, jumped=outside), region=region)

    def moved_to(self, stream_s: float, media_s: float) -> Timeline:
        """The same course of time, standing at `media_s` at `stream_s`, whatever became of it meanwhile."""
        return replace(self, anchor_stream_s=stream_s, anchor_media_s=media_s, jumps=self.jumps + 1)

    def _unwrapped_s(self, stream_s: float) -> float:
        if not self.playing:
            return self.anchor_media_s
        # The picture under way may lie a little before the change that it already shows.
        return self.anchor_media_s + max(stream_s - self.anchor_stream_s, 0.0) * self.speed

    def _place(self, stream_s: float) -> tuple[float, int]:
        """Media time, and the turns since the anchor."""
        position = self._unwrapped_s(stream_s)
        turn = self.turn_from(self.anchor_media_s)
        if turn is None or position < turn.at_s:
            return min(max(position, 0.0), self.duration_s), 0
        round_s = self.duration_s if self.region is None else self.region.length_s
        rounds, within_s = divmod(position - turn.at_s, round_s)
        # Rounding must not bring it to the end of the round, which is outside.
        return min(turn.to_s + within_s, math.nextafter(turn.to_s + round_s, 0.0)), 1 + int(rounds)

    def _anchored(
        self, stream_s: float, media_s: float, *, playing: bool | None = None, jumped: bool = False
    ) -> Timeline:
        return replace(
            self,
            anchor_stream_s=stream_s,
            anchor_media_s=media_s,
            playing=self.is_moving(stream_s) if playing is None else playing,
            jumps=self.jumps + jumped,
            turns=self.turns + self._place(stream_s)[1],
        )
