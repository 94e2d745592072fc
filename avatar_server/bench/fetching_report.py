"""What was measured of fetching, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from avatar_server.bench.newcomer import Watched


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes of files that a bucket sent, and requests that it was asked, by participant (`P1275A`)."""

    bytes: Mapping[str, int]
    requests: Mapping[str, int]

    @property
    def all_bytes(self) -> int:
        """Of everybody."""
        return sum(self.bytes.values())

    @property
    def all_requests(self) -> int:
        """Of everybody."""
        return sum(self.requests.values())

    def as_text(self) -> str:
        """Words for people."""
        each = ", ".join(f"{name} {count}" for name, count in sorted(self.requests.items()))
        return f"{self.all_bytes / 1e6:.2f} MB, {self.all_requests} requests ({each})"


@dataclass(frozen=True, slots=True)
class Arriving:
    """Played while it arrives. before: until the first picture was decoded; in_all: until all was here."""

    watched: Watched
    before: Taken
    in_all: Taken


@dataclass(frozen=True, slots=True)
class FetchedFirst:
    """Fetched whole, one way, in fetched_s. taken: what that cost the bucket."""

    way: str
    fetched_s: float
    taken: Taken


@dataclass(frozen=True, slots=True)
class FetchingReport:
    """played: the interaction from the disk, as whoever fetched it first then sees it."""

    length_s: float
    delay_ms: float
    mbit_per_s: float
    arriving: Arriving
    fetched_first: tuple[FetchedFirst, ...]
    played: Watched

    def with_sound_s(self, fetched: FetchedFirst) -> float:
        """From the begin of fetching to picture and sound, for who fetches everything first."""
        return fetched.fetched_s + max(self.played.picture_s, self.played.sound_s)

    def as_text(self) -> str:
        """Lines for people."""
        watched = self.arriving.watched
        waits = f"{watched.waits}, {watched.waited_s:.1f} s in all" if watched.waits else "none"
        lines = [
            f"{self.length_s:g} s of two people, {self.delay_ms:g} ms a request, {self.mbit_per_s:g} Mbit/s "
            "shared by all",
            "played while it arrives",
            f"  first picture        {watched.picture_s:.2f} s after it was asked for, first sound "
            f"{watched.sound_s:.2f} s (the stage was open after {watched.opened_s:.2f} s)",
            f"  before that          {self.arriving.before.as_text()}",
            f"  in all               {self.arriving.in_all.as_text()}",
            f"  all here after       {watched.whole_s:.1f} s",
            f"  waits for data       {waits}",
            f"fetched first, then played from the disk ({self.played.picture_s:.2f} s to the first picture, "
            f"{self.played.sound_s:.2f} s to the first sound)",
        ]
        ours_s = max(watched.picture_s, watched.sound_s)
        for fetched in self.fetched_first:
            whole_s = self.with_sound_s(fetched)
            lines.append(f"  {fetched.way}")
            lines.append(
                f"                       {fetched.fetched_s:.1f} s to fetch, picture with sound after "
                f"{whole_s:.1f} s: {whole_s / ours_s:.0f} times as long"
            )
            lines.append(f"                       {fetched.taken.as_text()}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
