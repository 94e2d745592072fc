"""`avatar-server render`: an interaction becomes an MP4 file, and `still`: a moment of it becomes a PNG."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.rendering import Say, Shot, add_shot_options, open_shot
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.caption_pages import CaptionPage
    from avatar_server.export import Progress
    from avatar_server.export_records import ExportRecord

CAPTIONS = ("none", "track", "burnt")

MOST_USUAL_JOBS = 8
"""Each takes about 300 MB; whoever has more cores, and the memory for them, says so."""

MOST_JOBS = 1024

_RECORDS_EVERY_S = 0.25


def add_render(parser: argparse.ArgumentParser, interaction: str, *, say: Say) -> None:
    """Say what may be said after `render`."""
    parser.add_argument("-o", required=True, dest="output", metavar="OUT.mp4", help="file to write")
    parser.add_argument("--fps", default="30", help="30, 29.97 or 30000/1001 (default: %(default)s)")
    parser.add_argument("--start", metavar="S", help="second to begin at (default: the beginning)")
    parser.add_argument("--end", metavar="S", help="second to end at (default: the end)")
    parser.add_argument(
        "--captions",
        default="none",
        metavar="HOW",
        help="the words: none, track (a text track that players list), or burnt into the pictures "
        "(default: none)",
    )
    parser.add_argument("--vtt", action="store_true", help="write the words as OUT.vtt (WebVTT) too")
    parser.add_argument("--json", action="store_true", help="say what happens as JSON, a record a line")
    parser.add_argument(
        "--jobs",
        metavar="N",
        help="processes that draw at once; the film is the same (default: one for each core, up to "
        f"{MOST_USUAL_JOBS})",
    )
    add_shot_options(parser, interaction)
    parser.set_defaults(command=lambda call: _render(call, say))


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
    target = values.writable_file(call.output, ".mp4")
    rate_hz = values.frame_rate(call.fps)
    values.span(call.start, call.end, 1e6)  # Refuses what no interaction could have before one is opened.
    how = values.one_of("--captions", call.captions, CAPTIONS)
    jobs = _jobs(call.jobs)
    shot = open_shot(call, say)
    span_s = values.span(call.start, call.end, shot.performance.duration_s)
    pages = shot.captions() if how != "none" or call.vtt else ()

    from avatar_server.dataset.caption_pages import pages_within
    from avatar_server.export_records import Note, Written
    from avatar_server.scene.director import AUTO
    from avatar_server.segments.at_once import export_at_once
    from avatar_server.segments.film import Film

    told = _print_record if call.json else None
    notes = list(shot.performance.notices)
    if not pages and (how != "none" or call.vtt):
        notes.append("there is no transcript: no captions")
    film = Film(
        shot.performance,
        span_s,
        rate_hz,
        shot.camera,
        track=pages if how == "track" else (),
        burnt=pages if how == "burnt" else (),
        names=shot.names(shot.size, above=how == "burnt") if call.names else None,
    )
    for notice in notes:
        told(Note(notice)) if told else say(f"note: {notice}")
    with _progress_of(film.picture_count, told) as progress:
        exported = export_at_once(
            film, shot.size, lambda: shot.open_renderer(shot.size), target, jobs=jobs, progress=progress
        )
    if call.vtt:
        _write_vtt(target.with_suffix(".vtt"), shot, pages_within(pages, span_s))
    if told:
        size_bytes = target.stat().st_size
        told(
            Written(
                exported.picture_count, size_bytes, exported.duration_s, exported.wall_s, exported.renderer
            )
        )
        return
    print(
        f"wrote {target}: {exported.duration_s:.2f} s, {exported.picture_count} pictures of "
        f"{shot.size.width}x{shot.size.height} at {float(rate_hz):.4g} a second; drawn by "
        f"{exported.renderer} in {exported.wall_s:.1f} s "
        f"({exported.pictures_per_second:.1f} pictures a second)"
    )
    if call.camera == AUTO:
        shots = shot.performance.director.cuts().within(span_s).shots
        print(f"cut by the director: {', '.join(f'{one.start_s:g} s {one.camera}' for one in shots)}")


def _jobs(text: str | None) -> int:
    """What people typed, or as many as there are cores."""
    if text is None:
        return min(len(os.sched_getaffinity(0)), MOST_USUAL_JOBS)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_JOBS):
        raise UsageError(f"--jobs: expected a whole number from 1 to {MOST_JOBS}, got {text!r}")
    return int(text)


def _write_vtt(target: Path, shot: Shot, pages: Sequence[CaptionPage]) -> None:
    from avatar_server.sinks.webvtt import webvtt_text

    names = [person.name for person in shot.performance.people]
    target.write_text(webvtt_text(pages, names), encoding="utf-8")


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
