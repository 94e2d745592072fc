"""A server under people who come, go, seek, pause and turn the camera, for as long as is wanted.

After every round of commotion the same few viewers are left, watching the same camera play: what is measured
then can be compared over hours.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from avatar_server.assembly import DEMO
from avatar_server.bench.loop_lag import tasks_last
from avatar_server.bench.measured_server import ServerOrder
from avatar_server.bench.processor_time import descendants
from avatar_server.bench.receivers import Order, Viewer, figures, join_when_let, leave, polled
from avatar_server.bench.soak_report import Sample, SoakReport, median_of
from avatar_server.bench.viewers import measured_server
from avatar_server.errors import MachineError
from avatar_server.testing.receiver_group import ReceiverGroup
from avatar_server.testing.receiver_link import Identity
from avatar_server.testing.signalling import RefusedError, WebSocketSession

STEADY = 3
"""Viewers who stay from the beginning to the end."""

MOST_VISITORS = 5
LEAST_SAMPLES = 3
COMMOTION_S = 7.0
ACTION_S = 0.4
SETTLE_S = 3.0
"""After the commotion: half of it is waited, and the other half is measured."""

ACTIONS = ("seeks", "seeks", "pauses", "camera changes", "speeds", "turns", "joins", "joins", "leaves")


@dataclass(slots=True)
class _Visitors:
    """Who does something, and how often each thing was done."""

    order: Order
    group: ReceiverGroup
    identity: Identity
    dice: random.Random
    duration_s: float = 0.0
    cameras: list[str] = field(default_factory=list)
    steady: list[Viewer] = field(default_factory=list)
    passing: list[Viewer] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def come(self) -> None:
        """Those who stay."""
        for _ in range(STEADY):
            self.steady.append(await join_when_let(self.order, self.group, self.identity))
        session = self.steady[0].session
        assert isinstance(session, WebSocketSession)
        welcome = await session.hear("welcome")
        self.duration_s, self.cameras = welcome["interaction"]["duration_s"], welcome["cameras"]

    async def go(self) -> None:
        """All leave."""
        everybody = [*self.passing, *self.steady]
        await asyncio.gather(*(leave(viewer, self.group) for viewer in everybody), return_exceptions=True)

    async def act(self) -> None:
        """One thing that people do."""
        action = self.dice.choice(
            ("seek", "seek", "pause", "camera", "speed", "turn", "join", "join", "leave")
        )
        self.done[{"turn": "turns of the camera", "camera": "camera changes"}.get(action, f"{action}s")] += 1
        match action:
            case "seek":
                await self._say({"type": "seek", "time_s": self.dice.uniform(0, self.duration_s)})
            case "pauses":
                await self._say({"type": "pause"})
                await asyncio.sleep(ACTION_S)
                await self._say({"type": "play"})
            case "camera changes":
                await self._say({"type": "camera", "name": self.dice.choice(self.cameras)})
            case "speeds":
                await self._say({"type": "speed", "speed": self.dice.choice((0.5, 1.0, 1.5))})
            case "turns":
                turned = {"azimuth_rad": self.dice.uniform(-0.2, 0.2), "elevation_rad": 0.0}
                await self._say({"type": "orbit", **turned})
            case "joins":
                await self._join()
            case "leaves":
                await leave(self.passing.pop(self.dice.randrange(len(self.passing))), self.group)

    async def calm_down(self) -> None:
        """As it was in the beginning."""
        while self.passing:
            await leave(self.passing.pop(), self.group)
        for message in (
            {"type": "camera", "name": self.cameras[0]},
            {"type": "speed", "speed": 1.0},
            {"type": "loop", "loop": True},
            {"type": "seek", "time_s": 0.0},
            {"type": "play"},
        ):
            await self._say(message)

    async def _join(self) -> None:
        # Every other one by WHEP, as players come that are no browsers.
        by_whep = replace(self.order, url=f"{self.order.url}/api/stages/default/whep", whep=True)
        order = self.dice.choice((self.order, by_whep))
        self.passing.append(await join_when_let(order, self.group, self.identity))

    async def _say(self, message: dict[str, Any]) -> None:
        session = self.steady[0].session
        assert isinstance(session, WebSocketSession)
        await session.say(message)


@dataclass(frozen=True, slots=True)
class _Rounds:
    seconds: float
    commotion_s: float
    settle_s: float


def soak(
    minutes: float,
    *,
    interaction: str = DEMO,
    note: Callable[[str], None] = lambda sentence: None,
    seed: int = 1,
    commotion_s: float = COMMOTION_S,
    settle_s: float = SETTLE_S,
) -> SoakReport:
    """Soak a live stage in rounds of `commotion_s` and, in peace, `settle_s`.

    Raises `MachineError` if the server does not start or somebody sees nothing.
    """
    rounds = _Rounds(minutes * 60, commotion_s, settle_s)
    with tempfile.TemporaryDirectory(prefix="avatar-server-soak-") as folder:
        lag_file = Path(folder) / "lag"
        with measured_server(ServerOrder(interaction, "live", str(lag_file))) as (url, process):
            try:
                return asyncio.run(_soak(url, process.pid, lag_file, rounds, note, random.Random(seed)))
            except (RefusedError, OSError) as error:
                raise MachineError(f"the soak ended: {error}") from error


async def _soak(
    url: str, server: int, lag_file: Path, rounds: _Rounds, note: Callable[[str], None], dice: random.Random
) -> SoakReport:
    group, identity = ReceiverGroup(), Identity.make()
    order = Order(url, STEADY)
    visitors = _Visitors(order, group, identity, dice)
    samples: list[Sample] = []
    async with polled(group):
        try:
            await visitors.come()
            began_s = time.monotonic()
            while time.monotonic() - began_s < rounds.seconds or len(samples) < LEAST_SAMPLES:
                until_s = time.monotonic() + rounds.commotion_s
                while time.monotonic() < until_s:
                    await visitors.act()
                    await asyncio.sleep(ACTION_S)
                await visitors.calm_down()
                await asyncio.sleep(rounds.settle_s / 2)
                from_ns = time.time_ns()
                await asyncio.sleep(rounds.settle_s / 2)
                samples.append(_sample(visitors, server, lag_file, from_ns, time.monotonic() - began_s))
                note(_shown(samples[-1]))
                group.forget(time.time_ns())
        finally:
            await visitors.go()
    return SoakReport(tuple(samples), dict(visitors.done))


def _sample(visitors: _Visitors, server: int, lag_file: Path, from_ns: int, time_s: float) -> Sample:
    until_ns = time.time_ns()
    got = [figures(viewer, visitors.group, from_ns, until_ns) for viewer in visitors.steady]
    stages = descendants(server)
    return Sample(
        time_s=time_s,
        server_mib=_resident_mib(server),
        stage_mib=sum(map(_resident_mib, stages)),
        server_descriptors=_descriptors(server),
        stage_descriptors=sum(map(_descriptors, stages)),
        tasks=tasks_last(lag_file),
        skew_ms=median_of([viewer.skew_ms for viewer in got if viewer.skew_ms is not None]),
        pictures_per_second=median(viewer.pictures for viewer in got) / (until_ns - from_ns) * 1e9,
    )


def _shown(sample: Sample) -> str:
    skew = "-" if sample.skew_ms is None else f"{sample.skew_ms:+.1f} ms"
    return (
        f"{sample.time_s:.0f} s: server {sample.server_mib:.1f} MiB, {sample.server_descriptors} "
        f"descriptors, {sample.tasks} tasks; stage {sample.stage_mib:.1f} MiB, {sample.stage_descriptors} "
        f"descriptors; skew {skew}, {sample.pictures_per_second:.1f} pictures a second"
    )


def _resident_mib(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _descriptors(process: int) -> int:
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
