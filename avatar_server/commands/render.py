"""`avatar-server render`: an interaction becomes a film or pictures; `still`: a moment becomes a PNG."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.film_options import (
    CAPTIONS,
    MOST_USUAL_JOBS,
    add_film_options,
    film_of,
    jobs_at_once,
)
from avatar_server.commands.render_outputs import add_output_options, layer_bar, wanted_output, write_output
from avatar_server.commands.rendering import Say, add_shot_options, open_shot
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.export import Progress
    from avatar_server.export_records import ExportRecord

_RECORDS_EVERY_S = 0.25


def add_render(parser: argparse.ArgumentParser, interaction: str, *, say: Say) -> None:
    """Say what may be said after `render`."""
    add_output_options(parser)
    add_film_options(parser, "OUT.vtt")
    parser.add_argument("--start", metavar="S", help="second to begin at (default: the beginning)")
    parser.add_argument("--end", metavar="S", help="second to end at (default: the end)")
    parser.add_argument("--json", action="store_true", help="say what happens as JSON, a record a line")
    parser.add_argument(
        "--jobs",
        metavar="N",
        help="processes that draw at once; the film is the same (default: one for each core, up to "
        f"{MOST_USUAL_JOBS})",
    )
    parser.add_argument(
        "--gpus", metavar="N[,N]", help="numbers of EGL devices that processes share (default: the first one)"
    )
    add_shot_options(parser, interaction, transparent=True)
    parser.set_defaults(command=lambda call: _render(call, say), size=None)


def add_still(parser: argparse.ArgumentParser, interaction: str, *, say: Say) -> None:
    """Say what may be said after `still`."""
    parser.add_argument("-o", required=True, dest="output", metavar="OUT.png", help="file to write")
    parser.add_argument("--time", default="0", metavar="S", help="second to show (default: %(default)s)")
    parser.add_argument(
        "--captions", default="none", metavar="HOW", help="the words: none, or burnt in (default: none)"
    )
    add_shot_options(parser, interaction, transparent=True)
    parser.set_defaults(command=lambda call: _still(call, say))


def _render(call: argparse.Namespace, say: Say) -> None:
    values.frame_rate(call.fps)
    values.span(call.start, call.end, 1e6)  # Refuses what no interaction could have before one is opened.
    values.one_of("--captions", call.captions, CAPTIONS)
    output = wanted_output(call)
    jobs = jobs_at_once(call.jobs)
    devices = values.device_numbers(call.gpus)
    shot = open_shot(call, say)
    wanted = film_of(call, shot, is_doubled=output.kind == "frames")
    film = wanted.film
    output = output.named(shot, film.span_s[0])
    target = output.path

    from avatar_server.export_records import Note, Written
    from avatar_server.scene.director import AUTO

    told = _print_record if call.json else None
    for notice in wanted.notices:
        told(Note(notice)) if told else say(f"note: {notice}")
    with (
        _progress_of(film.picture_count, told) as progress,
        layer_bar(output.layers, film.picture_count, shown=told is None) as layer_progress,
    ):
        exported = write_output(output, wanted, shot, jobs, devices, progress, layer_progress)
    if call.vtt:
        output.beside(".vtt").write_text(wanted.vtt(shot), encoding="utf-8")
    if told:
        files = target.rglob("*") if target.is_dir() else [target]
        size_bytes = sum(path.stat().st_size for path in files)
        told(
            Written(
                exported.picture_count, size_bytes, exported.duration_s, exported.wall_s, exported.renderer
            )
        )
        return
    print(
        f"wrote {target}: {exported.duration_s:.2f} s, {exported.picture_count} pictures of "
        f"{shot.size.width}x{shot.size.height} at {float(film.rate_hz):.4g} a second; drawn by "
        f"{exported.renderer} in {exported.wall_s:.1f} s "
        f"({exported.pictures_per_second:.1f} pictures a second)"
    )
    for name, folder in output.layer_folders().items():
        print(f"wrote {folder}: {film.picture_count} pictures of {name}")
    if call.camera == AUTO:
        shots = shot.performance.director.cuts().within(film.span_s).shots
        print(f"cut by the director: {', '.join(f'{one.start_s:g} s {one.camera}' for one in shots)}")


def _still(call: argparse.Namespace, say: Say) -> None:
    target = values.writable_file(call.output, ".png")
    time_s = values.seconds("--time", call.time)
    is_burnt = values.one_of("--captions", call.captions, ("none", "burnt")) == "burnt"
    shot = open_shot(call, say)
    duration_s = shot.performance.duration_s
    if time_s > duration_s + 0.005:  # Durations are shown to two places; what is shown can be typed.
        raise UsageError(f"--time: the interaction lasts {duration_s:.2f} s, got {time_s:g}")

    from avatar_server.render.still import write_png
    from avatar_server.still import draw_still

    picture = draw_still(
        shot.performance,
        shot.open_renderer,
        shot.size,
        time_s=time_s,
        camera=shot.camera,
        burnt=shot.captions() if is_burnt else (),
        names=partial(shot.names, above=is_burnt) if call.names else None,
    )
    write_png(target, picture)
    print(f"wrote {target}: {shot.size.width}x{shot.size.height}")


@contextlib.contextmanager
def _progress_of(
    total: int, told: Callable[[ExportRecord], None] | None
) -> Iterator[Callable[[Progress], None]]:
    """Records, or a bar with the time left, on standard error, if that is a terminal."""
    from avatar_server.export_records import Drawing

    if told is not None:
        told(Drawing(0, total, 0))
        next_s = 0.0

        def tell(progress: Progress) -> None:
            nonlocal next_s
            if (now_s := time.monotonic()) >= next_s:
                next_s = now_s + _RECORDS_EVERY_S
                told(Drawing(progress.pictures, progress.total, progress.bytes))

        yield tell
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # It would be another thread, and processes are forked.
    with tqdm(total=total, unit="picture", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:

        def move(progress: Progress) -> None:
            bar.update(progress.pictures - bar.n)

        yield move


def _print_record(record: ExportRecord) -> None:
    from avatar_server.export_records import record_line

    print(record_line(record), flush=True)
