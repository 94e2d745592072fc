"""The server as people start it, watched from inside: `python -m avatar_server.bench.measured_server`.

Takes an `Order` as JSON for its only argument, prints its address as `avatar-server serve` does, and ends on
SIGINT. Beside serving it only writes down how late its event loop is.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict, dataclass
from functools import partial
from json import dumps, loads
from pathlib import Path
from typing import Literal

from avatar_server.bench.loop_lag import LoopLag
from avatar_server.settings import Settings
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage

FROM_ONE_ADDRESS = 100_000
"""All receivers come from this machine; limits for one address are not what is measured."""


@dataclass(frozen=True, slots=True)
class ServerOrder:
    """stage: a live one, one that sends recorded packets, or one that encodes recorded pictures."""

    interaction: str
    stage: Literal["live", "recorded", "encoding"]
    lag_file: str

    def as_text(self) -> str:
        """For the command line."""
        return dumps(asdict(self))


def main(order: ServerOrder) -> None:
    """Serve."""
    from avatar_server.web.server import serve

    tasks: list[asyncio.Task[None]] = []

    async def open_stage(stage: StageOrder) -> Stage:
        if not tasks:
            tasks.append(asyncio.create_task(LoopLag(Path(order.lag_file)).run(), name="lag"))
        if order.stage == "live":
            return await Stage.open(stage)
        from avatar_server.bench.recorded_stage import open_recorded_stage

        return await partial(open_recorded_stage, encoding=order.stage == "encoding")(stage)

    settings = Settings(
        interaction=order.interaction,
        port=0,
        rate_limit_burst=FROM_ONE_ADDRESS,
        rate_limit_hz=float(FROM_ONE_ADDRESS),
    )
    serve(settings, open_stage=open_stage)


if __name__ == "__main__":
    main(ServerOrder(**loads(sys.argv[1])))
