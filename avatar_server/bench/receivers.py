"""A process full of receivers: `python -m avatar_server.bench.receivers`, started by `viewers` and `soak`.

Takes an `Order` as a line of JSON on standard input, and then requests, a line each: `{"report": [from_ns,
until_ns]}`, or `{"newcomers": count}`, who come one after the other and leave again. Gives a line of JSON
when all have joined, and one for each request. The receivers leave and the process ends when its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.testing.light_receiver import AUDIO, VIDEO, LightReceiver
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.testing.rtp_reception import Reception
from avatar_server.testing.signalling import RefusedError, Session, WebSocketSession, offer_by_whep
from avatar_server.testing.witness import LateWitness, Witness

POLL_PERIOD_S = 0.05
"""Packets wait in the kernel meanwhile, which notes when they came."""

JOIN_LIMIT_S = 20.0
BUSY_LIMIT_S = 30.0
NEWCOMER_PERIOD_S = 0.7
"""From one to the next: each needs its own key picture, and these are at least half a second apart."""

BLOCK_TICKS = 960
"""RTP time stamps of one block of sound to the next: 20 ms."""


@dataclass(frozen=True, slots=True)
class Order:
    """url: of the server, or with `whep` of the WHEP endpoint. witness: the first one decodes everything,
    when it is asked what came.
    """

    url: str
    count: int
    whep: bool = False
    witness: bool = False
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ViewerFigures:
    """What one viewer got in a window of time.

    pictures, blocks: whole ones. sound_gaps: blocks of sound that the time stamps skip. sound_late_ms: the
    latest block, behind the median one; a player holds 40 ms and more. lost: packets that never came, since
    the viewer joined; repaired: came when asked for again. skew_ms: how far the picture is behind its sound
    on arrival, by the sender reports; None without reports. join_ms: from the offer to the first whole key
    picture. decoded: pictures that were decoded in the window, and heard blocks; None for all but a witness.
    """

    pictures: int
    blocks: int
    sound_gaps: int
    sound_late_ms: float
    lost: int
    repaired: int
    key_requests: int
    skew_ms: float | None
    join_ms: float
    codec: str
    decoded: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A joined receiver."""

    receiver: LightReceiver
    session: Session
    join_ms: float


async def join(
    order: Order, group: ReceiverGroup, identity: Identity, witness: Witness | None = None
) -> Viewer:
    """A viewer who has a whole key picture; `RefusedError` if there is none."""
    receiver = LightReceiver(order.host, identity, witness=witness)
    session: Session
    if order.whep:
        begun_ns = time.time_ns()
        answer, session = await offer_by_whep(order.url, receiver.offer)
    else:
        socket = session = await WebSocketSession.open(order.url)
        if not group.receivers:
            # A stage at its end stands still; whoever is slow to join must not find it there.
            await socket.say({"type": "loop", "loop": True})
        begun_ns = time.time_ns()
        answer = await socket.offer(receiver.offer)
    receiver.begin(answer, time.monotonic())
    await until_joined(receiver, group)
    assert receiver.joined_ns is not None
    group.receivers.append(receiver)
    return Viewer(receiver, session, (receiver.joined_ns - begun_ns) / 1e6)


async def join_when_let(
    order: Order, group: ReceiverGroup, identity: Identity, witness: Witness | None = None
) -> Viewer:
    """As `join`; who is told that the server is busy tries again for a while, as a page does."""
    until_s = time.monotonic() + BUSY_LIMIT_S
    while True:
        try:
            return await join(order, group, identity, witness)
        except RefusedError as error:
            if not error.busy or time.monotonic() > until_s:
                raise
        await asyncio.sleep(1.0)


