"""The automatic director: which named camera shows a conversation when, as a list of cuts.

The rules are those of any cutting room. The film begins and ends with everybody in the picture. A cut goes
to who takes the turn, and leads it a little; who says "mm-hm" takes none. Two who speak at once, a quick
exchange of words and a long silence are seen together. A long turn is broken by a look at who listens, at
his backchannel or at a breath of the speaker if there is one. No shot is shorter than two seconds, none
shows the same person alone twice running, and over the shoulder, half length and close take turns. All
named cameras stand on the viewer's side of the line between the people, so no cut jumps across it.

The list is a function of the recording alone: whoever seeks sees what whoever plays sees.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.snapshot import Camera
from avatar_server.scene.turn_taking import (
    FORESIGHT_S,
    SIDES,
    SILENCE_S,
    Conversation,
    Floor,
    Span,
    conversation,
)

AUTO = "auto"
"""Name of the camera that is cut by the director."""

EVERYBODY = CAMERAS[0]
"""The camera that shows all people; a film begins and ends with it."""

SHORTEST_S = 2.1
"""No shot is shorter: two seconds, and at any picture rate no picture less."""

OPENING_S, CLOSING_S = 3.0, 3.0
"""The first shot lasts at least so long, and the last one begins so long before the end."""

LEAD_S = 0.25
"""A cut comes so much before the first sound: who is about to speak breathes in and opens his mouth."""

WORTH_S = 1.5
"""There is no cut to a shorter turn; several of them running are seen by the camera that shows everybody."""

REST_S = 0.8
"""A cut that had to wait for the shot before it is made only if so much of what it shows is left."""

REACTION_AFTER_S = (6.0, 8.0)
"""Who listens is shown when the speaker has been seen for so long: at the best moment between the two."""

REACTION_S = 2.6
"""So long, unless the turn ends meanwhile."""

LOOKAHEAD_S = FORESIGHT_S + 2 * WORTH_S + REACTION_S + SHORTEST_S + LEAD_S
"""Nothing that happens later than this after an instant changes what is shown in it."""

_SAME_S = 1e-6
"""Times of pictures are sums of fractions: a picture that is due at a cut shows what comes after it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What is seen from `start_s` on; camera: one of `CAMERAS`."""

    start_s: float
    camera: str


@dataclass(frozen=True, slots=True)
class CutList:
    """Shots in order, the first one at 0; each lasts until the next one begins."""

    shots: tuple[Shot, ...]

    def camera_at(self, time_s: float) -> str:
        """Name of the camera; before the beginning the first one."""
        index = bisect.bisect_right(self.shots, time_s + _SAME_S, key=lambda shot: shot.start_s)
        return self.shots[max(index - 1, 0)].camera

    def within(self, span_s: Span) -> CutList:
        """The shots seen from the first to before the second time, the first one cut off in front."""
        start_s, end_s = span_s
        later = [shot for shot in self.shots if start_s + _SAME_S < shot.start_s < end_s - _SAME_S]
        return CutList((Shot(start_s, self.camera_at(start_s)), *later))


@dataclass(frozen=True, slots=True)
class DirectedCamera:
    """A camera that is cut: where each camera of the list stands, by name."""

    cuts: CutList
    cameras: Mapping[str, Camera]

    def at(self, time_s: float) -> Camera:
        """What is seen at an instant."""
        return self.cameras[self.cuts.camera_at(time_s)]


def cut_list(spoken: Sequence[Sequence[Span]], duration_s: float, known_until_s: float = math.inf) -> CutList:
    """The director's choice for one or two people, the viewer's left first; spoken: when each of them did.

    known_until_s: of a recording that is still arriving, up to when. Nothing is decided then for the last
    `LOOKAHEAD_S` of that: a list made when more is known has the same shots and goes on after them.
    """
    cutting = _Cutting(conversation(spoken, duration_s), duration_s, is_alone=len(spoken) < 2)
    decided_s = known_until_s - LOOKAHEAD_S
    shots = cutting.cut()
    return CutList((shots[0], *(shot for shot in shots[1:] if shot.start_s <= decided_s)))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What should be seen from `at_s` to `end_s`, if nothing stood against it."""

    at_s: float
    end_s: float
    floor: Floor


