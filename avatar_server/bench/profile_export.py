"""Where an export's time goes: processor milliseconds a picture of every step, from pose to packet.

Run as `python -m avatar_server.bench.profile_export`. All threads' time is counted, one of them draws, and
nothing overlaps; of all runs of eight pictures the one after the best tenth is told, which other programs on
the machine hardly change.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from avatar_server.render.contract import PictureSize
from avatar_server.segments.matrix_threads import use_one_thread
from avatar_server.segments.worker import RASTERISER_THREADS

RATE_HZ = Fraction(30)
_FIRST_S = 5.0
_WARM_UP = 6

STEPS = (
    "motion, feet, staging",
    "correctives at once",
    "poses, outlines",
    "skinning",
    "shadow map",
    "bodies",
    "floor light",
    "picture",
    "reading back",
    "copy into the frame",
    "encoding",
    "sound",
    "writing",
)
"""In their order; `writing` is of packets into the file's buffers."""


def profile_export(size: PictureSize, count: int, camera: str = "two-shot") -> Mapping[str, float]:
    """Milliseconds by step, of about `count` pictures of the demo at export quality, at least 16."""
    import av

    from avatar_server.assembly import open_interaction, open_performance
    from avatar_server.encode.aac import AacEncoder
    from avatar_server.encode.h264_segment import GroupEncoder
    from avatar_server.encode.picture_frame import video_frame
    from avatar_server.motion.presets import NATURAL
    from avatar_server.render.contract import draw
    from avatar_server.render.gpu.choice import open_opengl
    from avatar_server.scene.staging import STAGINGS
    from avatar_server.segments.drawing import KNOWN_AHEAD
    from avatar_server.segments.film import Film

    interaction = open_interaction("demo", Path())
    performance = open_performance(interaction, body=None, preset=NATURAL, staging=STAGINGS[0])
    seen = performance.camera(camera, size.width / size.height)
    film = Film(performance, (_FIRST_S, _FIRST_S + float(count / RATE_HZ)), RATE_HZ, seen)
    runs: list[dict[str, float]] = []
    last_s = 0.0

    def passed(step: str) -> None:
        nonlocal last_s
        runs[-1][step] += (time.process_time() - last_s) * 1000 / KNOWN_AHEAD
        last_s = time.process_time()

    with contextlib.closing(open_opengl(size)) as renderer, av.open(os.devnull, "w", format="mp4") as file:
        sound = AacEncoder(file)
        encoder = GroupEncoder(size, RATE_HZ)
        for index in range(_WARM_UP):
            draw(renderer, film.snapshot(index))
        renderer.watch_passes(passed)
        for first in range(0, count, KNOWN_AHEAD):
            runs.append(defaultdict(float))
            places = range(first, first + KNOWN_AHEAD)
            last_s = time.process_time()
            snapshots = [film.snapshot(index) for index in places]
            passed("motion, feet, staging")
            renderer.look_ahead(snapshots)
            passed("correctives at once")
            for index, snapshot in zip(places, snapshots, strict=True):
                last_s = time.process_time()
                renderer.submit(snapshot)
                picture = renderer.collect()
                passed("reading back")
                frame = video_frame(picture)
                passed("copy into the frame")
                encoder.encode_frame(frame)
                passed("encoding")
                block = film.sound(index, 1)
                packets = sound.encode(block)
                passed("sound")
                file.mux(packets)
                passed("writing")
    # The first run finds out how many vertices are wanted.
    return {step: sorted(run[step] for run in runs[1:])[(len(runs) - 1) // 10] for step in STEPS}


def profile_text(costs: Mapping[str, float]) -> str:
    """A table for people."""
    lines = [f"{step:<24}{cost:6.2f} ms" for step, cost in costs.items()]
    return "\n".join([*lines, f"{'together':<24}{sum(costs.values()):6.2f} ms of processor time a picture"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=240)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    # As in a worker of an export.
    os.environ[RASTERISER_THREADS] = "1"
    use_one_thread()
    costs = profile_export(PictureSize(width, height), options.pictures)
    print(json.dumps(costs) if options.json else profile_text(costs))


if __name__ == "__main__":
    main()
