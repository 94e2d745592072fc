"""The stage process: `python -m avatar_server.stage.process`, started by `StageProcess` and by nobody else.

Frames of `wire` come on standard input and go to standard output; standard error is a log. The
process ends when its input ends, so it cannot outlive the server, however that one died.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable

from avatar_server.encode.live_opus import LiveOpus
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.errors import AvatarServerError, UsageError
from avatar_server.render.contract import draw
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.line import Line
from avatar_server.stage.loops import StreamClock, run_steps
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.presets import in_preset, make_presets
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.readiness import Readiness
from avatar_server.stage.reports import Reports, resident_bytes
from avatar_server.stage.sound_loop import SoundLoop
from avatar_server.stage.time_slice import ask_for_long_slices
from avatar_server.stage.view_encoders import EncoderThreads, ViewEncoder
from avatar_server.stage.wire import (
    Failed,
    NumberedPacket,
    Perform,
    Prepare,
    Prepared,
    Ready,
    Resumption,
)
from avatar_server.timing.clock import MonotonicClock
from avatar_server.timing.synchroniser import PictureGrid

SWITCH_INTERVAL_S = 0.001
"""The sound thread gets the interpreter this soon when the picture thread computes."""


def play(order: StageOrder, resumption: Resumption | None, ready: Readiness, line: Line) -> None:
    """Play what was ordered; the calling thread draws."""
    opened, renderer = ready.programme(order), ready.renderer(order)
    programme, clock = opened.programme, MonotonicClock()
    if resumption is not None and resumption.state is not None:
        programme = in_preset(programme, resumption.state.preset)
    camera, staging = opened.cameras[0], opened.stagings[0]
    aspect = order.width / order.height
    desk = Desk(programme, camera=camera, staging=staging, aspect=aspect, resumption=resumption)
    grid = PictureGrid(order.rate_hz)
    # The first draw compiles shaders and fills caches; no stream time passes meanwhile.
    moment = desk.moment(0.0)
    first = moment.orbit_of(PRESENTER).camera()

    def snapshot_after(seconds: float) -> Snapshot:
        return moment.view.programme.snapshot_at(moment.media_s + seconds, first)

    draw(renderer, snapshot_after(0.0))
    cost = None if resumption is not None else ready.cost(order, renderer, snapshot_after)
    stream = StreamClock(clock, clock.now_s() if resumption is None else resumption.epoch_s)
    counts, woken = Counts(), desk.woken()
    encoders = EncoderThreads(
        lambda view: ViewEncoder(
            view, renderer.size, order.rate_hz, line.send, counts, clock, key_sent=desk.key_sent
        ),
        end_process_on_error,
        on_encoded=woken.set,
    )
    after_s = -1.0 if resumption is None else resumption.after_s
    pictures = PictureLoop(desk, renderer, encoders, grid, counts, after_s=after_s)
    sound = SoundLoop(desk, LiveOpus(), lambda packet: line.send(NumberedPacket(0, packet)))
    reports = Reports(desk, counts, pictures, sound, line.send)
    line.send(
        Ready(
            interaction=opened.shown,
            cameras=opened.cameras,
            stagings=opened.stagings,
            size=(order.width, order.height),
            rate_hz=order.rate_hz,
            renderer=renderer.name,
            epoch_s=stream.epoch_s,
            cost=cost,
            presets=opened.presets,
            studios=opened.studios,
        )
    )

    def follow() -> None:
        while True:
            command = line.receive()
            assert not isinstance(command, Prepare | Perform)
            try:
                desk.follow(command, stream.now_s())
            except UsageError:
                logging.exception("a command that the server should have refused")

    for name, work in (
        ("sound", lambda: run_steps(sound.step, stream, desk.woken())),
        ("reports", lambda: run_steps(reports.step, stream, desk.woken())),
        ("desk", follow),
        ("presets", lambda: make_presets(desk, desk.woken())),
    ):
        threading.Thread(target=end_process_on_error, args=(work,), name=name, daemon=True).start()
    run_steps(pictures.step, stream, woken)


def end_process_on_error(work: Callable[[], None]) -> None:
    """A stage whose sound is dead must not go on silently: the server starts a new one."""
    try:
        work()
    except BaseException:
        logging.exception("the stage ends")
        os._exit(1)


def main() -> None:
    """Wait for an order, and play it."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ask_for_long_slices()
    # Whatever a library prints must not end up between frames.
    line = Line(sys.stdin.buffer, os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        ready = Readiness()
        while isinstance(message := line.receive(), Prepare):
            ready.prepare(message.order)
            line.send(Prepared(resident_bytes()))
        assert isinstance(message, Perform)
        play(message.order, message.resumption, ready, line)
    except AvatarServerError as error:
        line.send(Failed(str(error), error.exit_status))
    except Exception as error:
        logging.exception("the stage ends")
        line.send(Failed(f"{type(error).__name__}: {error}", 1))
    # Not sys.exit: Python cannot end in order while a thread waits for input.
    os._exit(1)


if __name__ == "__main__":
    main()
