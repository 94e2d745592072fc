"""Play, pause, seek, speed and loop, as a function from stream time to media time.

```
 media                       ____ end: holds (or, looping, begins again)
   |          pause   seek  /
   |        ________       /          slope = speed
   |       /        |     /
   |      /         |    /
   |_____/__________|___/____________ stream
```
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

SLOWEST, FASTEST = 0.5, 2.0
"""Speeds at which speech stays intelligible with its pitch kept."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """From `anchor_stream_s` on, media time runs from `anchor_media_s` at `speed`.

    Every change gives a new timeline, anchored at the stream time of the change; at earlier stream times
    it stands at its beginning. `jumps` counts the places where media time is not continuous.
    """

    duration_s: float
    playing: bool = False
    speed: float = 1.0
    loop: bool = False
    anchor_stream_s: float = 0.0
    anchor_media_s: float = 0.0
    jumps: int = 0

    def media_time_s(self, stream_s: float) -> float:
        """Position in the interaction at `stream_s`, within 0..duration_s."""
        position = self._unwrapped_s(stream_s)
        if self.loop and self.duration_s > 0 and position >= self.duration_s:
            return math.fmod(position, self.duration_s)
        return min(max(position, 0.0), self.duration_s)

    def is_moving(self, stream_s: float) -> bool:
        """Whether media time goes on from `stream_s`: playing, and not held at the end."""
        return self.playing and (self.loop or self._unwrapped_s(stream_s) < self.duration_s)

    def stretch(self, stream_s: float) -> tuple[int, int]:
        """Name of the continuous stretch that `stream_s` lies in; equal names mean no jump between."""
        rounds = 0
        if self.loop and self.duration_s > 0:
            rounds = int(self._unwrapped_s(stream_s) // self.duration_s)
        return self.jumps, rounds

    def play(self, stream_s: float) -> Timeline:
        """Go on; from the beginning if the end was reached."""
        if self.is_moving(stream_s):
            return self
        here = self.media_time_s(stream_s)
        if here >= self.duration_s:
            return self._anchored(stream_s, 0.0, playing=True, jumps=self.jumps + 1)
        return self._anchored(stream_s, here, playing=True)

    def pause(self, stream_s: float) -> Timeline:
        """Hold where it is."""
        return self._anchored(stream_s, self.media_time_s(stream_s), playing=False)

    def seek(self, stream_s: float, media_s: float) -> Timeline:
        """Go to `media_s`, kept within the interaction, and go on as before."""
        within = min(max(media_s, 0.0), self.duration_s)
        return self._anchored(stream_s, within, jumps=self.jumps + 1)

    def with_speed(self, stream_s: float, speed: float) -> Timeline:
        """Go on from here at `speed`, which must lie within SLOWEST..FASTEST."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed {speed} is not within {SLOWEST}..{FASTEST}")
        return replace(self._anchored(stream_s, self.media_time_s(stream_s)), speed=speed)

    def with_loop(self, stream_s: float, loop: bool) -> Timeline:
        """Begin again at the end, or hold there."""
        return replace(self._anchored(stream_s, self.media_time_s(stream_s)), loop=loop)

    def moved_to(self, stream_s: float, media_s: float) -> Timeline:
        """The same course of time, standing at `media_s` at `stream_s`, whatever became of it meanwhile."""
        return replace(self, anchor_stream_s=stream_s, anchor_media_s=media_s, jumps=self.jumps + 1)

    def _unwrapped_s(self, stream_s: float) -> float:
        if not self.playing:
            return self.anchor_media_s
        # The picture under way may lie a little before the change that it already shows.
        return self.anchor_media_s + max(stream_s - self.anchor_stream_s, 0.0) * self.speed

    def _anchored(
        self, stream_s: float, media_s: float, *, playing: bool | None = None, jumps: int | None = None
    ) -> Timeline:
        rounds = self.stretch(stream_s)[1]
        return replace(
            self,
            anchor_stream_s=stream_s,
            anchor_media_s=media_s,
            playing=self.is_moving(stream_s) if playing is None else playing,
            jumps=(self.jumps if jumps is None else jumps) + rounds,
        )