async def until_joined(receiver: LightReceiver, group: ReceiverGroup, limit_s: float = JOIN_LIMIT_S) -> None:
    """Poll a receiver as soon as anything comes until it has a whole key picture."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_reader(receiver.endpoint, arrived.set)
    try:
        async with asyncio.timeout(limit_s):
            while receiver.joined_ns is None:
                group.poll([receiver])
                arrived.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await arrived.wait()
                except TimeoutError:
                    continue
    except TimeoutError:
        raise RefusedError(f"within {limit_s:g} s a viewer got no {receiver.waits_for}") from None
    finally:
        loop.remove_reader(receiver.endpoint)


def figures(viewer: Viewer, group: ReceiverGroup, from_ns: int, until_ns: int) -> ViewerFigures:
    """What a viewer got between two times (CLOCK_REALTIME)."""
    receiver = viewer.receiver
    assert receiver.accepted is not None
    pictures, picture_ns, _ = group.frames(receiver, VIDEO, from_ns, until_ns)
    blocks, block_ns, _ = group.frames(receiver, AUDIO, from_ns, until_ns)
    steps = np.diff(blocks) & 0xFFFF_FFFF
    lateness_ms = (block_ns - block_ns[:1]) / 1e6 - ((blocks - blocks[:1]) & 0xFFFF_FFFF) / 48
    delays = [
        delay_ms(receiver.receptions.get(kind), stamps, arrivals)
        for kind, stamps, arrivals in ((VIDEO, pictures, picture_ns), (AUDIO, blocks, block_ns))
    ]
    video_ms, audio_ms = delays
    witness = receiver.witness
    if isinstance(witness, LateWitness):
        witness.catch_up()
    return ViewerFigures(
        pictures=len(pictures),
        blocks=len(blocks),
        sound_gaps=int((steps // BLOCK_TICKS - 1).clip(0).sum()),
        sound_late_ms=float(lateness_ms.max() - np.median(lateness_ms)) if len(blocks) else 0.0,
        lost=sum(reception.lost for reception in receiver.receptions.values()),
        repaired=sum(reception.repaired for reception in receiver.receptions.values()),
        key_requests=receiver.key_requests,
        skew_ms=None if video_ms is None or audio_ms is None else video_ms - audio_ms,
        join_ms=viewer.join_ms,
        codec=receiver.accepted.codec,
        decoded=None if witness is None else _decoded(witness, pictures, blocks),
    )


def delay_ms(
    reception: Reception | None, stamps: NDArray[np.int64], arrival_ns: NDArray[np.int64]
) -> float | None:
    """Median time from when frames belong, by the last sender report, to their arrival."""
    if reception is None or reception.report is None or not len(stamps):
        return None
    after = ((stamps - reception.report.rtp + 2**31) & 0xFFFF_FFFF) - 2**31
    belongs_ns = reception.report.unix_s * 1e9 + after * (1e9 / reception.clock_hz)
    return float(np.median(arrival_ns - belongs_ns)) / 1e6


def _decoded(witness: Witness, pictures: NDArray[np.int64], blocks: NDArray[np.int64]) -> tuple[int, int]:
    seen, heard = set(pictures.tolist()), set(blocks.tolist())
    return (
        sum(picture.stamp in seen for picture in witness.seen),
        sum(stamp in heard for stamp, _ in witness.heard),
    )


async def run(order: Order, lines: asyncio.StreamReader) -> None:
    """Join, report whenever asked, and leave."""
    group, identity = ReceiverGroup(), Identity.make()
    viewers: list[Viewer] = []
    async with polled(group):
        try:
            for number in range(order.count):
                witness = LateWitness() if order.witness and number == 0 else None
                viewers.append(await join_when_let(order, group, identity, witness))
            _say({"joined": len(viewers)})
            while line := await lines.readline():
                request = json.loads(line)
                if "newcomers" in request:
                    _say({"join_ms": await _join_times(order, group, identity, request["newcomers"])})
                    continue
                from_ns, until_ns = request["report"]
                await asyncio.sleep(2 * POLL_PERIOD_S)  # The last packets of that time are still to be taken.
                _say({"viewers": [asdict(figures(viewer, group, from_ns, until_ns)) for viewer in viewers]})
        finally:
            await asyncio.gather(*(leave(viewer, group) for viewer in viewers), return_exceptions=True)


async def _join_times(order: Order, group: ReceiverGroup, identity: Identity, count: int) -> list[float]:
    """From offer to picture, in ms, of people who come one after the other."""
    times = []
    for _ in range(count):
        viewer = await join_when_let(order, group, identity)
        times.append(viewer.join_ms)
        await asyncio.sleep(NEWCOMER_PERIOD_S)
        await leave(viewer, group)
    return times


async def leave(viewer: Viewer, group: ReceiverGroup) -> None:
    """Hang up, as a page does that is closed."""
    group.receivers.remove(viewer.receiver)
    viewer.receiver.close()
    await viewer.session.end()


@asynccontextmanager
async def polled(group: ReceiverGroup) -> AsyncIterator[None]:
    """While this lasts, the group is polled; whatever goes wrong there goes wrong here."""
    this = asyncio.current_task()
    assert this is not None

    async def poll() -> None:
        try:
            while True:
                group.poll()
                await asyncio.sleep(POLL_PERIOD_S)
        except Exception:
            this.cancel()
            raise

    polling = asyncio.create_task(poll(), name="polling")
    try:
        yield
    finally:
        polling.cancel()
        (ended,) = await asyncio.gather(polling, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


async def _main() -> int:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    order = Order(**json.loads(await lines.readline()))
    try:
        await run(order, lines)
    except (RefusedError, OSError) as error:
        _say({"error": f"{type(error).__name__}: {error}"})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
