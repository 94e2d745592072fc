"""`avatar-server convert`: motion of any format becomes files that other programs read."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable

from avatar_server.commands import values
from avatar_server.commands.bringing import bring
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.reading_options import add_reading_options, reading_words

_LAYOUTS = "seamless, amass"


def add_convert(parser: argparse.ArgumentParser, interaction: str, *, say: Callable[[str], None]) -> None:
    """Say what may follow `convert`. interaction: what may stand for INTERACTION."""
    parser.add_argument("interaction", metavar="INTERACTION", help=interaction)
    parser.add_argument(
        "-o",
        required=True,
        dest="output",
        metavar="OUT.npz",
        help="file to write; of two people OUT_NAME.npz each, with their sound beside it",
    )
    parser.add_argument(
        "--to",
        default="seamless",
        metavar="LAYOUT",
        help=f"{_LAYOUTS}: SMPL-H before a camera, or in a world with z up (default: %(default)s)",
    )
    add_reading_options(parser)
    add_data_options(parser)
    parser.set_defaults(command=lambda call: _convert(call, say))


def _convert(call: argparse.Namespace, say: Callable[[str], None]) -> None:
    target = values.writable_file(call.output, ".npz")
    options, words = data_options(call), reading_words(call)

    from avatar_server.assembly import open_interaction, open_performance
    from avatar_server.conversion import LAYOUTS, convert
    from avatar_server.motion.presets import NATURAL

    layout = next(known for known in LAYOUTS if known == values.one_of("--to", call.to, LAYOUTS))
    bring(call.interaction, options, say)
    interaction = open_interaction(call.interaction, options.data_dir, words)
    performance = open_performance(interaction, body=None, preset=NATURAL, staging=None)
    written = convert(performance, target, layout)
    for one in written:
        for notice in one.notices:
            say(f"note: {one.path.name}: {notice}")
        print(f"wrote {one.path}: {one.frame_count} frames at {float(one.rate_hz):.6g} a second")
    named = shlex.quote(",".join(str(one.path) for one in written))
    print(f"to see it: avatar-server render {named} -o {shlex.quote(target.stem)}.mp4")
