"""Somebody who asks a server for an interaction, and when he sees and hears something of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from avatar_server.bench.receivers import polled, until_joined
from avatar_server.errors import MachineError
from avatar_server.testing.light_receiver import AUDIO, VIDEO, LightReceiver
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.testing.signalling import RefusedError, WebSocketSession
from avatar_server.testing.witness import Witness

PICTURE_LIMIT_S = 120.0
WHOLE_LIMIT_S = 3600.0

HEARD_RMS = 1e-4
"""Of decoded samples: recordings hiss above that even where nobody speaks, and made-up silence is below."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds since the interaction was asked for, by the connection of a WebSocket.

    opened_s: the server said what is played. picture_s, sound_s: the last packet came of the first picture
    that could be decoded, and of the first block of sound with something in it. whole_s: nothing of the
    interaction was missing any more. waits: how often time was held after the first picture because data was
    missing, waited_s in all. pictures: that were decoded until `whole_s`.
    """

    opened_s: float
    picture_s: float
    sound_s: float
    whole_s: float
    waits: int
    waited_s: float
    pictures: int


class _Waits:
    """Counts from what the server tells how often and how long time is held, and what is missing."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.whole = asyncio.Event()
        self._since_s: float | None = None

    def hear(self, message: dict[str, Any]) -> None:
        """Any message of the server."""
        if message["type"] != "status":
            return
        now_s = time.monotonic()
        if self._since_s is not None:
            self.seconds += now_s - self._since_s
        if message["waiting"]:
            self.count += self._since_s is None
        self._since_s = now_s if message["waiting"] else None
        if not message["buffered"] and not message["waiting"]:
            self.whole.set()


class _Ear(Witness):
    """Notes the first block of sound with something in it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard_something = asyncio.Event()
        self.first_stamp = 0

    def on_sound(self, data: bytes, stamp: int) -> None:
        """Decode a block of sound."""
        super().on_sound(data, stamp)
        if not self.heard_something.is_set() and self.heard and self.heard[-1][1] > HEARD_RMS:
            self.first_stamp = stamp
            self.heard_something.set()


def watch(url: str, interaction: str, *, on_picture: Callable[[], None] = lambda: None) -> Watched:
    """Ask the server at `url` for an interaction, and watch until all of it is there.

    on_picture: called when the first picture was decoded. Raises `MachineError` if nothing comes.
    """
    try:
        return asyncio.run(_watch(url, interaction, on_picture))
    except (RefusedError, OSError, TimeoutError) as error:
        raise MachineError(f"watching failed: {error or type(error).__name__}") from error


async def _watch(url: str, interaction: str, on_picture: Callable[[], None]) -> Watched:
    group, witness, waits = ReceiverGroup(), _Ear(), _Waits()
    receiver = LightReceiver("127.0.0.1", Identity.make(), witness=witness)
    asked_ns = time.time_ns()
    session = await WebSocketSession.open(url, interaction, waits.hear)
    try:
        async with asyncio.timeout(PICTURE_LIMIT_S):
            await session.hear("welcome")
            opened_ns = time.time_ns()
            receiver.begin(await session.offer(receiver.offer), time.monotonic())
            await until_joined(receiver, group, PICTURE_LIMIT_S)
        on_picture()
        waits.count, waits.seconds = 0, 0.0
        group.receivers.append(receiver)
        async with polled(group), asyncio.timeout(WHOLE_LIMIT_S):
            await witness.heard_something.wait()
            await waits.whole.wait()
        whole_ns = time.time_ns()
    finally:
        receiver.close()
        await session.end()

    def since_asked_s(kind: int, stamp: int) -> float:
        stamps, _, whole_ns = group.frames(receiver, kind)
        return float(whole_ns[stamps == stamp][0] - asked_ns) / 1e9

    return Watched(
        opened_s=(opened_ns - asked_ns) / 1e9,
        picture_s=since_asked_s(VIDEO, witness.seen[0].stamp),
        sound_s=since_asked_s(AUDIO, witness.first_stamp),
        whole_s=(whole_ns - asked_ns) / 1e9,
        waits=waits.count,
        waited_s=waits.seconds,
        pictures=len(witness.seen),
    )
