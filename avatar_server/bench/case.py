"""One measurement of the benchmark, in a process of its own, so that its peak memory is its own too.

Takes a `Case` as JSON on standard input and gives a `Measured` as JSON on standard output, or an object with
the one key `error`. Run by `bench` as `python -m avatar_server.bench.case`.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from avatar_server.errors import AvatarServerError, MachineError

if TYPE_CHECKING:
    from avatar_server.performance import Performance
    from avatar_server.render.contract import PictureSize, Renderer
    from avatar_server.scene.snapshot import Camera
    from avatar_server.segments.film import Film

_PICTURES_KEPT_BYTES = 256 << 20
"""Memory for pictures drawn beforehand; a longer film shows them forwards and backwards again."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: an export by a renderer or `genea_loop`, or encoding what was drawn beforehand.

    interaction, data_dir: as people type them. rate_hz: as `Fraction` reads it.
    """

    kind: Literal["opengl", "reference", "encoder", "genea"]
    width: int
    height: int
    seconds: float
    rate_hz: str = "30"
    interaction: str = "demo"
    data_dir: str = "."


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds are for one picture; those of parts the case has none of are 0.

    motion_ms: poses and skeletons (one thread). submit_ms, readback_ms: drawing, as far as the drawing
    thread sees it. wait_ms: of the drawing thread, for the encoder. encode_ms: of the encoding thread.
    peak_memory_mib: largest resident set of the process, opening and reading included. processor_ms: of all
    threads, whatever else the machine did meanwhile.
    """

    renderer: str
    picture_count: int
    seconds: float
    pictures_per_second: float
    motion_ms: float
    submit_ms: float
    readback_ms: float
    wait_ms: float
    encode_ms: float
    peak_memory_mib: float
    processor_ms: float = 0.0


def measure(case: Case) -> Measured:
    """Open all that `case` needs, draw some pictures to warm up (drivers compile late), and measure."""
    from avatar_server.assembly import open_interaction, open_performance, open_renderer
    from avatar_server.motion.presets import NATURAL
    from avatar_server.render.contract import PictureSize, draw
    from avatar_server.scene.cameras import CAMERAS
    from avatar_server.scene.staging import STAGINGS
    from avatar_server.segments.film import Film

    interaction = open_interaction(case.interaction, Path(case.data_dir))
    performance = open_performance(interaction, body=None, preset=NATURAL, staging=STAGINGS[0])
    size, rate_hz = PictureSize(case.width, case.height), Fraction(case.rate_hz)
    camera = performance.camera(CAMERAS[0], size.width / size.height)
    if case.kind == "genea":
        return _as_genea(Film(performance, (0.0, case.seconds), rate_hz, camera), size)
    kind = "reference" if case.kind == "reference" else "opengl"
    with (
        contextlib.closing(open_renderer(kind, size)) as renderer,
        tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder,
    ):
        for index in range(renderer.capacity + 1):
            draw(renderer, performance.snapshot_at(float(index / rate_hz), camera))
        target = Path(folder) / "out.mp4"
        if case.kind == "encoder":
            return _encode_only(case, performance, renderer, camera, target)
        from avatar_server.export import export

        begun_s = time.process_time()
        exported = export(Film(performance, (0.0, case.seconds), rate_hz, camera), renderer, target)
        processor_s = time.process_time() - begun_s
        ms = 1000 / exported.picture_count
        return Measured(
            renderer=renderer.name,
            picture_count=exported.picture_count,
            seconds=exported.wall_s,
            pictures_per_second=exported.pictures_per_second,
            motion_ms=exported.posing_s * ms,
            submit_ms=exported.submitting_s * ms,
            readback_ms=exported.collecting_s * ms,
            wait_ms=exported.waiting_s * ms,
            encode_ms=exported.encoding_s * ms,
            peak_memory_mib=_peak_memory_mib(),
            processor_ms=processor_s * ms,
        )


def _as_genea(film: Film, size: PictureSize) -> Measured:
    try:
        from avatar_server.bench.genea_loop import export_as_genea

        begun_s = time.process_time()
        with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as folder:
            times = export_as_genea(film, size, Path(folder) / "out.mp4")
    except ModuleNotFoundError as error:
        raise MachineError(
            f"the GENEA tool's loop needs the package {error.name}: pip install 'avatar-server[reference]'"
        ) from None
    total_s, ms = times.drawing_s + times.encoding_s, 1000 / film.picture_count
    return Measured(
        renderer="pyrender and smplx, as the GENEA tool",
        picture_count=film.picture_count,
        seconds=total_s,
        pictures_per_second=film.picture_count / total_s,
        motion_ms=0.0,
        submit_ms=times.drawing_s * ms,
        readback_ms=0.0,
        wait_ms=0.0,
        encode_ms=times.encoding_s * ms,
        peak_memory_mib=_peak_memory_mib(),
        processor_ms=(time.process_time() - begun_s) * ms,
    )


def _encode_only(
    case: Case, performance: Performance, renderer: Renderer, camera: Camera, target: Path
) -> Measured:
    """The limit that no renderer can beat: the same film, when drawing costs nothing."""
    from avatar_server.render.contract import PictureSize, draw
    from avatar_server.segments.film import picture_count
    from avatar_server.settings import SAMPLE_RATE_HZ
    from avatar_server.sinks.mp4 import Mp4File

    rate_hz = Fraction(case.rate_hz)
    total = picture_count((0.0, case.seconds), rate_hz)
    kept = max(2, min(total, _PICTURES_KEPT_BYTES // (case.width * case.height * 3 // 2)))
    pictures = [draw(renderer, performance.snapshot_at(float(i / rate_hz), camera)) for i in range(kept)]
    there_and_back = [*range(kept), *range(kept - 2, 0, -1)]
    begun, begun_s = time.perf_counter(), time.process_time()
    with Mp4File(target, PictureSize(case.width, case.height), rate_hz) as file:
        for index in range(total):
            file.write_picture(pictures[there_and_back[index % len(there_and_back)]])
            start = round(index / rate_hz * SAMPLE_RATE_HZ)
            end = round((index + 1) / rate_hz * SAMPLE_RATE_HZ)
            file.write_sound(performance.sound_block(start, end - start))
    wall_s = time.perf_counter() - begun
    return Measured(
        renderer="none: drawn beforehand",
        picture_count=total,
        seconds=wall_s,
        pictures_per_second=total / wall_s,
        motion_ms=0.0,
        submit_ms=0.0,
        readback_ms=0.0,
        wait_ms=0.0,
        encode_ms=1000 * wall_s / total,
        peak_memory_mib=_peak_memory_mib(),
        processor_ms=1000 * (time.process_time() - begun_s) / total,
    )


def _peak_memory_mib() -> float:
    """Of this program alone: the figure of getrusage begins with that of the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise MachineError("this system does not tell how much memory a process has used")


def main() -> int:
    """Standard input to standard output."""
    try:
        measured = measure(Case(**json.load(sys.stdin)))
    except AvatarServerError as error:
        print(json.dumps({"error": str(error)}))
        return error.exit_status
    print(json.dumps(asdict(measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
