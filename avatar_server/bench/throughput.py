"""How many pictures a second are drawn and read back, by one process and by several; nothing is encoded.

Run as `python -m avatar_server.bench.throughput`. Each process draws the demo at export quality, as many
pictures under way as its renderer allows. First snapshots are there already: that is drawing and reading
back. Then they are made one after the other, as an export does: where people are, how their feet stand,
where they look.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from avatar_server.errors import MachineError
from avatar_server.render.contract import PictureSize

RATE_HZ = 30
_FIRST_S, _LAST_S = 2.0, 26.0
_WARM_UP = 16


@dataclass(frozen=True, slots=True)
class Throughput:
    """Of all processes. processor_ms: of a picture, on all threads. renderer: what drew, for people."""

    renderer: str
    processes: int
    given: bool
    pictures_per_second: float
    processor_ms: float


def _draw(size: PictureSize, seconds: float, camera: str) -> Iterator[dict[str, object]]:
    """Draw for so many seconds each way, whenever the next is asked for: first it says what draws."""
    from avatar_server.assembly import open_interaction, open_performance
    from avatar_server.motion.presets import NATURAL
    from avatar_server.render.contract import LooksAhead, draw
    from avatar_server.render.gpu.choice import open_opengl
    from avatar_server.scene.snapshot import Snapshot
    from avatar_server.scene.staging import STAGINGS
    from avatar_server.segments.drawing import KNOWN_AHEAD
    from avatar_server.segments.matrix_threads import use_one_thread

    interaction = open_interaction("demo", Path())
    performance = open_performance(interaction, body=None, preset=NATURAL, staging=STAGINGS[0])
    seen = performance.camera(camera, size.width / size.height)
    count = round((_LAST_S - _FIRST_S) * RATE_HZ)

    def snapshot(index: int) -> Snapshot:
        return performance.snapshot_at(_FIRST_S + index % count / RATE_HZ, seen)

    with contextlib.closing(open_opengl(size)) as renderer:
        use_one_thread()
        for index in range(_WARM_UP):
            draw(renderer, snapshot(index))
        kept = [snapshot(index) for index in range(count)]
        yield {"renderer": renderer.name}
        for given in (True, False):
            under_way = index = 0
            begun_s, began = time.process_time(), time.perf_counter()
            while time.perf_counter() < began + seconds:
                places = range(index, index + KNOWN_AHEAD)
                chunk = [kept[place % count] if given else snapshot(place) for place in places]
                index += KNOWN_AHEAD
                if isinstance(renderer, LooksAhead):
                    renderer.look_ahead(chunk)
                for one in chunk:
                    renderer.submit(one)
                    under_way += 1
                    if under_way == renderer.capacity:
                        renderer.collect()
                        under_way -= 1
            for _ in range(under_way):
                renderer.collect()
            yield {
                "pictures": index,
                "wall_s": time.perf_counter() - began,
                "processor_s": time.process_time() - begun_s,
            }


def measure_throughput(
    size: PictureSize, processes: int, seconds: float, camera: str = "two-shot"
) -> tuple[Throughput, Throughput]:
    """With snapshots that are there, and with those that are made; MachineError if a process fails."""
    command = [sys.executable, "-m", "avatar_server.bench.throughput", "--worker", "--camera", camera]
    command += ["--size", f"{size.width}x{size.height}", "--seconds", str(seconds)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        # All have opened before any draws, and begin each way together.
        opened = [_hear(worker) for worker in workers]
        given, made = (_heard_after_telling(workers) for _ in range(2))
    except (OSError, ValueError) as error:
        raise MachineError(f"a process that draws ended: {error}") from None
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    pipe.close()
    name = str(opened[0]["renderer"])
    return _together(name, True, given), _together(name, False, made)


def _heard_after_telling(workers: Sequence[subprocess.Popen[str]]) -> list[dict[str, object]]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    return [_hear(worker) for worker in workers]


def _hear(worker: subprocess.Popen[str]) -> dict[str, object]:
    assert worker.stdout is not None
    found: dict[str, object] = json.loads(worker.stdout.readline())
    return found


def _together(name: str, given: bool, told: Sequence[dict[str, object]]) -> Throughput:
    runs = [{key: float(str(value)) for key, value in one.items()} for one in told]
    pictures = sum(run["pictures"] for run in runs)
    return Throughput(
        renderer=name,
        processes=len(runs),
        given=given,
        pictures_per_second=sum(run["pictures"] / run["wall_s"] for run in runs),
        processor_ms=1000 * sum(run["processor_s"] for run in runs) / pictures,
    )


def main() -> None:
    """Print a line for each number of processes and each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--processes", default="1", help="numbers, separated by commas")
    parser.add_argument("--seconds", type=float, default=3.0, help="each way")
    parser.add_argument("--camera", default="two-shot")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    size = PictureSize(width, height)
    if options.worker:
        for told in _draw(size, options.seconds, options.camera):
            print(json.dumps(told), flush=True)
            if not sys.stdin.readline():
                break
        return
    for processes in map(int, options.processes.split(",")):
        for found in measure_throughput(size, processes, options.seconds, options.camera):
            if options.json:
                print(json.dumps(asdict(found)), flush=True)
                continue
            way = "snapshots are there" if found.given else "snapshots are made"
            print(
                f"{found.renderer}, {options.size}, {processes:3} processes, {way:20}"
                f"{found.pictures_per_second:9.1f} pictures a second, "
                f"{found.processor_ms:6.2f} ms of processor time",
                flush=True,
            )


if __name__ == "__main__":
    main()
