"""The loop that draws: every wanted view once for each place on the grid, the presenter's first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_server.encode.live_packet import PRESENTER
from avatar_server.render.contract import Picture, PosesAhead, Renderer, draw
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import IDLE_S, StreamClock
from avatar_server.stage.moment import Moment
from avatar_server.stage.programme import Programme
from avatar_server.stage.view import Scene
from avatar_server.stage.view_encoders import KEPT_S, LONGEST_WAIT_S, DrawnPicture, Encoding
from avatar_server.stage.wire import NumberedStream
from avatar_server.timing.synchroniser import AHEAD_S, HELD_AHEAD_S, PictureGrid, Work, work_for_slot


@dataclass(slots=True)
class _Seen:
    """A view that is wanted, or was a moment ago.

    shown: what its last picture shows. steered: what hands had made of the view then. hasty: whether it was
    drawn in haste.
    """

    wanted_s: float
    sent_s: float | None = None
    hasty: bool = False
    shown: tuple[float, Scene, Orbit] | None = None
    steered: tuple[Scene, str, Orbit | None] | None = None
    picture: Picture | None = None


class PictureLoop:
    """Draws the pictures that are due and brings them to the encoders; belongs to the renderer's thread.

    The presenter's view is drawn in every place. The others follow while there is time until the next
    place, whoever has waited longest first; there is a picture of each at least every `LONGEST_WAIT_S`.
    A picture that finds no time is dropped, none is made late. One of a view that somebody has moved is begun
    a little before its time if the last one is on its way already. While a hand is on the camera, the
    renderer may give coarser pictures; when it is taken off, the same is drawn again, as fine as ever.
    """

    def __init__(
        self,
        desk: Desk,
        renderer: Renderer,
        encoding: Encoding,
        grid: PictureGrid,
        counts: Counts,
        *,
        after_s: float = -1.0,
    ) -> None:
        """after_s: stream time; the first picture lies later."""
        self._desk = desk
        self._renderer = renderer
        self._encoding = encoding
        self._grid = grid
        self._counts = counts
        self._last_index = max(grid.index_at(after_s), -1)
        self._views: dict[str, _Seen] = {}
        self._foreseen: tuple[int, Programme, Snapshot] | None = None
        self.steps = 0

    def step(self, clock: StreamClock) -> float:
        """Do what is due now; gives the stream time at which there is more to do."""
        self.steps += 1
        now_s = clock.now_s()
        ahead_s = self._ahead_s(now_s)
        slot = self._grid.due(now_s + ahead_s, self._last_index)
        if slot is None:
            return self._grid.time_s(self._last_index + 1) - ahead_s
        self._last_index = slot.index
        self._desk.review(now_s)
        moment = self._desk.moment(self._grid.time_s(slot.index))
        wanted = _by_view(moment.wanted)
        self._forget(frozenset(wanted), now_s)
        for name in sorted(wanted, key=self._turn):
            seen = self._views.setdefault(name, _Seen(now_s))
            seen.wanted_s = now_s
            if seen.sent_s is not None and moment.moving:
                self._counts.view(name).dropped += slot.dropped
            self._work(name, seen, slot.index, moment, wanted[name], clock)
        if not wanted:
            return now_s + (KEPT_S if self._views else IDLE_S)
        return self._grid.time_s(self._last_index + 1)

    def _ahead_s(self, now_s: float) -> float:
        """How long before its time the next picture may be begun.

        It may be if a view is another one than its last picture shows and there is time to draw it. While
        that picture, or one of the presenter's view, which is drawn before it, is being encoded there is
        none: the encoder needs the processor, and its picture would wait for Python as long as OpenGL draws.
        """
        if self._encoding.is_busy(PRESENTER):
            return 0.0
        moment = self._desk.moment(now_s)
        for name in (PRESENTER, *moment.own):
            seen = self._views.get(name)
            if seen is None or seen.sent_s is None or seen.steered is None or self._encoding.is_busy(name):
                continue
            if seen.steered != moment.view_of(name).steered:
                return HELD_AHEAD_S if name in moment.held else AHEAD_S
        return 0.0

    def _turn(self, name: str) -> tuple[bool, float, str]:
        """The presenter first, then who has waited longest."""
        seen = self._views.get(name)
        sent_s = -1.0 if seen is None or seen.sent_s is None else seen.sent_s
        return name != PRESENTER, sent_s, name

    def _work(
        self,
        name: str,
        seen: _Seen,
        index: int,
        moment: Moment,
        streams: tuple[NumberedStream, ...],
        clock: StreamClock,
    ) -> None:
        stream_s = self._grid.time_s(index)
        keys = moment.keys & {wanted.number for wanted in streams}
        orbit, steered = moment.orbit_of(name), moment.view_of(name).steered
        shows = (moment.media_s, moment.view.scene, orbit)
        settles = seen.hasty and name not in moment.held
        work = work_for_slot(
            stream_s=stream_s,
            changed=seen.shown != shows or settles,
            key=bool(keys),
            watched=moment.watched,
            last_sent_s=seen.sent_s,
        )
        if work is Work.NOTHING:
            return
        counts = self._counts.view(name)
        if name != PRESENTER and not self._has_time(name, seen, index, counts.draw_ms, clock):
            counts.dropped += 1
            return
        begun_s, awaited = clock.now_s(), False
        if work is Work.DRAW or seen.picture is None:
            snapshot = self._snapshot(index, moment, orbit)
            self._renderer.prepare(snapshot)
            # A hand on the camera may have moved on meanwhile; it is looked at as late as can be.
            latest = replace(self._desk.moment(stream_s), media_s=moment.media_s)
            if latest.view.scene == moment.view.scene:
                orbit, steered = latest.orbit_of(name), latest.view_of(name).steered
                shows = (moment.media_s, latest.view.scene, orbit)
                seen_from = latest.view.programme.camera_at(moment.media_s, orbit.camera())
                snapshot = replace(snapshot, camera=seen_from)
            seen.hasty = name in latest.held
            moved = seen.steered is not None and seen.steered != steered
            awaited = moved or seen.hasty
            if name == PRESENTER and isinstance(self._renderer, PosesAhead):
                self._renderer.expect(lambda: self._next_one(index + 1))
            seen.picture = draw(self._renderer, snapshot, hasty=seen.hasty)
            seen.shown, seen.steered = shows, steered
            counts.was_drawn((clock.now_s() - begun_s) * 1000)
        for number in keys:
            # Told now: the next picture is begun before this one is encoded.
            self._desk.key_sent(number, stream_s)
        seen.sent_s = stream_s
        self._encoding.hand_over(name, DrawnPicture(seen.picture, index, streams, keys, awaited))

    def _snapshot(self, index: int, moment: Moment, orbit: Orbit) -> Snapshot:
        """What is seen at a place on the grid; it may have been made while the last picture was drawn."""
        programme, foreseen = moment.view.programme, self._foreseen
        if (
            foreseen is not None
            and foreseen[:2] == (index, programme)
            and foreseen[2].time_s == moment.media_s
        ):
            return replace(foreseen[2], camera=programme.camera_at(moment.media_s, orbit.camera()))
        return programme.snapshot_at(moment.media_s, orbit.camera())

    def _next_one(self, index: int) -> Snapshot | None:
        """What the presenter's view probably shows at a place on the grid; None if time stands still."""
        moment = self._desk.moment(self._grid.time_s(index))
        if not moment.moving:
            return None
        programme = moment.view.programme
        snapshot = programme.snapshot_at(moment.media_s, moment.orbit_of(PRESENTER).camera())
        self._foreseen = (index, programme, snapshot)
        return snapshot

    def _has_time(self, name: str, seen: _Seen, index: int, draw_ms: float, clock: StreamClock) -> bool:
        """Whether another view than the presenter's may be drawn for this place on the grid."""
        if self._encoding.is_busy(name):
            return False
        if seen.sent_s is None or self._grid.time_s(index) - seen.sent_s >= LONGEST_WAIT_S:
            return True
        return clock.now_s() + draw_ms / 1000 <= self._grid.time_s(index + 1)

    def _forget(self, wanted: frozenset[str], now_s: float) -> None:
        for name, seen in tuple(self._views.items()):
            if name not in wanted:
                seen.sent_s = None
                if now_s - seen.wanted_s > KEPT_S:
                    del self._views[name]
                    self._counts.views.pop(name, None)
                    self._encoding.close(name)


def _by_view(streams: tuple[NumberedStream, ...]) -> dict[str, tuple[NumberedStream, ...]]:
    views: dict[str, tuple[NumberedStream, ...]] = {}
    for wanted in streams:
        views[wanted.stream.view] = (*views.get(wanted.stream.view, ()), wanted)
    return views
