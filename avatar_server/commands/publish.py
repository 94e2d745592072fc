"""The command `publish`: what may follow it, read or refused before anything is opened."""

from __future__ import annotations

import argparse
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.data_options import LOCAL, add_data_options, data_options
from avatar_server.commands.face_options import add_face_options, face_choice
from avatar_server.commands.look_options import add_look_options, look_words
from avatar_server.commands.reading_options import add_reading_options, reading_words
from avatar_server.errors import UsageError
from avatar_server.stage.programme import StageOrder

if TYPE_CHECKING:
    from avatar_server.publish import Publication

RATE_HZ = 30

_TOKEN = re.compile(r"[!-~]{1,4096}")
"""What fits into a header without quotes; what a token consists of is the server's affair."""


def add_publish(parser: argparse.ArgumentParser, *, say: Callable[[str], None]) -> None:
    """Say what may follow `publish`, besides where bodies are. say: tells people a sentence."""
    parser.add_argument("interaction", metavar="INTERACTION", help="what to play, as for render")
    parser.add_argument("--to", required=True, metavar="URL", help="the server's address for WHIP (RFC 9725)")
    parser.add_argument("--token", help="bearer token; others on this machine see it in the process list")
    parser.add_argument("--token-file", metavar="FILE", help="file with the bearer token")
    parser.add_argument("--camera", default="two-shot", metavar="NAME", help="as for render (two-shot)")
    parser.add_argument("--size", default="1280x720", help="width and height, even (default: %(default)s)")
    ending = parser.add_mutually_exclusive_group()
    ending.add_argument("--once", action="store_true", help="stop at the end of the interaction")
    ending.add_argument("--loop", action="store_true", help="begin again at the end (the default)")
    add_look_options(parser)
    add_reading_options(parser)
    add_face_options(parser)
    add_data_options(parser)
    parser.set_defaults(command=partial(_publish, say=say))


def _publish(call: argparse.Namespace, *, say: Callable[[str], None]) -> None:
    wanted = publication(call)
    from avatar_server.publish import publish

    number = publish(wanted, say)
    # Publishing for ever ends well by a signal; what was to last until the end of an interaction does not.
    if number is not None and wanted.once:
        signal.raise_signal(number)


def publication(call: argparse.Namespace) -> Publication:
    """What was asked for; raises `UsageError`, which never repeats the token."""
    from avatar_server.publish import Publication
    from avatar_server.sinks.whip_session import place_of

    place_of(call.to)
    size = values.picture_size(call.size)
    body = None if call.body is None else values.existing_file("--body", call.body).resolve()
    options = data_options(call)
    return Publication(
        order=StageOrder(
            interaction=call.interaction,
            data_dir=str(options.data_dir),
            body="" if body is None else str(body),
            width=size.width,
            height=size.height,
            rate_hz=RATE_HZ,
            source=LOCAL if options.is_missing else options.source,
            cache_bytes=options.cache_bytes,
            filelist_url=options.filelist_url,
            look=look_words(call),
            reading=reading_words(call),
            face=face_choice(call),
        ),
        camera=call.camera,
        url=call.to,
        token=_token(call.token, call.token_file),
        once=call.once,
    )


def _token(typed: str | None, file: str | None) -> str | None:
    if typed is not None and file is not None:
        raise UsageError("--token: expected this or --token-file, got both")
    if file is not None:
        return _checked("--token-file", _first_line(values.existing_file("--token-file", file)))
    return None if typed is None else _checked("--token", typed)


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is not ASCII"
        raise UsageError(f"--token-file: {file} cannot be read ({said})") from None


def _checked(option: str, token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise UsageError(f"{option}: expected a token without spaces, got {len(token)} characters")
    return token
