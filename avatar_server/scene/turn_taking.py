"""Who has the floor when: from the voice activity of one or two people to stretches of a conversation.

In: when each of them speaks, as spans. Out: `Conversation`, the stretches in which one of them, both or
nobody has the floor, and the backchannels, short words of a listener that take no turn (Yngve 1970).

Pure, and local: what is said of an instant depends on no more than `FORESIGHT_S` of what comes after it, so
a recording of which only the beginning is known gives the beginning of what the whole one gives.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Span = tuple[float, float]
"""(start, end) in seconds."""

Floor = Literal["left", "right", "both", "nobody"]
"""Who has it. Left is the viewer's left; who is alone is the left one."""

SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

BREATH_S = 0.3
"""A shorter gap is a stop consonant or a breath within one utterance, not a pause (Heldner & Edlund 2010 take
0.2 s as the least that is heard as one)."""

PAUSE_S = 1.0
"""Over so long a pause a speaker keeps his turn if nobody takes it."""

BACKCHANNEL_S = 0.8
"""What is shorter and said inside the other's turn is no turn of its own."""

OVERLAP_S = 0.8
"""Two who speak at once for less than this exchange turns; for longer, they speak together."""

SILENCE_S = 3.0
"""When nobody has spoken for so long, nobody has the floor."""

FORESIGHT_S = SILENCE_S + PAUSE_S
"""Nothing that happens later changes what is said of an instant."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the floor is with the same; `opens` if somebody begins to speak as it begins."""

    start_s: float
    end_s: float
    floor: Floor
    opens: bool


@dataclass(frozen=True, slots=True)
class Backchannel:
    """A short word of the listener `side`, which begins at `start_s`."""

    start_s: float
    side: Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a camera has to know of it.

    stretches: without gaps from 0 to the end, no two neighbours with the same floor. backchannels: in order.
    pauses_s: for the left and for the right one, where each of his utterances ends.
    """

    stretches: tuple[Stretch, ...]
    backchannels: tuple[Backchannel, ...]
    pauses_s: tuple[tuple[float, ...], tuple[float, ...]]


def utterances(spoken: Sequence[Span], duration_s: float) -> tuple[Span, ...]:
    """What one person says in a breath, in order: his spans in any order, those a breath apart as one."""
    return _joined(spoken, duration_s, BREATH_S)


def conversation(spoken: Sequence[Sequence[Span]], duration_s: float) -> Conversation:
    """What one or two people did who spoke then; their spans may come in any order, and overlap.

    What lies outside 0 to `duration_s` is left out.
    """
    said = [utterances(spans, duration_s) for spans in spoken]
    said += [()] * (2 - len(said))
    turns: list[tuple[Span, ...]] = []
    backchannels = []
    for side, own, other in ((0, said[0], said[1]), (1, said[1], said[0])):
        floors = [span for span in _joined(other, duration_s, PAUSE_S) if span[1] - span[0] >= BACKCHANNEL_S]
        short = {span for span in own if span[1] - span[0] < BACKCHANNEL_S and _is_inside(span, floors)}
        backchannels += [Backchannel(start_s, SIDES[side]) for start_s, _ in short]
        turns.append(tuple(span for span in own if span not in short))
    return Conversation(
        tuple(_stretches(turns[0], turns[1], duration_s)),
        tuple(sorted(backchannels, key=lambda one: (one.start_s, one.side))),
        (
            tuple(end_s for _, end_s in said[0]),
            tuple(end_s for _, end_s in said[1]),
        ),
    )


def _joined(spans: Sequence[Span], duration_s: float, gap_s: float) -> tuple[Span, ...]:
    """The spans within the duration in order, those less than `gap_s` apart as one."""
    joined: list[Span] = []
    for start_s, end_s in sorted((max(start_s, 0.0), min(end_s, duration_s)) for start_s, end_s in spans):
        if not end_s > start_s:
            continue
        if joined and start_s - joined[-1][1] < gap_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((start_s, end_s))
    return tuple(joined)


def _is_inside(span: Span, others: Sequence[Span]) -> bool:
    """Whether one of the others, in order and apart from each other, covers it."""
    before = bisect.bisect_right(others, span[0], key=lambda other: other[0]) - 1
    return before >= 0 and span[1] <= others[before][1]


def _stretches(left: Sequence[Span], right: Sequence[Span], duration_s: float) -> Iterator[Stretch]:
    """The stretches of two people's turns, merged."""
    merged: Stretch | None = None
    for one in _runs(left, right, duration_s):
        if merged is not None and one.floor == merged.floor:
            merged = replace(merged, end_s=one.end_s)
            continue
        if merged is not None:
            yield merged
        merged = one
    if merged is not None:
        yield merged


def _runs(left: Sequence[Span], right: Sequence[Span], duration_s: float) -> Iterator[Stretch]:
    """As `_stretches`, neighbours with the same floor not yet merged."""
    floor: Floor = "nobody"
    bounds = sorted({0.0, duration_s, *itertools.chain(*left, *right)})
    beginnings = {start_s for start_s, _ in (*left, *right)}
    on_left, on_right = _Pointer(left), _Pointer(right)
    for start_s, end_s in itertools.pairwise(bounds):
        speaks_left, speaks_right = on_left.at(start_s), on_right.at(start_s)
        if speaks_left and speaks_right:
            floor = _of_both(speaks_left, speaks_right)
        elif speaks_left or speaks_right:
            floor = "left" if speaks_left else "right"
        elif end_s - start_s >= SILENCE_S:
            floor = "nobody"
        yield Stretch(start_s, end_s, floor, start_s in beginnings)


def _of_both(left: Span, right: Span) -> Floor:
    """Who has the floor where these two overlap: for a moment only, the newcomer; then both."""
    if min(left[1], right[1]) - max(left[0], right[0]) >= OVERLAP_S:
        return "both"
    return "left" if (left[0], left[1]) > (right[0], right[1]) else "right"


class _Pointer:
    """Finds the span at times that only grow; spans in order, apart from each other."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._index = 0

    def at(self, time_s: float) -> Span | None:
        while self._index < len(self._spans) and self._spans[self._index][1] <= time_s:
            self._index += 1
        start_s, _ = self._spans[self._index] if self._index < len(self._spans) else (math.inf, math.inf)
        return self._spans[self._index] if start_s <= time_s else None
