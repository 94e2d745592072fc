"""Every encoding of every view: one thread a view, its best encoding first.

A picture is scaled and encoded while the next one is drawn. Lower rungs give way when the next picture is
waiting already; an encoder that fails takes only its own stream with it.
"""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from avatar_server.encode.live_packet import PRESENTER, RUNGS, LivePacket, VideoStream
from avatar_server.encode.live_video import LiveVideoEncoder, ScaledFrames, Scaler, open_live_encoder
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.stage.counts import Counts
from avatar_server.stage.wire import NumberedPacket, NumberedStream, StreamFailed
from avatar_server.timing.clock import Clock
from avatar_server.timing.synchroniser import KEY_SPACING_S, PictureGrid

log = logging.getLogger(__name__)

KEPT_S = 5.0
"""An encoder that nobody wants is kept this long: a viewer who reloads the page finds it."""

LONGEST_WAIT_S = 0.5
"""Nothing that somebody watches stands still for longer, however little time there is."""

OTHERS_NICENESS = 5
"""The presenter's view is encoded before the others where cores are few."""

Send = Callable[[NumberedPacket | StreamFailed], None]
OpenEncoder = Callable[[VideoStream, PictureSize, int], LiveVideoEncoder]

KeySent = Callable[[int, float, bool], None]
"""(number of the stream, stream time, whether another one is still wanted)."""


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture on its way to the encoders of its view.

    keys: numbers of streams to get a key picture. awaited: see `LivePacket`.
    """

    picture: Picture
    index: int
    streams: tuple[NumberedStream, ...]
    keys: frozenset[int]
    awaited: bool = False


class Encoding(Protocol):
    """Where the picture loop brings its pictures."""

    def is_busy(self, view: str) -> bool:
        """Whether the view's last picture is being encoded still."""

    def hand_over(self, view: str, drawn: DrawnPicture) -> None:
        """Encode and send; waits while the view's last picture is being encoded."""

    def close(self, view: str) -> None:
        """Nobody has wanted the view for a while."""


@dataclass(slots=True)
class _Open:
    encoder: LiveVideoEncoder | None
    used_s: float
    key_s: float = -math.inf


class ViewEncoder:
    """The encoders of one view, opened when first wanted; one thread at a time may use it."""

    def __init__(
        self,
        view: str,
        size: PictureSize,
        rate_hz: int,
        send: Send,
        counts: Counts,
        clock: Clock,
        open_encoder: OpenEncoder = open_live_encoder,
        *,
        key_sent: KeySent = lambda number, stream_s, again: None,
    ) -> None:
        """key_sent: told of key pictures that the encoder made by itself or refused, see `KeySent`."""
        self._view = view
        self._size = size
        self._grid = PictureGrid(rate_hz)
        self._send = send
        self._counts = counts
        self._clock = clock
        self._open_encoder = open_encoder
        self._key_sent = key_sent
        self._scaler = Scaler(size)
        self._encoders: dict[int, _Open] = {}

    def encode(self, drawn: DrawnPicture, hurried: Callable[[], bool] = lambda: False) -> None:
        """Encode and send every stream of the picture, the best first; when `hurried`, only what must be."""
        frames = self._scaler.frames(drawn.picture)
        best_first = sorted(drawn.streams, key=lambda wanted: (wanted.stream.rung, wanted.stream.codec))
        for place, wanted in enumerate(best_first):
            entry = self._entry(wanted)
            if entry.encoder is None:
                continue
            now_s = self._clock.now_s()
            key = wanted.number in drawn.keys
            if place and not key and now_s - entry.used_s < LONGEST_WAIT_S and hurried():
                self._counts.stream(wanted.number).skipped += 1
                continue
            self._encode(wanted, entry, frames, drawn, key)
        self._counts.view(self._view).was_sent(self._grid.time_s(drawn.index))
        self._forget({wanted.number for wanted in drawn.streams})

    def _entry(self, wanted: NumberedStream) -> _Open:
        if wanted.number not in self._encoders:
            self._encoders[wanted.number] = entry = _Open(None, -math.inf)
            try:
                entry.encoder = self._open_encoder(wanted.stream, self._size, self._grid.rate_hz)
            except Exception as error:
                self._fail(wanted, entry, error)
        return self._encoders[wanted.number]

    def _encode(
        self, wanted: NumberedStream, entry: _Open, frames: ScaledFrames, drawn: DrawnPicture, key: bool
    ) -> None:
        assert entry.encoder
        begun_s = entry.used_s = self._clock.now_s()
        index = drawn.index
        stream_s = self._grid.time_s(index)
        if key and stream_s - entry.key_s < KEY_SPACING_S:
            # The encoder made one by itself while this one was asked for.
            key = False
            self._key_sent(wanted.number, entry.key_s, True)
        try:
            frame = frames.at(RUNGS[wanted.stream.rung].scale)
            data, is_key = entry.encoder.encode_frame(frame, index, key=key)
        except Exception as error:
            self._fail(wanted, entry, error)
            return
        # Told before the packet is on its way: who asks when it has left needs another one.
        if is_key:
            entry.key_s = stream_s
        if is_key != key:
            self._key_sent(wanted.number, stream_s, key)
        packet = LivePacket("video", self._grid.pts(index), is_key, data, wanted.stream, drawn.awaited)
        self._send(NumberedPacket(wanted.number, packet))
        encode_ms = (self._clock.now_s() - begun_s) * 1000
        self._counts.stream(wanted.number).was_encoded(len(data), is_key, encode_ms)

    def _fail(self, wanted: NumberedStream, entry: _Open, error: Exception) -> None:
        """Tell it once; until the stream has not been wanted for a while, nothing more is tried."""
        log.error("%s: %s", wanted.stream, error, exc_info=error)
        entry.encoder, entry.used_s = None, self._clock.now_s()
        self._send(StreamFailed(wanted.number, f"{type(error).__name__}: {error}"))

    def _forget(self, wanted: set[int]) -> None:
        now_s = self._clock.now_s()
        for number, entry in tuple(self._encoders.items()):
            if number not in wanted and now_s - entry.used_s > KEPT_S:
                del self._encoders[number]
                self._counts.streams.pop(number, None)


