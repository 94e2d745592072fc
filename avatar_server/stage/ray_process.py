"""The near end of a stage on a Ray cluster, which `StageProcess` starts instead of the stage's own program.

`python -m avatar_server.stage.ray_process ADDRESS CORES GPUS` has an actor placed that runs the stage, and
passes frames of `wire` on, both ways. To the server it is a stage process: it ends when the server does, and
with the stage, whose machine may be lost like any process. Only two things that frames tell are not true
elsewhere, and are put right here: times of CLOCK_MONOTONIC, which every machine begins anew, and what the
stage costs this machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO

from avatar_server.errors import MachineError
from avatar_server.ray_cluster import import_ray, join_cluster, last_line, room_in_cluster
from avatar_server.stage.line import PIPE_BYTES
from avatar_server.stage.ray_actor import ASK, BEGIN, TIME, TOKEN_BYTES, StageActor
from avatar_server.stage.reports import resident_bytes
from avatar_server.stage.wire import (
    HEADER,
    TEXT,
    Failed,
    Perform,
    Prepared,
    Pulse,
    Ready,
    body_length,
    from_stage_frame,
    parse_from_stage,
    parse_to_stage,
    to_stage_frame,
)

PLACED_WITHIN_S = 30.0
"""A cluster that is full lets an actor wait for ever."""

_CLOCK_QUESTIONS = 8


def to_stage(header: bytes, body: bytes, ahead_s: float) -> bytes:
    """A frame as the stage has to hear it, whose clock is `ahead_s` ahead of the server's."""
    if HEADER.unpack(header)[0] == TEXT and body.startswith(b'{"type":"perform"'):
        order = parse_to_stage(header, body)
        if isinstance(order, Perform) and order.resumption is not None:
            moved = replace(order.resumption, epoch_s=order.resumption.epoch_s + ahead_s)
            return to_stage_frame(replace(order, resumption=moved))
    return header + body


def to_server(header: bytes, body: bytes, ahead_s: float, costs: Callable[[], tuple[int, float]]) -> bytes:
    """A frame as the server has to hear it. costs: memory and processor time that this machine gives."""
    if HEADER.unpack(header)[0] != TEXT or body.startswith(b'{"type":"status"'):
        return header + body
    said = parse_from_stage(header, body)
    if isinstance(said, Ready):
        # What drawing and encoding cost is asked of other processors than this machine's.
        cost = None if said.cost is None else replace(said.cost, processor_ms=0.0)
        return from_stage_frame(replace(said, epoch_s=said.epoch_s - ahead_s, cost=cost))
    if isinstance(said, Prepared):
        return from_stage_frame(replace(said, resident_bytes=costs()[0]))
    if isinstance(said, Pulse):
        memory_bytes, processor_s = costs()
        return from_stage_frame(replace(said, resident_bytes=memory_bytes, processor_s=processor_s))
    return header + body


def main() -> None:
    """Pass frames on until either side ends."""
    server = os.fdopen(os.dup(1), "wb")
    with contextlib.suppress(OSError):  # A smaller pipe works too.
        fcntl.fcntl(server, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def tell(frame: bytes) -> None:
        server.write(frame)
        server.flush()

    os.dup2(2, 1)  # Whatever libraries print is for the log, and not for the server.
    address, cores, gpus = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    try:
        connection, ran = _placed(address, cores, gpus)
    except MachineError as error:
        tell(from_stage_frame(Failed(str(error), error.exit_status)))
        os._exit(1)
    ahead_s = _clock_ahead_s(connection)
    connection.sendall(BEGIN)
    stage = connection.makefile("rb")
    threading.Thread(target=_until_the_end, args=(ran,), daemon=True).start()
    threading.Thread(
        target=_pass_on,
        args=(sys.stdin.buffer, connection.sendall, lambda head, body: to_stage(head, body, ahead_s)),
        daemon=True,
    ).start()
    _pass_on(stage, tell, lambda head, body: to_server(head, body, ahead_s, _costs))


def _placed(address: str, cores: float, gpus: float) -> tuple[socket.socket, tuple[Any, Any]]:
    """A connection to the actor; it, and what Ray will tell when it has ended.

    Raises MachineError without Ray, a cluster, or room in it.
    """
    import_ray()
    import ray

    join_cluster(address)
    room_in_cluster(address, cores_each=cores, gpus_each=gpus)
    token = secrets.token_bytes(TOKEN_BYTES)
    remote = ray.remote(num_cpus=cores, num_gpus=gpus, max_restarts=0, max_concurrency=1)
    actor = remote(StageActor).remote(token)
    listening = actor.listen.remote()
    try:
        place = ray.get(listening, timeout=PLACED_WITHIN_S)
        connection = socket.create_connection(place, PLACED_WITHIN_S)
        connection.sendall(token)
    except ray.exceptions.GetTimeoutError:
        raise MachineError(f"the Ray cluster has no room for one more stage of {cores:g} cores") from None
    except (ray.exceptions.RayError, OSError) as error:
        raise MachineError(f"no stage can be had on the Ray cluster: {last_line(error)}") from None
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection, (actor, actor.run.remote())


def _clock_ahead_s(connection: socket.socket) -> float:
    """How far the stage's clock is ahead: by the answer that came soonest, right within half its way."""
    answers = []
    for _ in range(_CLOCK_QUESTIONS):
        asked_s = time.monotonic()
        connection.sendall(ASK)
        told_s: float = TIME.unpack(connection.recv(TIME.size, socket.MSG_WAITALL))[0]
        came_s = time.monotonic()
        answers.append((came_s - asked_s, told_s - (asked_s + came_s) / 2))
    return min(answers)[1]


def _pass_on(
    source: BinaryIO, send: Callable[[bytes], object], put_right: Callable[[bytes, bytes], bytes]
) -> None:
    """Frame by frame, to the end of either side; that ends this process, and Ray then ends the actor."""
    with contextlib.suppress(OSError, ValueError):
        while len(header := source.read(HEADER.size)) == HEADER.size:
            send(put_right(header, source.read(body_length(header))))
    os._exit(0)


def _until_the_end(ran: tuple[Any, Any]) -> None:
    """An actor that is lost may leave a connection that nobody answers on."""
    import ray

    try:
        sys.stderr.write(ray.get(ran[1]))
    except ray.exceptions.RayError as error:
        sys.stderr.write(f"{last_line(error)}\n")
    sys.stderr.flush()
    os._exit(0)


def _costs() -> tuple[int, float]:
    return resident_bytes(), time.process_time()


if __name__ == "__main__":
    main()
