"""What a picture costs, found by making some: the measurement that admission decides by."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from avatar_server.encode.live_h264 import LiveH264
from avatar_server.render.contract import Renderer, draw
from avatar_server.scene.snapshot import Snapshot
from avatar_server.stage.wire import PictureCost

TRIAL_PICTURES = 5
STEP_S = 1 / 30


def try_pictures(
    renderer: Renderer, snapshot_after: Callable[[float], Snapshot], rate_hz: int
) -> PictureCost:
    """Draw and encode a few pictures, with shaders and caches already warm.

    snapshot_after: what is seen so many seconds on.
    """
    encoder = LiveH264(renderer.size, rate_hz)
    draws_ms, encodes_ms, processor_ms = [], [], []
    for index in range(TRIAL_PICTURES):
        begun_s, used_s = time.monotonic(), time.process_time()
        picture = draw(renderer, snapshot_after(index * STEP_S))
        drawn_s = time.monotonic()
        encoder.encode(picture, index, key=False)
        draws_ms.append((drawn_s - begun_s) * 1000)
        encodes_ms.append((time.monotonic() - drawn_s) * 1000)
        processor_ms.append((time.process_time() - used_s) * 1000)
    return PictureCost(median(draws_ms), median(encodes_ms), median(processor_ms))