class EncoderThreads:
    """A `ViewEncoder` and a thread for each view."""

    def __init__(
        self,
        make: Callable[[str], ViewEncoder],
        on_error: Callable[[Callable[[], None]], None],
        on_encoded: Callable[[], None] = lambda: None,
    ):
        """on_error: runs the given work and deals with what it raises. on_encoded: a view is not busy now."""
        self._make = make
        self._on_error = on_error
        self._on_encoded = on_encoded
        self._threads: dict[str, _EncoderThread] = {}

    def is_busy(self, view: str) -> bool:
        """Whether the view's last picture is being encoded still."""
        return view in self._threads and self._threads[view].is_busy

    def hand_over(self, view: str, drawn: DrawnPicture) -> None:
        """Encode and send; waits while the view's last picture is being encoded."""
        if view not in self._threads:
            self._threads[view] = _EncoderThread(view, self._make(view), self._on_error, self._on_encoded)
        self._threads[view].hand_over(drawn)

    def close(self, view: str) -> None:
        """Nobody has wanted the view for a while: give its thread and its encoders back."""
        if view in self._threads:
            self._threads.pop(view).end()


class _EncoderThread:
    """At most one picture is with the encoder while the next is drawn; none waits in a queue."""

    def __init__(
        self,
        view: str,
        encoder: ViewEncoder,
        on_error: Callable[[Callable[[], None]], None],
        on_encoded: Callable[[], None],
    ) -> None:
        self._encoder = encoder
        self._on_encoded = on_encoded
        self._niceness = 0 if view == PRESENTER else OTHERS_NICENESS
        self._changed = threading.Condition()
        self._drawn: DrawnPicture | None = None
        self._waited_for = False
        self._ending = False
        threading.Thread(target=on_error, args=(self._run,), name=f"encoder {view}", daemon=True).start()

    @property
    def is_busy(self) -> bool:
        return self._drawn is not None

    def hand_over(self, drawn: DrawnPicture) -> None:
        with self._changed:
            self._waited_for = True
            self._changed.wait_for(lambda: self._drawn is None)
            self._waited_for = False
            self._drawn = drawn
            self._changed.notify_all()
            if drawn.awaited:
                # A hand waits for it: the next picture would take the processor away from its encoder.
                self._changed.wait_for(lambda: self._drawn is None)

    def end(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def _run(self) -> None:
        if self._niceness:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._drawn is not None or self._ending)
                drawn = self._drawn
            if drawn is None:
                return
            self._encoder.encode(drawn, hurried=lambda: self._waited_for)
            with self._changed:
                self._drawn = None
                self._changed.notify_all()
            self._on_encoded()
