"""Viewers for tests of what goes wrong: joined over a path that may lose packets, and polled meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from avatar_server.bench.receivers import until_joined
from avatar_server.stage.test_card import time_code_s
from avatar_server.testing.light_receiver import AUDIO, VIDEO, LightReceiver
from avatar_server.testing.lossy_path import LossyPath
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.testing.signalling import WebSocketSession, WhepSession, offer_by_whep
from avatar_server.testing.witness import Seen, Witness

POLL_PERIOD_S = 0.01
LIMIT_S = 45.0


class Watching:
    """Receivers that one test watches with."""

    def __init__(self, url: str) -> None:
        self.whep_url = f"{url}/api/stages/default/whep"
        self.group, self.identity = ReceiverGroup(), Identity.make()

    def receiver(self, *, patience_s: float = 1.0, asks: bool = True, by_fir: bool = False) -> LightReceiver:
        """One that reads the card's time code off every picture."""
        return LightReceiver(
            "127.0.0.1",
            self.identity,
            witness=Witness(time_code_s),
            patience_s=patience_s,
            asks=asks,
            by_fir=by_fir,
        )

    async def join(self, receiver: LightReceiver, path: LossyPath | None = None) -> WhepSession:
        """Until the receiver has a picture."""
        offer = receiver.offer if path is None else path.offer(receiver.offer)
        answer, session = await offer_by_whep(self.whep_url, offer)
        receiver.begin(answer if path is None else path.answer(answer), time.monotonic())
        await until_joined(receiver, self.group)
        self.group.receivers.append(receiver)
        return session

    async def join_by(self, page: WebSocketSession, receiver: LightReceiver) -> None:
        """The same over the WebSocket of a page."""
        receiver.begin(await page.offer(receiver.offer), time.monotonic())
        await until_joined(receiver, self.group)
        self.group.receivers.append(receiver)

    async def leave(self, receiver: LightReceiver, session: WhepSession) -> None:
        """As one who closes the page."""
        self.group.receivers.remove(receiver)
        receiver.close()
        await session.end()

    async def until(self, what: Callable[[], bool]) -> None:
        """Poll until it is so."""
        async with asyncio.timeout(LIMIT_S):
            while not what():
                self.group.poll()
                await asyncio.sleep(POLL_PERIOD_S)

    async def until_seen(self, receiver: LightReceiver, seconds: float) -> list[Seen]:
        """The last picture that was seen, and those that are seen of the next `seconds` of the stream."""
        assert receiver.witness
        seen = receiver.witness.seen
        begin = len(seen)
        begun_s = seen[-1].reading
        await self.until(lambda: seen[-1].reading >= begun_s + seconds)
        return seen[begin - 1 :]

    def longest_freeze_s(self, receiver: LightReceiver, seen: list[Seen]) -> float:
        """How long a picture stood still while the sound went on, in the stream's time."""
        stamps, _, whole_ns = self.group.frames(receiver, VIDEO)
        sounds, _, heard_ns = self.group.frames(receiver, AUDIO)
        by_stamp = dict(zip(stamps.tolist(), whole_ns.tolist(), strict=True))
        # A picture that came late, after one that followed it, was decoded with that one.
        shown_ns = np.maximum.accumulate([by_stamp[picture.stamp] for picture in seen])
        in_order = np.argsort(heard_ns, kind="stable")
        newest = np.searchsorted(heard_ns[in_order], shown_ns) - 1
        heard = sounds[in_order][newest.clip(0)]
        steps = ((np.diff(heard) + 2**31) & 0xFFFF_FFFF) - 2**31
        return float(steps.max()) / 48_000


@asynccontextmanager
async def lossy_path() -> AsyncIterator[LossyPath]:
    path = await LossyPath.open()
    try:
        yield path
    finally:
        path.close()


def descriptors(process: int) -> int:
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def resident_mib(process: int) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 2**20
