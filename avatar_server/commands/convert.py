"""`avatar-server convert`: motion of any format becomes files that other programs read."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path

from avatar_server.commands import values
from avatar_server.commands.bringing import bring
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.reading_options import add_reading_options, reading_words
from avatar_server.commands.rendering import add_body_option
from avatar_server.errors import UsageError
from avatar_server.settings import expanded

_LAYOUTS = "seamless, amass"
_ENDINGS = (".npz", ".glb", ".bvh")


def add_convert(parser: argparse.ArgumentParser, interaction: str, *, say: Callable[[str], None]) -> None:
    """Say what may follow `convert`. interaction: what may stand for INTERACTION."""
    parser.add_argument("interaction", metavar="INTERACTION", help=interaction)
    parser.add_argument(
        "-o",
        required=True,
        dest="output",
        metavar="OUT",
        help="file to write: .npz or .bvh, of two people OUT_NAME each (or LEFT,RIGHT), with their sound "
        "beside it; or .glb, both people skinned and animated",
    )
    parser.add_argument(
        "--to",
        default="seamless",
        metavar="LAYOUT",
        help=f"of a .npz, {_LAYOUTS}: SMPL-H before a camera, or in a world with z up (default: %(default)s)",
    )
    parser.add_argument("--start", metavar="S", help="second to begin at (default: the beginning)")
    parser.add_argument("--end", metavar="S", help="second to end at (default: the end)")
    parser.add_argument("--staging", metavar="NAME", help="how people stand (default: as the data wants)")
    add_body_option(parser)
    add_reading_options(parser)
    add_data_options(parser)
    parser.set_defaults(command=lambda call: _convert(call, say))


def _convert(call: argparse.Namespace, say: Callable[[str], None]) -> None:
    targets = _targets(call.output)
    ending = targets[0].suffix.lower()
    options, words = data_options(call), reading_words(call)
    values.span(call.start, call.end, 1e6)  # Refuses what no interaction could have before one is opened.
    body = None if call.body is None else values.existing_file("--body", call.body)

    from avatar_server.assembly import open_interaction, open_performance
    from avatar_server.conversion import LAYOUTS, convert
    from avatar_server.motion.presets import NATURAL
    from avatar_server.motion_files import write_bvh, write_glb
    from avatar_server.scene.staging import AS_RECORDED, STAGINGS

    layout = next(known for known in LAYOUTS if known == values.one_of("--to", call.to, LAYOUTS))
    staging = call.staging
    if staging is not None:
        values.one_of("--staging", staging, (AS_RECORDED, *STAGINGS))
    bring(call.interaction, options, say)
    interaction = open_interaction(call.interaction, options.data_dir, words)
    performance = open_performance(interaction, body=body, preset=NATURAL, staging=staging)
    span_s = values.span(call.start, call.end, performance.duration_s)
    part = None if call.start is None and call.end is None else span_s
    if ending == ".glb":
        written = write_glb(performance, span_s, targets[0])
    elif ending == ".bvh":
        written = write_bvh(performance, part, targets)
    else:
        written = convert(performance, targets, layout, part)
    for one in written:
        for notice in one.notices:
            say(f"note: {one.path.name}: {notice}")
        print(f"wrote {one.path}: {one.frame_count} frames at {float(one.rate_hz):.6g} a second")
    if ending != ".glb":
        named = shlex.quote(",".join(str(one.path) for one in written))
        print(f"to see it: avatar-server render {named} -o {shlex.quote(targets[0].stem)}.mp4")


def _targets(text: str) -> list[Path]:
    """One file, or one for each of two people with a comma between; all with the same ending."""
    ending = expanded(text, "-o").suffix.lower()
    if ending not in _ENDINGS:
        raise UsageError(f"-o: expected a file name that ends in {', '.join(_ENDINGS)}, got {text!r}")
    parts = text.split(",")
    if ending == ".glb" or not all(part.lower().endswith(ending) for part in parts):
        parts = [text]  # A comma may be a part of a name.
    targets = [values.writable_file(part, ending) for part in parts]
    if len(set(targets)) < len(targets):
        raise UsageError(f"-o: expected a file for each person, got one twice: {text!r}")
    return targets
