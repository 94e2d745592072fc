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
from avatar_server.commands.convert import add_convert
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.face_options import add_face_file_options, face_choice
from avatar_server.commands.fetch import add_fetch
from avatar_server.commands.list import add_list
from avatar_server.commands.publish import add_publish
from avatar_server.commands.reading_options import add_reading_options, reading_words
from avatar_server.commands.render import add_render, add_still
from avatar_server.commands.render_all import add_render_all
from avatar_server.commands.rendering import add_body_option
from avatar_server.commands.serve import add_link, add_serve
from avatar_server.commands.sheet import add_sheet
from avatar_server.errors import AvatarServerError, UsageError

_INTERACTION = (
    "demo, an interaction key such as V00_S0809_I00000582 or 20231119_051 (looked for under --data), two "
    "recordings or motion files (AMASS, SMPL-X, BEAT2, Inter-X, InterHuman, SMPL, BVH, arrays) separated "
    "by a comma, the viewer's left one first, or a folder with a pair"
)


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

    render = commands.add_parser("render", help="write an interaction to a film or to pictures")
    add_render(render, _INTERACTION, say=_say)

    render_all = commands.add_parser("render-all", help="write many interactions to a folder of MP4 files")
    add_render_all(render_all, say=_say)

    still = commands.add_parser("still", help="write a moment of an interaction to a PNG file")
    add_still(still, _INTERACTION, say=_say)

    sheet = commands.add_parser("sheet", help="write moments of an interaction side by side to a PNG file")
    add_sheet(sheet, _INTERACTION, say=_say)

    inspect = commands.add_parser("inspect", help="say what the recordings of an interaction are like")
    inspect.add_argument("interaction", metavar="INTERACTION", help=_INTERACTION)
    inspect.add_argument("--json", action="store_true", help="for programs")
    add_reading_options(inspect)
    add_face_file_options(inspect)
    add_data_options(inspect)
    inspect.set_defaults(command=_inspect)

    convert = commands.add_parser(
        "convert", help="write the motion of an interaction as other programs read it"
    )
    add_convert(convert, _INTERACTION, say=_say)

    listed = commands.add_parser("list", help="say which interactions there are")
    add_list(listed, say=_say)

    fetch = commands.add_parser("fetch", help="bring recordings of the data set into the data folder")
    add_fetch(fetch, say=_say)

    bench = commands.add_parser("bench", help="measure how fast this machine draws, encodes and streams")
    add_bench(bench, say=_say)

    publish = commands.add_parser("publish", help="send an interaction live to a WHIP server")
    add_publish(publish, say=_say)
    add_body_option(publish)

    synthesize = commands.add_parser("synthesize", help="write a synthetic interaction, like a recorded one")
    synthesize.add_argument("folder", metavar="DIR", help="where the recordings go; made if it is not there")
    synthesize.add_argument("--seconds", default="30", metavar="N", help="length (default: %(default)s)")
    synthesize.add_argument(
        "--quirk", action="extend", nargs="+", default=[], metavar="NAME", help="make it odd in this way"
    )
    synthesize.set_defaults(command=_synthesize)
    return parser


def _inspect(call: argparse.Namespace) -> None:
    options = data_options(call)
    words, face = reading_words(call), face_choice(call)
    from avatar_server.assembly import open_interaction
    from avatar_server.dataset.take import Take
    from avatar_server.inspection import inspect_interaction
    from avatar_server.take_inspection import inspect_take

    bring(call.interaction, options, _say)
    opened = open_interaction(call.interaction, options.data_dir, words)
    report = inspect_take(opened, face) if isinstance(opened, Take) else inspect_interaction(opened, face)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())
    if report.verdict == "broken":
        sys.stdout.flush()
        raise UsageError(f"{report.key} is broken: {report.trouble}")


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
