"""The command `bench`: by itself how fast this machine draws and encodes, and in two words how it streams."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial

from avatar_server.commands import values
from avatar_server.errors import MachineError, UsageError

Say = Callable[[str], None]

MOST_VIEWERS = 1000
LONGEST_MINUTES = 7 * 24 * 60
SHORTEST_S = 4.0
"""Of an interaction that arrives: what is shorter is here before it is looked at."""

SLOWEST_MS = 10_000.0
FASTEST_MBIT = 100_000.0


def add_bench(parser: argparse.ArgumentParser, *, say: Say) -> None:
    """Say what may follow `bench`. say: tells people a sentence."""
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--size", default="1280x720", help="width and height, even (default: %(default)s)")
    parser.add_argument(
        "--seconds", default="10", metavar="N", help="length to export (default: %(default)s)"
    )
    parser.set_defaults(command=partial(_bench, say=say))
    more = parser.add_subparsers(
        metavar="export | scale | viewers | fetch | library | search | soak", parser_class=type(parser)
    )

    export = more.add_parser(
        "export", help="how fast films are written: the encoder's limit, other ways, and every step"
    )
    scale = more.add_parser("scale", help="how an export grows with processes and with length")
    for parser, seconds, command in ((export, "20", _export), (scale, "20", _scale)):
        parser.add_argument("--size", default="1280x720", help="width and height (default: %(default)s)")
        parser.add_argument(
            "--seconds", default=seconds, metavar="N", help="length to export (default: %(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.set_defaults(command=partial(command, say=say))

    viewers = more.add_parser("viewers", help="let many watch, and measure what each gets and what it costs")
    viewers.add_argument("--viewers", default="50", metavar="N", help="how many (default: %(default)s)")
    viewers.add_argument("--seconds", default="20", metavar="N", help="how long (default: %(default)s)")
    way = viewers.add_mutually_exclusive_group()
    way.add_argument("--recorded", action="store_true", help="send recorded packets: nothing is rendered")
    way.add_argument(
        "--against",
        metavar="relay",
        help="encode recorded pictures once, and in the same run for each viewer as aiortc does",
    )
    viewers.add_argument("--json", action="store_true", help="for programs")
    viewers.set_defaults(command=partial(_viewers, say=say))

    fetch = more.add_parser(
        "fetch", help="ask for an interaction that is not here, and measure what comes when"
    )
    fetch.add_argument(
        "--seconds", default="180", metavar="N", help="length of the interaction (default: %(default)s)"
    )
    fetch.add_argument(
        "--delay-ms", default="50", metavar="N", help="from a request to its answer (default: %(default)s)"
    )
    fetch.add_argument(
        "--mbit", default="50", metavar="N", help="a second, shared by all requests (default: %(default)s)"
    )
    fetch.add_argument("--json", action="store_true", help="for programs")
    fetch.set_defaults(command=partial(_fetch, say=say))

    library = more.add_parser(
        "library", help="look for interactions in lists as long as the data set's, letter by letter"
    )
    library.add_argument("--json", action="store_true", help="for programs")
    library.set_defaults(command=partial(_library, say=say))

    search = more.add_parser("search", help="type in the page's library, and measure how soon rows are seen")
    search.add_argument("--json", action="store_true", help="for programs")
    search.set_defaults(command=partial(_search, say=say))

    soak = more.add_parser("soak", help="let people come, go, seek and pause for long; fails if memory grows")
    soak.add_argument("--minutes", default="20", metavar="N", help="how long (default: %(default)s)")
    soak.add_argument("--json", action="store_true", help="for programs")
    soak.set_defaults(command=partial(_soak, say=say))


def _bench(call: argparse.Namespace, *, say: Say) -> None:
    size = values.picture_size(call.size)
    seconds = values.seconds("--seconds", call.seconds, at_least=1)
    from avatar_server.bench.report import measure

    report = measure(size, seconds, note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _export(call: argparse.Namespace, *, say: Say) -> None:
    size = values.picture_size(call.size)
    seconds = values.seconds("--seconds", call.seconds, at_least=1)
    from avatar_server.bench.export_report import measure_export

    report = measure_export(size, seconds, note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _scale(call: argparse.Namespace, *, say: Say) -> None:
    size = values.picture_size(call.size)
    seconds = values.seconds("--seconds", call.seconds, at_least=1)
    from avatar_server.bench.scale import measure_scale

    report = measure_scale(size, seconds, note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _viewers(call: argparse.Namespace, *, say: Say) -> None:
    count = _count("--viewers", call.viewers)
    seconds = values.seconds("--seconds", call.seconds, at_least=1)
    if call.against is not None:
        values.one_of("--against", call.against, ("relay",))
    from avatar_server.bench.viewers import measure_viewers

    report = measure_viewers(
        count, seconds, recorded=call.recorded, against_relay=call.against is not None, note=say
    )
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _fetch(call: argparse.Namespace, *, say: Say) -> None:
    seconds = values.seconds("--seconds", call.seconds, at_least=SHORTEST_S)
    delay_ms = _number("--delay-ms", call.delay_ms, 0.0, SLOWEST_MS)
    mbit_per_s = _number("--mbit", call.mbit, 1.0, FASTEST_MBIT)
    from avatar_server.bench.fetching import measure_fetching

    report = measure_fetching(seconds, delay_ms=delay_ms, mbit_per_s=mbit_per_s, note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _library(call: argparse.Namespace, *, say: Say) -> None:
    from avatar_server.bench.library import measure_library

    report = measure_library(note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _search(call: argparse.Namespace, *, say: Say) -> None:
    from avatar_server.bench.library_search import measure_search

    report = measure_search(note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())


def _soak(call: argparse.Namespace, *, say: Say) -> None:
    minutes = _minutes("--minutes", call.minutes)
    from avatar_server.bench.soak import soak

    report = soak(minutes, note=say)
    print(json.dumps(report.as_json(), indent=2) if call.json else report.as_text())
    if complaints := report.complaints():
        raise MachineError("; ".join(complaints))


def _count(option: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_VIEWERS):
        raise UsageError(f"{option}: expected a whole number from 1 to {MOST_VIEWERS}, got {text!r}")
    return int(text)


def _number(option: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{option}: expected a number, got {text!r}") from None
    if not least <= value <= most:
        raise UsageError(f"{option}: expected {least:g} to {most:g}, got {text}")
    return value


def _minutes(option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UsageError(f"{option}: expected minutes, got {text!r}") from None
    if not 0 < value <= LONGEST_MINUTES:
        raise UsageError(f"{option}: expected more than 0 and at most {LONGEST_MINUTES} minutes, got {text}")
    return value
