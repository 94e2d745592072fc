"""A server whose stage is a test card full of grain: `python grainy_server.py` prints its address.

The grain makes pictures as large as the encoder may, so that a loss of packets is what it is with people on
stage. The time code tells stream time. Everything from the stage on is the server that people start.
"""

from __future__ import annotations

import asyncio

import numpy as np

from avatar_server.bench.recorded_stage import play_material
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import RUNGS, LivePacket, VideoStream
from avatar_server.encode.live_video import LiveVideoEncoder, Scaler, open_live_encoder
from avatar_server.render.contract import Picture, PictureSize, draw
from avatar_server.settings import Settings
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import TestCard, TestCardRenderer
from avatar_server.theatre import admission
from avatar_server.web.server import serve

SIZE, RATE_HZ = PictureSize(640, 360), 30


class GrainyCard:
    """Pictures and sound of the card; the lower half of each picture is noise."""

    def __init__(self) -> None:
        self._card, self._renderer = TestCard(), TestCardRenderer(SIZE)
        self._camera = self._card.orbit("two-shot", SIZE.width / SIZE.height).camera()
        self._noise = np.random.default_rng(5)
        self._scaler, self._opus = Scaler(SIZE), LiveOpus()
        self._encoders: dict[VideoStream, LiveVideoEncoder] = {}
        self._drawn: tuple[int, Picture] | None = None

    async def picture(self, stream: VideoStream, index: int, *, key: bool) -> tuple[bytes, bool]:
        return await asyncio.to_thread(self._encode, stream, index, key)

    async def sound(self, index: int) -> LivePacket:
        block = self._card.sound_block(index * BLOCK_SAMPLES % 48_000, BLOCK_SAMPLES)
        return self._opus.encode(block, index * BLOCK_SAMPLES)

    def _encode(self, stream: VideoStream, index: int, key: bool) -> tuple[bytes, bool]:
        if self._drawn is None or self._drawn[0] != index:
            picture = draw(self._renderer, self._card.snapshot_at(index / RATE_HZ % 60, self._camera))
            lower = picture.planes()[0][SIZE.height // 2 :]
            lower[:] = self._noise.integers(16, 235, lower.shape, np.uint8)
            self._drawn = index, picture
        if stream not in self._encoders:
            self._encoders[stream] = open_live_encoder(stream, SIZE, RATE_HZ)
        frame = self._scaler.frames(self._drawn[1]).at(RUNGS[stream.rung].scale)
        return self._encoders[stream].encode_frame(frame, index, key=key)


async def open_stage(order: StageOrder) -> Stage:
    return play_material(order, GrainyCard())


if __name__ == "__main__":
    # A machine that is busy with tests lets everybody in all the same; admission has tests of its own.
    vars(admission)["LONGEST_LAG_S"] = 60.0
    serve(
        Settings(interaction="grainy", port=0, rate_limit_burst=100_000, rate_limit_hz=1e5),
        open_stage=open_stage,
    )
