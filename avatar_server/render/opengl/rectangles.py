"""Rectangles of the picture: what is drawn again, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from avatar_server.render.contract import PictureSize


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Pixels from the top left; `right` and `bottom` are just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Nothing inside."""
        return self.right <= self.left or self.bottom <= self.top


def disjoint(rectangles: Iterable[Rectangle], holes: Iterable[Rectangle] = ()) -> tuple[Rectangle, ...]:
    """Rectangles that cover all of `rectangles` but for `holes`, each pixel once.

    Strip by strip between all upper and lower borders: few strips, because bands lie on one grid.
    """
    drawn = [part for part in rectangles if not part.is_empty]
    left_out = [part for part in holes if not part.is_empty]
    levels = sorted({level for part in (*drawn, *left_out) for level in (part.top, part.bottom)})
    found: list[Rectangle] = []
    for top, bottom in pairwise(levels):
        spans = sorted((part.left, part.right) for part in drawn if part.top <= top < part.bottom)
        if not spans:
            continue
        gaps = sorted((part.left, part.right) for part in left_out if part.top <= top < part.bottom)
        reached = spans[0][0]
        for left, right in spans:
            start = max(left, reached)
            for gap_left, gap_right in gaps:
                if gap_right > start and gap_left < right:
                    if gap_left > start:
                        found.append(Rectangle(start, top, gap_left, bottom))
                    start = gap_right
            if start < right:
                found.append(Rectangle(start, top, right, bottom))
            reached = max(reached, right)
    return tuple(found)


NOTHING = Rectangle(0, 0, 0, 0)


def whole(size: PictureSize) -> Rectangle:
    """All of the picture."""
    return Rectangle(0, 0, size.width, size.height)
