"""What was measured of viewers, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

NAMES = {
    "live": "live rendering",
    "recorded": "recorded packets, no rendering",
    "encoding": "recorded pictures, encoded once",
    "relay": "the same pictures, encoded for each viewer by aiortc",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a set of figures. nearly_all: the 95th percentile; almost: the 99th."""

    least: float
    median: float
    nearly_all: float
    almost: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        """By nearest rank; zeros of nothing."""
        if not figures:
            return cls(0.0, 0.0, 0.0, 0.0, 0.0)
        ordered = sorted(figures)

        def rank(share: float) -> float:
            return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

        return cls(ordered[0], median(ordered), rank(0.95), rank(0.99), ordered[-1])

    def shown(self) -> str:
        """Least, median and most."""
        return f"{self.least:.1f} / {self.median:.1f} / {self.most:.1f}"


@dataclass(frozen=True, slots=True)
class WayFigures:
    """One way of serving. Cores are processor seconds a second, the server's without the stage's.

    pictures_per_second and blocks_per_second (of sound, 20 ms each): whole ones, spread over the viewers.
    decoded_per_second: pictures and blocks that the witness decoded. sound_gaps: blocks that time stamps
    skip, at all viewers together. sound_late_ms: the latest block of all, behind its viewer's median.
    lag_ms: of the server's event loop. skew_ms: how long after its sound a picture arrives, by the sender
    reports, spread over the viewers. join_ms: from the offer to the first whole key picture, of people who
    come one after the other while all others watch.
    """

    way: str
    viewers: int
    seconds: float
    server_cores: float
    stage_cores: float
    receiver_cores: float
    pictures_per_second: Spread
    blocks_per_second: Spread
    decoded_per_second: tuple[float, float]
    sound_gaps: int
    sound_late_ms: float
    lost_packets: int
    repaired_packets: int
    key_requests: int
    lag_ms: Spread
    skew_ms: Spread | None
    join_ms: Spread

    @property
    def cores_per_picture(self) -> float:
        """Server and stage: processor seconds for one picture at one viewer."""
        delivered = self.pictures_per_second.median * self.viewers
        return (self.server_cores + self.stage_cores) / delivered if delivered else float("inf")

    def as_text(self) -> str:
        """Lines for people."""
        pictures, blocks, lag, join = (
            self.pictures_per_second,
            self.blocks_per_second,
            self.lag_ms,
            self.join_ms,
        )
        skew = "no sender reports"
        if self.skew_ms is not None:
            skew = f"{self.skew_ms.median:+.1f} ms ({self.skew_ms.least:+.1f} to {self.skew_ms.most:+.1f})"
        return "\n".join(
            (
                f"{NAMES[self.way]}: {self.viewers} viewers for {self.seconds:.1f} s",
                f"  cores                {self.server_cores:.2f} server "
                f"({100 * self.server_cores / self.viewers:.2f} % of a core a viewer), "
                f"{self.stage_cores:.2f} stage, {self.receiver_cores:.2f} receivers",
                f"  pictures a second    {pictures.shown()} (least, median, most of the viewers); "
                f"the witness decoded {self.decoded_per_second[0]:.1f}",
                f"  sound packets        {blocks.shown()} a second, {self.sound_gaps} missing, the latest "
                f"{self.sound_late_ms:.0f} ms late; the witness decoded {self.decoded_per_second[1]:.1f}",
                f"  event-loop lag       {lag.median:.1f} ms median, {lag.almost:.1f} of 99 %, "
                f"{lag.most:.1f} the longest",
                f"  picture behind sound {skew} on arrival, by sender reports",
                f"  join to picture      {join.median:.0f} ms median, {join.nearly_all:.0f} of 95 %",
                f"  packets              {self.lost_packets} lost, {self.repaired_packets} sent again, "
                f"{self.key_requests} requests for key pictures",
            )
        )


@dataclass(frozen=True, slots=True)
class ViewersReport:
    """One way, or ours and the relay's."""

    ways: tuple[WayFigures, ...]

    @property
    def times_fewer_cores(self) -> float | None:
        """Cores of the last way for a delivered picture, over the first's; None if there is only one."""
        if len(self.ways) < 2:
            return None
        return self.ways[-1].cores_per_picture / self.ways[0].cores_per_picture

    def as_text(self) -> str:
        """Lines for people."""
        lines = [way.as_text() for way in self.ways]
        if self.times_fewer_cores is not None:
            ours, theirs = self.ways
            lines.append(
                f"{self.times_fewer_cores:.1f} times fewer cores for each picture delivered: "
                f"{1000 * ours.cores_per_picture:.2f} and {1000 * theirs.cores_per_picture:.2f} ms of a "
                f"core, at {ours.pictures_per_second.median:.1f} and {theirs.pictures_per_second.median:.1f} "
                f"pictures a second"
            )
        return "\n\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "ways": [{**asdict(way), "cores_per_picture": way.cores_per_picture} for way in self.ways],
            "times_fewer_cores": self.times_fewer_cores,
        }
