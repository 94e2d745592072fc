"""What a stage sends when no browser needs the cores, too."""

from __future__ import annotations

import asyncio
import time

from avatar_server.bench.processor_time import processor_s
from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.errors import MachineError
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage


class PictureCounter:
    """An audience that counts pictures: it costs nothing, unlike a browser."""

    def __init__(self) -> None:
        self.pictures = 0
        self.changed = asyncio.Event()

    def on_packet(self, packet: LivePacket) -> None:
        """Count."""
        self.pictures += packet.kind == "video"
        self.changed.set()

    def on_status(self, status: Status) -> None:
        """Not of interest."""

    def on_stream_failed(self, stream: VideoStream, reason: str) -> None:
        """The measurement would never end."""
        raise MachineError(f"{stream}: {reason}")

    def on_interrupted(self) -> None:
        """Seen in the count."""

    def on_resumed(self) -> None:
        """Seen in the count."""

    def on_ended(self, reason: str) -> None:
        """The measurement would never end."""
        raise MachineError(f"the stage ended: {reason}")


async def measure_alone(seconds: float) -> tuple[float, float]:
    """(pictures a second, cores) of a stage whose packets nobody decodes."""
    order = StageOrder("demo", data_dir=".", body="", width=1280, height=720, rate_hz=30)
    stage, counter = await Stage.open(order), PictureCounter()
    try:
        stage.join(counter)
        stage.want(frozenset({VideoStream()}), 1)
        while counter.pictures < 30:
            counter.changed.clear()
            await counter.changed.wait()
        begun = time.monotonic(), counter.pictures, processor_s([stage.process_id])
        await asyncio.sleep(seconds)
        lasted_s = time.monotonic() - begun[0]
        cores = (processor_s([stage.process_id]) - begun[2]) / lasted_s
        return (counter.pictures - begun[1]) / lasted_s, cores
    finally:
        await stage.close()
