"""Captions of two people at once: which ones are seen in which stretch of time, and where. Pure.

A caption never moves while it is read: it takes the lowest place that is free when it comes, and keeps it.
One that would go in `BRIEF_S` anyway goes when the other person's comes: who take turns share a place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from avatar_server.dataset.caption_lines import Caption

BRIEF_S = 0.3


@dataclass(frozen=True, slots=True)
class SpokenCaption:
    """A caption with its speaker.

    person: 0 at the viewer's left, 1 at the right. place: 0 lowest, 1 above.
    """

    caption: Caption
    person: int
    place: int


@dataclass(frozen=True, slots=True)
class CaptionPage:
    """What is seen from `start_s` to before `end_s`, the upper one first; never empty."""

    start_s: float
    end_s: float
    captions: tuple[SpokenCaption, ...]


def caption_pages(people: Sequence[Sequence[Caption]]) -> tuple[CaptionPage, ...]:
    """Stretches in which something is seen, in the order of time; people: the captions of each."""
    spoken = _with_places(people)
    bounds_s = sorted({time_s for one in spoken for time_s in (one.caption.start_s, one.caption.end_s)})
    pages = []
    shown: list[SpokenCaption] = []
    coming = 0
    for start_s, end_s in pairwise(bounds_s):
        shown = [one for one in shown if one.caption.end_s > start_s]
        while coming < len(spoken) and spoken[coming].caption.start_s <= start_s:
            shown.append(spoken[coming])
            coming += 1
        if shown:
            upper_first = tuple(sorted(shown, key=lambda one: -one.place))
            pages.append(CaptionPage(start_s, end_s, upper_first))
    return tuple(pages)


def pages_within(pages: Sequence[CaptionPage], span_s: tuple[float, float]) -> tuple[CaptionPage, ...]:
    """What is seen of `pages` between start and end, on a clock that begins at the start."""
    begin_s, stop_s = span_s
    return tuple(
        CaptionPage(max(page.start_s, begin_s) - begin_s, min(page.end_s, stop_s) - begin_s, page.captions)
        for page in pages
        if page.start_s < stop_s and page.end_s > begin_s
    )


def _with_places(people: Sequence[Sequence[Caption]]) -> list[SpokenCaption]:
    by_time = sorted(
        ((caption, person) for person, captions in enumerate(people) for caption in captions),
        key=lambda one: (one[0].start_s, one[1]),
    )
    spoken: list[SpokenCaption] = []
    latest: dict[int, int] = {}
    for caption, person in by_time:
        taken = set()
        for other, index in latest.items():
            before = spoken[index]
            left_s = before.caption.end_s - caption.start_s
            if other == person or left_s <= 0.0:
                continue
            if left_s <= BRIEF_S and before.caption.start_s < caption.start_s:
                spoken[index] = replace(before, caption=replace(before.caption, end_s=caption.start_s))
            else:
                taken.add(before.place)
        latest[person] = len(spoken)
        spoken.append(SpokenCaption(caption, person, 1 if 0 in taken else 0))
    return spoken