@dataclass(slots=True)
class _Cutting:
    """The work on one list, in the order of time."""

    talk: Conversation
    duration_s: float
    is_alone: bool
    _shots: list[Shot] = field(default_factory=lambda: [Shot(0.0, EVERYBODY)])
    _shown: Floor = "both"
    _used: dict[str, int] = field(default_factory=dict)

    def cut(self) -> list[Shot]:
        """The shots."""
        for wish in _without_short_turns(_wishes(self.talk, self.duration_s)):
            begin_s = max(wish.at_s, self._earliest_s())
            if not self._is_shown(wish.floor):
                if begin_s > self._last_s() or wish.end_s - begin_s < min(REST_S, wish.end_s - wish.at_s):
                    continue
                self._show(wish.floor, begin_s)
            if wish.floor in SIDES:
                self._break_up(wish)
        end_s = round(self.duration_s - CLOSING_S, 3)
        if self._shots[-1].camera != EVERYBODY:
            self._shots.append(Shot(end_s, EVERYBODY))
        return self._shots

    def _earliest_s(self) -> float:
        """Before this the shot that is seen may not end."""
        return OPENING_S if len(self._shots) == 1 else self._shots[-1].start_s + SHORTEST_S

    def _last_s(self) -> float:
        """After this no shot may begin but the last one."""
        return self.duration_s - CLOSING_S - SHORTEST_S

    def _is_shown(self, floor: Floor) -> bool:
        return floor == self._shown or (floor not in SIDES and self._shown not in SIDES)

    def _show(self, floor: Floor, at_s: float, kinds: Sequence[str] = ("over", "single", "close")) -> None:
        """Cut to who has the floor, by the kind of shot he has not been seen in for the longest time."""
        camera = EVERYBODY
        if floor == "left" or floor == "right":
            possible = [kind for kind in kinds if not (self.is_alone and kind == "over")]
            names = [_camera(kind, floor) for kind in possible]
            camera = min(names, key=lambda name: self._used.get(name, -1))
            self._used[camera] = len(self._shots)
        self._shots.append(Shot(round(at_s, 3), camera))
        self._shown = floor

    def _break_up(self, wish: _Wish) -> None:
        """Show who listens now and then while the turn of `wish` lasts."""
        speaker = wish.floor
        listener: Floor = "both" if self.is_alone else "right" if speaker == "left" else "left"
        since_s = max(self._shots[-1].start_s, wish.at_s)
        while self._is_shown(speaker):
            at_s = self._best_moment_s(speaker, listener, since_s)
            if at_s > self._last_s() or wish.end_s - at_s < SHORTEST_S:
                return
            self._show(listener, at_s, ("close", "over"))
            since_s = at_s + REACTION_S
            if wish.end_s - since_s < SHORTEST_S or since_s > self._last_s():
                return
            self._show(speaker, since_s)

    def _best_moment_s(self, speaker: Floor, listener: Floor, since_s: float) -> float:
        """When to show the listener if the speaker has been seen since then."""
        first_s, last_s = (since_s + after_s for after_s in REACTION_AFTER_S)
        for word in self.talk.backchannels:
            if word.side == listener and first_s <= word.start_s - LEAD_S <= last_s:
                return word.start_s - LEAD_S
        pauses_s = self.talk.pauses_s[0 if speaker == "left" else 1]
        breath = bisect.bisect_left(pauses_s, first_s)
        return min((*pauses_s[breath : breath + 1], last_s))


def _wishes(talk: Conversation, duration_s: float) -> list[_Wish]:
    """One for each stretch of the conversation, in order."""
    begins_s: list[float] = []
    for stretch in talk.stretches:
        at_s = stretch.start_s - (LEAD_S if stretch.opens else 0.0)
        if stretch.floor == "nobody":
            # As soon as may be: the shot has to be over when the next one who speaks is led to.
            at_s = stretch.start_s + SILENCE_S - LEAD_S - SHORTEST_S
        begins_s.append(max(at_s, begins_s[-1] if begins_s else 0.0))
    times_s = pairwise((*begins_s, duration_s))
    return [_Wish(*at, stretch.floor) for at, stretch in zip(times_s, talk.stretches, strict=True)]


def _without_short_turns(wishes: Sequence[_Wish]) -> Iterator[_Wish]:
    """The same, neighbours joined: who had the floor before a short turn keeps it, several are of both."""
    kept: _Wish | None = None
    for index, wish in enumerate(wishes):
        floor = wish.floor
        if _is_short(wish):
            beside = (*wishes[max(index - 1, 0) : index], *wishes[index + 1 : index + 2])
            floor = "both" if any(map(_is_short, beside)) else kept.floor if kept else "nobody"
        if kept is not None and floor == kept.floor:
            kept = _Wish(kept.at_s, wish.end_s, floor)
            continue
        if kept is not None:
            yield kept
        kept = _Wish(wish.at_s, wish.end_s, floor)
    if kept is not None:
        yield kept


def _is_short(wish: _Wish) -> bool:
    return wish.floor in SIDES and wish.end_s - wish.at_s < WORTH_S


def _camera(kind: str, side: Literal["left", "right"]) -> str:
    """The camera that shows `side`: past the other's shoulder, half length, or close."""
    if kind == "over":
        return "over-right" if side == "left" else "over-left"
    return side if kind == "single" else f"close-{side}"
