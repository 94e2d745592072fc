"""`avatar-server sheet`: moments of an interaction side by side in one PNG."""

from __future__ import annotations

import argparse
import re
import sys
from functools import partial

from avatar_server.commands import values
from avatar_server.commands.rendering import Say, add_shot_options, open_shot
from avatar_server.errors import UsageError

_MOST_CELLS = 2000
_USUAL_COUNT = 12


def add_sheet(parser: argparse.ArgumentParser, interaction: str, *, say: Say) -> None:
    """Say what may be said after `sheet`."""
    parser.add_argument("-o", required=True, dest="output", metavar="OUT.png", help="file to write")
    parser.add_argument("--every", metavar="S", help="a picture every so many seconds")
    parser.add_argument(
        "--count", metavar="N", help=f"so many pictures, evenly spread (default: {_USUAL_COUNT})"
    )
    parser.add_argument("--start", metavar="S", help="second to begin at (default: the beginning)")
    parser.add_argument("--end", metavar="S", help="second to end at (default: the end)")
    add_shot_options(parser, interaction, transparent=True)
    parser.set_defaults(command=lambda call: _sheet(call, say), size=None)


def _sheet(call: argparse.Namespace, say: Say) -> None:
    target = values.writable_file(call.output, ".png")
    if call.every is not None and call.count is not None:
        raise UsageError("--every: expected it or --count, got both")
    every_s = None if call.every is None else values.seconds("--every", call.every, at_least=0.01)
    count = values.whole_number("--count", call.count or str(_USUAL_COUNT), 1, _MOST_CELLS)
    values.span(call.start, call.end, 1e6)  # Refuses what no interaction could have before one is opened.
    # A free camera has commas of its own; the next camera begins with a letter.
    named = re.split(r",(?=[a-z])", call.camera)
    free = {name: values.free_or_named_camera(name) for name in named}
    call.camera = named[0]
    call.size = call.size or "480x270"
    shot = open_shot(call, say)

    from tqdm import tqdm

    from avatar_server.contact_sheet import draw_sheet, sheet_times
    from avatar_server.render.still import write_png

    performance, aspect = shot.performance, shot.size.width / shot.size.height
    span_s = values.span(call.start, call.end, performance.duration_s)
    times_s = sheet_times(span_s, every_s, None if every_s is not None else count)
    cells = len(times_s) * len(free)
    if cells > _MOST_CELLS:
        raise UsageError(f"--every: expected at most {_MOST_CELLS} pictures, got {cells}")
    with tqdm(total=cells, unit="picture", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:
        sheet = draw_sheet(
            performance,
            shot.open_renderer,
            shot.size,
            times_s=times_s,
            cameras={
                name: performance.seen_through(name, aspect) if orbit is None else orbit.camera()
                for name, orbit in free.items()
            },
            names=partial(shot.names, above=False) if call.names else None,
            progress=lambda done: bar.update(done - bar.n),
        )
    write_png(target, sheet)
    print(f"wrote {target}: {cells} pictures, {sheet.shape[1]}x{sheet.shape[0]}")
