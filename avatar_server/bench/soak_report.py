"""What a soak found: how things stood at equal moments, and whether anything grew (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

MOST_GROWTH = 0.02
"""Of memory, from the first to the last quarter after warming up."""

MOST_DRIFT_MS = 5.0
"""Of the skew, likewise."""

WARM_UP_SHARE = 0.2
"""The beginning of a soak: caches fill, and allocators get their arenas."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment with the same viewers and the same camera as at all others.

    time_s: since the soak began. memory: resident set, MiB. skew_ms: how long after its sound a picture
    arrives at the steady viewers, by sender reports; None when no reports came.
    """

    time_s: float
    server_mib: float
    stage_mib: float
    server_descriptors: int
    stage_descriptors: int
    tasks: int
    skew_ms: float | None
    pictures_per_second: float


@dataclass(frozen=True, slots=True)
class Change:
    """Medians of the first and of the last quarter after warming up."""

    first: float
    last: float

    @property
    def growth(self) -> float:
        """Share by which it has grown; negative if it has shrunk."""
        return self.last / self.first - 1 if self.first else 0.0


@dataclass(frozen=True, slots=True)
class SoakReport:
    """All samples. done: how often each thing was done."""

    samples: tuple[Sample, ...]
    done: dict[str, int]

    def change(self, read: Callable[[Sample], float | None]) -> Change:
        """Of one figure; raises `ValueError` if there are not enough samples."""
        end_s = self.samples[-1].time_s
        warm = [sample for sample in self.samples if sample.time_s >= WARM_UP_SHARE * end_s]
        values = [value for sample in warm if (value := read(sample)) is not None]
        if len(values) < 2:
            raise ValueError("a soak needs two samples at least after warming up")
        quarter = max(1, len(values) // 4)
        return Change(median(values[:quarter]), median(values[-quarter:]))

    def complaints(self) -> list[str]:
        """What is not as it should be."""
        found = []
        for name, change in self._memory().items():
            if change.growth >= MOST_GROWTH:
                found.append(
                    f"the memory of the {name} grew by {change.growth:.1%}, "
                    f"from {change.first:.1f} to {change.last:.1f} MiB"
                )
        for name, change in self._counts().items():
            if change.last > change.first:
                found.append(f"{name} grew from {change.first:g} to {change.last:g}")
        skew = self.change(lambda sample: sample.skew_ms)
        if abs(skew.last - skew.first) > MOST_DRIFT_MS:
            found.append(f"the skew drifted from {skew.first:.1f} to {skew.last:.1f} ms")
        return found

    def as_text(self) -> str:
        """Lines for people."""
        skew = self.change(lambda sample: sample.skew_ms)
        skews = [sample.skew_ms for sample in self.samples if sample.skew_ms is not None]
        did = ", ".join(f"{count} {name}" for name, count in self.done.items())
        lines = [f"{self.samples[-1].time_s / 60:.1f} minutes, {len(self.samples)} samples: {did}"]
        for name, change in self._memory().items():
            lines.append(
                f"  memory of the {name:<7}{change.first:8.1f} -> {change.last:.1f} MiB "
                f"({change.growth:+.2%})"
            )
        for name, change in self._counts().items():
            lines.append(f"  {name:<22}{change.first:6.0f} -> {change.last:.0f}")
        lines.append(
            f"  picture behind sound {skew.first:+8.1f} -> {skew.last:+.1f} ms "
            f"(all samples {min(skews):+.1f} to {max(skews):+.1f})"
        )
        rates = sorted(sample.pictures_per_second for sample in self.samples)
        lines.append(
            f"  pictures a second     {median(rates):7.1f} median of the samples, least {rates[0]:.1f}"
        )
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        changes = {**self._memory(), **self._counts()}
        return {
            "samples": [asdict(sample) for sample in self.samples],
            "done": self.done,
            "changes": {name: asdict(change) for name, change in changes.items()},
            "complaints": self.complaints(),
        }

    def _memory(self) -> dict[str, Change]:
        return {
            "server": self.change(lambda sample: sample.server_mib),
            "stage": self.change(lambda sample: sample.stage_mib),
        }

    def _counts(self) -> dict[str, Change]:
        return {
            "descriptors, server": self.change(lambda sample: sample.server_descriptors),
            "descriptors, stage": self.change(lambda sample: sample.stage_descriptors),
            "tasks of the server": self.change(lambda sample: sample.tasks),
        }


def median_of(values: Sequence[float]) -> float | None:
    """None of nothing."""
    return median(values) if values else None
