"""The command line: what people type, and what they are told.

Exit status 0 only if the work was done, 2 for a wrong call or wrong input, 1 for a machine that lacks
something, 128 + n when ended by signal n. Whatever goes wrong, people get one line and no traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import NoReturn

from avatar_server.commands import values
from avatar_server.commands.bench import add_bench
from avatar_server.commands.bringing import bring
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.fetch import add_fetch
from avatar_server.commands.list import add_list
from avatar_server.commands.publish import add_publish
from avatar_server.commands.serve import add_link, add_serve
from avatar_server.errors import AvatarServerError, UsageError

_INTERACTION = (
    "demo, an interaction key such as V00_S0809_I00000582 (looked for under --data), or two recordings "
    "separated by a comma, the viewer's left one first"
)
_CAMERAS = "two-shot, left, right, over-left, over-right, close-left, close-right, auto"
_STAGINGS = "face-to-face, side-by-side"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    try:
        with _ended_by_signals():
            call = _parser().parse_args(arguments)
            command: Callable[[argparse.Namespace], None] = call.command
            command(call)
            sys.stdout.flush()
        return 0
    except _Ended as ended:
        _say(f"ended by {signal.Signals(ended.number).name}")
        return 128 + ended.number
    except KeyboardInterrupt:  # While the handlers were not ours, at the end of `serve`.
        return 128 + signal.SIGINT
    except AvatarServerError as error:
        _say(str(error))
        return error.exit_status
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        _say(f"{error.strerror or error}{place}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="avatar-server",
        description="Two people who once talked to each other come back as avatars, with their voices.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    serve = commands.add_parser("serve", help="play an interaction live in the browser")
    add_serve(serve, _INTERACTION)
    add_link(commands.add_parser("link", help="print a link that lets people in for a while"))

    render = commands.add_parser("render", help="write an interaction to an MP4 file")
    render.add_argument("interaction", metavar="INTERACTION", help=_INTERACTION)
    render.add_argument("-o", required=True, dest="output", metavar="OUT.mp4", help="file to write")
    render.add_argument("--size", default="1280x720", help="width and height, even (default: %(default)s)")
    render.add_argument("--fps", default="30", help="30, 29.97 or 30000/1001 (default: %(default)s)")
    render.add_argument("--start", metavar="S", help="second to begin at (default: the beginning)")
    render.add_argument("--end", metavar="S", help="second to end at (default: the end)")
    render.add_argument(
        "--camera", default="two-shot", metavar="NAME", help=f"{_CAMERAS} (default: two-shot)"
    )
    render.add_argument("--staging", metavar="NAME", help=f"{_STAGINGS} (default: as the preset wants)")
    render.add_argument(
        "--preset",
        default="natural",
        metavar="NAME",
        help="natural, or genea: side by side as in the GENEA Challenge 2026 (default: natural)",
    )
    _add_body(render)
    render.add_argument(
        "--renderer", default="opengl", metavar="NAME", help="opengl or reference (default: opengl)"
    )
    add_data_options(render)
    render.set_defaults(command=_render)

    inspect = commands.add_parser("inspect", help="say what the recordings of an interaction are like")
    inspect.add_argument("interaction", metavar="INTERACTION", help=_INTERACTION)
    inspect.add_argument("--json", action="store_true", help="for programs")
    add_data_options(inspect)
    inspect.set_defaults(command=_inspect)

    listed = commands.add_parser("list", help="say which interactions there are")
    add_list(listed, say=_say)

    fetch = commands.add_parser("fetch", help="bring recordings of the data set into the data folder")
    add_fetch(fetch, say=_say)

    bench = commands.add_parser("bench", help="measure how fast this machine draws, encodes and streams")
    add_bench(bench, say=_say)

    publish = commands.add_parser("publish", help="send an interaction live to a WHIP server")
    add_publish(publish, say=_say)
    _add_body(publish)

    synthesize = commands.add_parser("synthesize", help="write a synthetic interaction, like a recorded one")
    synthesize.add_argument("folder", metavar="DIR", help="where the recordings go; made if it is not there")
    synthesize.add_argument("--seconds", default="30", metavar="N", help="length (default: %(default)s)")
    synthesize.add_argument(
        "--quirk", action="extend", nargs="+", default=[], metavar="NAME", help="make it odd in this way"
    )
    synthesize.set_defaults(command=_synthesize)
    return parser


def _add_body(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--body", metavar="FILE", help="a SMPL-H model (default: the built-in mannequin)")


def _render(call: argparse.Namespace) -> None:
    target = values.writable_mp4(call.output)
    size = values.picture_size(call.size)
    rate_hz = values.frame_rate(call.fps)
    values.span(call.start, call.end, 1e6)  # Refuses what no interaction could have before one is opened.
    body = None if call.body is None else values.existing_file("--body", call.body)
    options = data_options(call)

    from avatar_server.assembly import RENDERERS, open_interaction, open_performance, open_renderer
    from avatar_server.motion.presets import PRESETS
    from avatar_server.scene.cameras import CAMERAS
    from avatar_server.scene.director import AUTO
    from avatar_server.scene.staging import STAGINGS, usual_staging

    camera = values.one_of("--camera", call.camera, (*CAMERAS, AUTO))
    preset = PRESETS[values.one_of("--preset", call.preset, tuple(PRESETS))]
    usual = usual_staging(preset.convention)
    staging = values.one_of("--staging", usual if call.staging is None else call.staging, STAGINGS)
    kind = values.one_of("--renderer", call.renderer, RENDERERS)
    bring(call.interaction, options, _say)
    interaction = open_interaction(call.interaction, options.data_dir)
    performance = open_performance(interaction, body=body, preset=preset, staging=staging)
    span_s = values.span(call.start, call.end, performance.duration_s)

    from avatar_server.export import export, picture_count

    with (
        contextlib.closing(open_renderer(kind, size)) as renderer,
        _progress_bar(picture_count(span_s, rate_hz)) as progress,
    ):
        for notice in performance.notices:
            _say(f"note: {notice}")
        exported = export(
            performance,
            renderer,
            target,
            span_s=span_s,
            rate_hz=rate_hz,
            camera=performance.seen_through(camera, size.width / size.height),
            progress=progress,
        )
        name = renderer.name
    print(
        f"wrote {target}: {exported.duration_s:.2f} s, {exported.picture_count} pictures of "
        f"{size.width}x{size.height} at {float(rate_hz):.4g} a second; drawn by {name} in "
        f"{exported.wall_s:.1f} s ({exported.pictures_per_second:.1f} pictures a second)"
    )
    if camera == AUTO:
        shots = performance.director.cuts().within(span_s).shots
        print(f"cut by the director: {', '.join(f'{shot.start_s:g} s {shot.camera}' for shot in shots)}")


@contextlib.contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on standard error, if that is a terminal."""
    from tqdm import tqdm

    with tqdm(total=total, unit="picture", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:
        yield lambda done, total: bar.update(done - bar.n)


def _inspect(call: argparse.Namespace) -> None:
    options = data_options(call)
    from avatar_server.assembly import open_interaction
    from avatar_server.inspection import inspect_interaction

    bring(call.interaction, options, _say)
    report = inspect_interaction(open_interaction(call.interaction, options.data_dir))
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _synthesize(call: argparse.Namespace) -> None:
    seconds = values.seconds("--seconds", call.seconds, at_least=2)
    from avatar_server.testing.quirks import check_quirks

    quirks = check_quirks(call.quirk)  # Before a folder is made that nothing would be written to.
    folder = values.writable_folder("DIR", call.folder)
    from avatar_server.testing.synthetic_interaction import synthesize

    key = synthesize(folder, seconds=seconds, quirks=quirks).key
    shown = shlex.quote(str(folder))
    print(f"wrote {key}; to see it: avatar-server render {key} --data {shown} -o {key}.mp4")


class _Parser(argparse.ArgumentParser):
    """Takes options by their full names only, and complains in one line."""

    def __init__(self, *, prog: str, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


class _Ended(BaseException):
    """A signal asked us to end; raised in the main thread, so that every block cleans up behind it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP unwind the work once; asking again does not disturb the cleaning up."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        for other in numbers:
            signal.signal(other, lambda number, frame: None)  # SIG_IGN prints about signals on their way.
        raise _Ended(number)

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(sentence: str) -> None:
    print(f"avatar-server: {' '.join(sentence.split())}", file=sys.stderr)
