"""The stage process: `python -m avatar_server.stage.process`, started by `stage.Stage` and by nobody else.

Frames of `wire` come on standard input and go to standard output; standard error is a log. The
process ends when its input ends, so it cannot outlive the server, however that one died.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

from avatar_server.control.events import Status
from avatar_server.encode.live_opus import LiveOpus
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import AvatarServerError, UsageError
from avatar_server.render.contract import draw
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import StreamClock, run_steps
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.programme import StageOrder, open_programme, open_renderer_for
from avatar_server.stage.sound_loop import SoundLoop
from avatar_server.stage.view_encoders import EncoderThreads, ViewEncoder
from avatar_server.stage.wire import (
    HEADER,
    Failed,
    FromStage,
    NumberedPacket,
    Ready,
    ToStage,
    body_length,
    from_stage_frame,
    parse_to_stage,
)
from avatar_server.timing.clock import MonotonicClock
from avatar_server.timing.synchroniser import VIDEO_CLOCK_HZ, PictureGrid

STATUS_PERIOD_S = 0.25
PIPE_BYTES = 2**20
"""Room for about three seconds of packets, so that a server that is busy for a moment delays nothing."""

SWITCH_INTERVAL_S = 0.001
"""The sound thread gets the interpreter this soon when the picture thread computes."""


class Uplink:
    """Writes frames, whole, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        with contextlib.suppress(OSError):  # A smaller pipe works too.
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def send(self, message: FromStage | NumberedPacket) -> None:
        """Write one frame; the process ends if nobody reads any more."""
        frame = memoryview(from_stage_frame(message))
        with self._lock:
            while frame:
                try:
                    frame = frame[os.write(self._descriptor, frame) :]
                except BrokenPipeError:
                    os._exit(0)


class Downlink:
    """Reads the server's messages in a thread of its own, from the very first on.

    So the process notices at any time, even while it opens a programme, that the server is gone.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._messages: queue.SimpleQueue[ToStage] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def next(self) -> ToStage:
        """The next message; waits for it."""
        return self._messages.get()

    def _read(self) -> None:
        while len(header := self._source.read(HEADER.size)) == HEADER.size:
            self._messages.put(parse_to_stage(self._source.read(body_length(header))))
        # Not sys.exit: the picture thread may be anywhere in a driver, and there is nothing to save.
        os._exit(0)


def play(order: StageOrder, downlink: Downlink, uplink: Uplink) -> None:
    """Open what was ordered and play it; the calling thread draws."""
    opened = open_programme(order)
    programme, clock = opened.programme, MonotonicClock()
    camera, staging = opened.cameras[0], opened.stagings[0]
    desk = Desk(programme, camera=camera, staging=staging, aspect=order.width / order.height)
    renderer = open_renderer_for(order)
    grid = PictureGrid(order.rate_hz)
    # The first draw compiles shaders and fills caches; no stream time passes meanwhile.
    draw(renderer, programme.snapshot_at(0.0, desk.moment(0.0).view.orbit.camera()))
    stream = StreamClock(clock, clock.now_s())
    counts = Counts()
    encoders = EncoderThreads(
        lambda view: ViewEncoder(view, renderer.size, order.rate_hz, uplink.send, counts, clock),
        end_process_on_error,
    )
    pictures = PictureLoop(desk, renderer, encoders, grid, counts)
    sound = SoundLoop(desk, LiveOpus(), lambda packet: uplink.send(NumberedPacket(0, packet)))
    uplink.send(
        Ready(
            interaction=opened.shown,
            cameras=opened.cameras,
            stagings=opened.stagings,
            size=(order.width, order.height),
            rate_hz=order.rate_hz,
            renderer=renderer.name,
            epoch_s=stream.epoch_s,
        )
    )

    def tell(stream_now: StreamClock) -> float:
        now_s = stream_now.now_s()
        uplink.send(status_at(desk, counts, now_s))
        return now_s + STATUS_PERIOD_S

    def follow() -> None:
        while True:
            command = downlink.next()
            assert not isinstance(command, StageOrder)
            try:
                desk.follow(command, stream.now_s())
            except UsageError:
                logging.exception("a command that the server should have refused")
            tell(stream)

    for name, work in (
        ("sound", lambda: run_steps(sound.step, stream, desk.woken())),
        ("status", lambda: run_steps(tell, stream, threading.Event())),
        ("desk", follow),
    ):
        threading.Thread(target=end_process_on_error, args=(work,), name=name, daemon=True).start()
    run_steps(pictures.step, stream, desk.woken())


def status_at(desk: Desk, counts: Counts, stream_s: float) -> Status:
    """How the stage stands at `stream_s`; the time stamp is that of the stream, not yet a viewer's.

    Figures are those of the presenter's view in its best encoding.
    """
    moment = desk.moment(stream_s)
    view = counts.view(PRESENTER)
    encode_ms = [
        counts.stream(wanted.number).encode_ms
        for wanted in moment.wanted
        if wanted.stream.view == PRESENTER and wanted.stream.rung == 0
    ]
    return Status(
        playing=moment.playing,
        time_s=moment.media_s,
        speed=moment.timeline.speed,
        loop=moment.timeline.loop,
        camera=moment.view.camera,
        staging=moment.view.staging,
        rtp_timestamp=int(stream_s * VIDEO_CLOCK_HZ),
        pictures_per_second=view.per_second(stream_s),
        dropped=view.dropped,
        draw_ms=round(view.draw_ms, 2),
        encode_ms=round(max(encode_ms, default=0.0), 2),
        viewers=moment.listeners,
    )


def end_process_on_error(work: Callable[[], None]) -> None:
    """A stage whose sound is dead must not go on silently: the server starts a new one."""
    try:
        work()
    except BaseException:
        logging.exception("the stage ends")
        os._exit(1)


def main() -> None:
    """Play what the first message orders."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # Whatever a library prints must not end up between frames.
    uplink = Uplink(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    downlink = Downlink(sys.stdin.buffer)
    order = downlink.next()
    assert isinstance(order, StageOrder)
    try:
        play(order, downlink, uplink)
    except AvatarServerError as error:
        uplink.send(Failed(str(error), error.exit_status))
    except Exception as error:
        logging.exception("the stage ends")
        uplink.send(Failed(f"{type(error).__name__}: {error}", 1))
    # Not sys.exit: Python cannot end in order while a thread waits for input.
    os._exit(1)


if __name__ == "__main__":
    main()
