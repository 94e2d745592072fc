"""The state of a playing stage: one desk, at which commands arrive and from which both loops read.

Time is an argument; the only lock of the stage's state is here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from avatar_server.control.commands import (
    ChoosePreset,
    ChooseStaging,
    ClearRegion,
    MarkRegion,
    Pause,
    Play,
    Seek,
    SetLoop,
    SetSpeed,
    SetVoice,
    StageCommand,
    TimeCommand,
)
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.stage.hands import Hands
from avatar_server.stage.moment import Moment
from avatar_server.stage.own_views import InView, OwnViews
from avatar_server.stage.presets import PresetWish
from avatar_server.stage.programme import Programme
from avatar_server.stage.view import View
from avatar_server.stage.voices import Voices
from avatar_server.stage.wire import KeyPicture, NumberedStream, Resumption, StageState, Wanted
from avatar_server.timing.region import Region
from avatar_server.timing.synchroniser import KeyRequests
from avatar_server.timing.timeline import Timeline
from avatar_server.timing.waiting import Hold, next_hold


class Desk:
    """Takes commands and tells how things stand; any thread may call it.

    While nobody watches the media time holds; it goes on with the first viewer.
    """

    def __init__(
        self,
        programme: Programme,
        *,
        camera: str,
        staging: str,
        aspect: float,
        resumption: Resumption | None = None,
    ) -> None:
        """Camera and staging: what is seen first, unless `resumption` knows better."""
        self._lock = threading.Lock()
        self._timeline = Timeline(programme.duration_s)
        self._view = View(programme, staging, camera, programme.orbit(camera, aspect), aspect)
        self._own: Mapping[str, View] = {}
        """Never changed in place: a `Moment` keeps it."""
        self._voices = Voices.of(len(programme.pans()))
        self._hands = Hands()
        self._preset_wish: PresetWish | None = None
        self._resumes = True
        if resumption is not None and (state := resumption.state) is not None:
            self._timeline = state.timeline.pause(0.0).moved_to(0.0, resumption.media_s)
            staged = programme.with_studio(state.studio or programme.studio).with_staging(state.staging)
            self._view = View(staged, state.staging, state.camera, state.orbit, aspect)
            self._own = {
                own.view: replace(self._view, camera=own.camera, orbit=own.orbit) for own in state.own
            }
            self._resumes = state.resumes
            self._voices = Voices(state.voices)
        self._hold: Hold | None = None
        self._buffered = programme.buffered()
        self._revision = 0
        self._followed = 0
        self._wanted: tuple[NumberedStream, ...] = ()
        self._keys: dict[int, KeyRequests] = {}
        self._listeners = 0
        self._woken: list[threading.Event] = []

    def state(self, stream_s: float) -> StageState:
        """What a desk has to know that goes on for this one."""
        with self._lock:
            watched = self._listeners > 0
            timeline, wish = self._timeline, self._preset_wish
            resumes = timeline.is_moving(stream_s) if watched else self._resumes
            if self._hold is not None and stream_s >= self._hold.from_s:
                timeline = timeline.pause(stream_s).moved_to(stream_s, self._hold.media_s)
            return StageState(
                followed=self._followed,
                timeline=timeline,
                resumes=resumes,
                camera=self._view.camera,
                orbit=self._view.orbit,
                staging=self._view.staging,
                own=tuple(view.state(name, self._media_s(stream_s)) for name, view in self._own.items()),
                voices=self._voices.heard,
                preset=self._view.programme.preset_name if wish is None else wish.name,
                studio=self._view.programme.studio,
            )

    def woken(self) -> threading.Event:
        """A new event that is set whenever something was asked for."""
        event = threading.Event()
        self._woken.append(event)
        return event

    def moment(self, stream_s: float) -> Moment:
        """How things stand at `stream_s`."""
        with self._lock:
            held = self._hold is not None and stream_s >= self._hold.from_s
            return Moment(
                timeline=self._timeline,
                revision=self._revision,
                view=self._view,
                media_s=self._media_s(stream_s),
                moving=self._timeline.is_moving(stream_s) and not held,
                wanted=self._wanted,
                keys=frozenset(number for number, key in self._keys.items() if key.is_due(stream_s)),
                listeners=self._listeners,
                resumes=self._resumes,
                waiting=held,
                buffered=self._buffered,
                own=self._own,
                voices=self._voices,
                held=self._hands.on(stream_s),
            )

    def review(self, now_s: float) -> None:
        """Look what is here by now: hold time before what is missing, or let it go on.

        To be called before a loop works for anything up to `LOOK_AHEAD_S` after `now_s`.
        """
        with self._lock:
            if self._buffered.whole:
                return
            programme = self._view.programme
            programme.look_ahead(self._media_s(now_s))
            self._buffered = programme.buffered()
            hold = next_hold(self._hold, self._timeline, self._buffered, now_s)
            if hold is None and self._hold is not None:
                self._end_hold(now_s)
            self._hold = hold

    def _media_s(self, stream_s: float) -> float:
        if self._hold is not None and stream_s >= self._hold.from_s:
            return self._hold.media_s
        return self._timeline.media_time_s(stream_s)

    def _end_hold(self, stream_s: float) -> None:
        """Time goes on from where it is held; what was made for the time of the hold is made again."""
        assert self._hold is not None
        if stream_s >= self._hold.from_s:
            self._timeline = self._timeline.moved_to(stream_s, self._hold.media_s)
        self._hold = None
        self._revision += 1

    def key_sent(self, number: int, stream_s: float, again: bool = False) -> None:
        """A key picture of a stream went out; again: somebody needs another one all the same."""
        with self._lock:
            if number in self._keys:
                sent = self._keys[number].sent(stream_s)
                self._keys[number] = sent.request() if again else sent

    def follow(
        self, command: StageCommand | InView | OwnViews | Wanted | KeyPicture, stream_s: float
    ) -> None:
        """Do what was asked, from `stream_s` on; raises `UsageError` for an unknown name."""
        with self._lock:
            self._followed += not isinstance(command, OwnViews | Wanted | KeyPicture)
            match command:
                case Wanted(streams, listeners):
                    self._wanted = streams
                    self._keys = {s.number: self._keys.get(s.number, KeyRequests()) for s in streams}
                    self._count_listeners(listeners, stream_s)
                case KeyPicture(number):
                    if number in self._keys:
                        self._keys[number] = self._keys[number].request()
                case OwnViews(names):
                    self._own = {name: self._own.get(name, self._view) for name in names}
                case InView(name, moved):
                    if name in self._own:
                        self._hands = self._hands.after(name, moved, stream_s)
                        view = self._own[name].changed(moved, self._media_s(stream_s))
                        self._own = {**self._own, name: view}
                case Play() | Pause() | Seek() | SetSpeed() | SetLoop() | MarkRegion() | ClearRegion():
                    if self._hold is not None:
                        self._end_hold(stream_s)
                    self._move(command, stream_s)
                    self._revision += 1
                case SetVoice():
                    self._voices = self._voices.changed(command)
                case ChoosePreset(name):
                    programme = self._view.programme
                    shown = name == programme.preset_name
                    self._preset_wish = None if shown else PresetWish(name, programme)
                case _:
                    self._hands = self._hands.after(PRESENTER, command, stream_s)
                    self._see(self._view.changed(command, self._media_s(stream_s)))
                    if isinstance(command, ChooseStaging) and self._preset_wish is not None:
                        self._preset_wish = replace(self._preset_wish, staging=command.name)
        self._wake()

    def preset_wish(self) -> PresetWish | None:
        """The preset that is wanted and not there yet."""
        with self._lock:
            return self._preset_wish

    def show_preset(self, wish: PresetWish, programme: Programme) -> None:
        """What was wished is made, or cannot be; nothing happens if something else is wished by now."""
        with self._lock:
            now = self._preset_wish
            if now is None or now.name != wish.name:
                return
            self._preset_wish = None
            if programme.preset_name == wish.name:
                staging = now.staging or programme.staging
                programme = programme.with_studio(self._view.programme.studio)
                self._see(self._view.staged(programme.with_staging(staging), staging))
        self._wake()

    def _see(self, view: View) -> None:
        if view.programme is not self._view.programme:
            self._own = {name: own.staged(view.programme, view.staging) for name, own in self._own.items()}
        self._view = view

    def _wake(self) -> None:
        for event in self._woken:
            event.set()

    def _move(self, command: TimeCommand, stream_s: float) -> None:
        timeline = self._timeline
        match command:
            case Play() if self._listeners == 0:
                self._resumes = True
            case Pause() if self._listeners == 0:
                self._resumes = False
            case Play():
                self._timeline = timeline.play(stream_s)
            case Pause():
                self._timeline = timeline.pause(stream_s)
            case Seek(time_s):
                self._timeline = timeline.seek(stream_s, time_s)
            case SetSpeed(speed):
                self._timeline = timeline.with_speed(stream_s, speed)
            case SetLoop(loop):
                self._timeline = timeline.with_loop(stream_s, loop)
            case MarkRegion(start_s, end_s):
                region = Region.within(timeline.duration_s, start_s, end_s)
                self._timeline = timeline.with_region(stream_s, region)
            case ClearRegion():
                self._timeline = timeline.with_region(stream_s, None)

    def _count_listeners(self, count: int, stream_s: float) -> None:
        if count == 0 and self._hold is not None:
            self._end_hold(stream_s)
        if count == 0 and self._listeners > 0:
            self._resumes = self._timeline.is_moving(stream_s)
            self._timeline = self._timeline.pause(stream_s)
        elif count > 0 and self._listeners == 0 and self._resumes:
            self._timeline = self._timeline.play(stream_s)
        if (count > 0) != (self._listeners > 0):
            self._revision += 1
        self._listeners = count
