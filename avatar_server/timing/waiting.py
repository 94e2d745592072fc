"""When time holds because data is missing, and when it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.timing.buffering import Buffered
from avatar_server.timing.timeline import Timeline

LOOK_AHEAD_S = 0.5
"""Stream time for which a hold is known beforehand: sound is made 0.4 s ahead, in blocks of 20 ms."""

MARGIN_S = 0.1
"""Time holds so long before what is missing: sound fades out over what still is here."""

GO_ON_S = 1.5
"""So much must be here beyond the hold before time goes on, or it would stop again at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """From stream time `from_s` on the media time is `media_s`, whatever the timeline says."""

    from_s: float
    media_s: float


def next_hold(hold: Hold | None, timeline: Timeline, buffered: Buffered, now_s: float) -> Hold | None:
    """The hold that there is, or will be within `LOOK_AHEAD_S`, at stream time `now_s`.

    hold: the one there was. A timeline that does not move is never held: it stands anyway.
    """
    if buffered.whole or not timeline.playing:
        return None
    if hold is not None and hold.from_s <= now_s:
        here_until_s = _end_s(buffered, hold.media_s, timeline.duration_s)
        enough_s = min(hold.media_s + GO_ON_S, _until_s(timeline, hold.media_s))
        return None if here_until_s >= enough_s else hold
    if not timeline.is_moving(now_s):
        return None
    media_s = timeline.media_time_s(now_s)
    end_s, turn = _end_s(buffered, media_s, timeline.duration_s), timeline.turn_from(media_s)
    if end_s < _until_s(timeline, media_s):
        until_s = max(0.0, end_s - MARGIN_S - media_s) / timeline.speed
        if until_s >= LOOK_AHEAD_S:
            return None
        return Hold(now_s + until_s, media_s + until_s * timeline.speed)
    if turn is None:
        return None
    # Behind the turn comes what may be missing since somebody sought before all was here.
    until_s = (turn.at_s - media_s) / timeline.speed
    enough_s = min(turn.to_s + GO_ON_S, _until_s(timeline, turn.to_s))
    missing = _end_s(buffered, turn.to_s, timeline.duration_s) < enough_s
    return Hold(now_s + until_s, turn.to_s) if missing and until_s < LOOK_AHEAD_S else None


def _until_s(timeline: Timeline, media_s: float) -> float:
    """Up to when media time runs that is at `media_s`: to the next turn, or to the end."""
    turn = timeline.turn_from(media_s)
    return timeline.duration_s if turn is None else turn.at_s


def _end_s(buffered: Buffered, media_s: float, duration_s: float) -> float:
    """Up to when all is here from `media_s` on; what reaches to the end but for a rounding is all."""
    end_s = buffered.end_of_run_s(media_s)
    return duration_s if end_s >= duration_s - 1e-6 else end_s
