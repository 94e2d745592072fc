"""Which of the pieces that arrive may be read on: all of them advance together in media time.

Everybody's sound and motion is needed for a single picture, so a piece that is far ahead of the others took
bandwidth that they needed. While little is here the lead may be small; when there is plenty, order does not
matter any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from avatar_server.dataset.modalities import SMPLH

PACED = frozenset({"wav", "npz", *SMPLH})
"""The pieces that advance together."""

LATE = frozenset({"metadata:transcript"})
"""The pieces that nobody waits for."""

NEEDED_S = 1.0
"""This much of everybody's sound and motion must be here before anything is played."""

LEAD_S = 0.6
"""How far a piece may be ahead of the slowest before playing has begun."""

ENOUGH_S = 1.15
"""Nothing is read beyond that before playing has begun: a little more than is needed, so that the first
picture costs little, and nobody waits for a piece that stopped just short of it."""

BEGIN_AFTER_S = 3.0
"""So long after the first second was here the rest comes also if nobody began to watch."""

PLENTY_S = 10.0
"""With so much ahead of the playhead, everything may come as it likes."""

LEAD_PLAYING_S = 4.0

HURRY_FROM_S = 2.0
"""With so much ahead of the playhead, larger bites are taken: nothing that is urgent waits behind them."""

LATE_AFTER_S = 2.0
"""What nobody waits for (a transcript) is begun when this much is ahead of the playhead."""


def slowest_s(aheads_s: Iterable[float]) -> float:
    """Seconds from the playhead for which everything is here; infinity if nothing is missing."""
    return min(aheads_s, default=float("inf"))


def may_read(ahead_s: float, slowest: float, *, playing: bool) -> bool:
    """Whether a piece of sound or motion that is here for `ahead_s` from the playhead may be read on.

    slowest: of all such pieces that are not whole, see `slowest_s`. playing: whether time has begun to pass.
    """
    if not playing:
        return ahead_s < ENOUGH_S and ahead_s <= slowest + LEAD_S
    return slowest >= PLENTY_S or ahead_s <= slowest + LEAD_PLAYING_S


def may_read_late(slowest: float, *, playing: bool) -> bool:
    """Whether a piece that nobody waits for may be read."""
    return playing and slowest >= LATE_AFTER_S
