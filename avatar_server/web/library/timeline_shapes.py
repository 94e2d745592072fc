"""The shapes of the answers about an interaction's time line; see `shapes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avatar_server.validity import InvalidSpan


@dataclass(frozen=True, slots=True)
class WaveformOfPerson:
    """What one voice looks like; `side` is where the viewer sees the person.

    points: lowest and highest sample of each stretch of `step_s`, exact, full scale 1; the first stretch
    begins at `start_s`, and the last one may be shorter. Null for a stretch that is not here (yet); none
    behind the end of the sound. whole: false while the sound is on its way. step_s: null as long as nothing
    is known of the sound.
    """

    id: str
    participant: str
    side: Literal["left", "right"]
    start_s: float
    step_s: float | None
    whole: bool
    points: tuple[tuple[float, float] | None, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaveformAnswer:
    """What both voices look like. duration_s: of the interaction, as far as that is known already."""

    key: str
    duration_s: float | None
    start_s: float
    end_s: float | None
    people: tuple[WaveformOfPerson, ...]


@dataclass(frozen=True, slots=True)
class ValidityOfPerson:
    """When one recording does not show what happened; `spans` are in order, and those of two kinds overlap.

    kind: `no-motion`, `no-body`, `left-hand-lost`, `right-hand-lost`, `no-face` or `no-sound`. words: for
    people.
    """

    id: str
    participant: str
    side: Literal["left", "right"]
    spans: tuple[InvalidSpan, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidityAnswer:
    """When the recordings of both people do not show what happened. duration_s: of the interaction."""

    key: str
    duration_s: float
    people: tuple[ValidityOfPerson, ...]
