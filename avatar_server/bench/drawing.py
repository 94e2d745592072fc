"""What drawing costs: processor time of a picture over all threads, and how long it takes.

Run as `python -m avatar_server.bench.drawing`. Processor time is the figure to compare by: other programs on
the machine hardly change it.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.motion.presets import NATURAL
from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.gpu.choice import open_opengl
from avatar_server.render.opengl.quality import FINE, QUICK, Quality
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.staging import STAGINGS

RATE_HZ = 30
_FIRST_S = 5.0
_WARM_UP = 6
_RUNS = 3
QUALITIES = {"live": QUICK, "export": FINE}


@dataclass(frozen=True, slots=True)
class DrawingCost:
    """Milliseconds a picture in the best of three runs: of all threads' processor time, and of waiting."""

    processor_ms: float
    wall_ms: float


def measure_drawing(camera: str, quality: Quality, size: PictureSize, count: int) -> DrawingCost:
    """Draw `count` successive pictures of the demo three times, posing included, encoding not."""
    interaction = open_interaction("demo", Path())
    performance = open_performance(interaction, body=None, preset=NATURAL, staging=STAGINGS[0])
    seen = performance.camera(camera, size.width / size.height)
    runs = []
    with contextlib.closing(open_opengl(size, on_cpu=quality)) as renderer:
        for index in range(_WARM_UP):
            draw(renderer, performance.snapshot_at(index / RATE_HZ, seen))
        for run in range(_RUNS):
            begun = time.process_time(), time.perf_counter()
            for index in range(run * count, (run + 1) * count):
                draw(renderer, performance.snapshot_at(_FIRST_S + index / RATE_HZ, seen))
            ended = time.process_time(), time.perf_counter()
            runs.append([(end - start) * 1000 / count for start, end in zip(begun, ended, strict=True)])
    return DrawingCost(min(run[0] for run in runs), min(run[1] for run in runs))


def main() -> None:
    """Print a line for each camera."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quality", choices=QUALITIES, default="live")
    parser.add_argument("--pictures", type=int, default=60, help="a run")
    parser.add_argument("--camera", choices=CAMERAS, action="append")
    options = parser.parse_args()
    for camera in options.camera or CAMERAS:
        size = PictureSize(1280, 720)
        cost = measure_drawing(camera, QUALITIES[options.quality], size, options.pictures)
        print(f"{camera:12} {cost.processor_ms:5.1f} ms of processor time, {cost.wall_ms:5.1f} ms long")


if __name__ == "__main__":
    main()
