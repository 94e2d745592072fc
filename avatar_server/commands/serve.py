"""The commands `serve` and `link`: every setting is a flag of both."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from urllib.parse import quote

from avatar_server.commands.values import hours
from avatar_server.errors import UsageError
from avatar_server.setting_kinds import kind_of, shown
from avatar_server.settings_sources import FIELDS, SettingsRead, flag_of, read_settings
from avatar_server.web.signed_key import sign_key

FOR_LINKS = ("host", "port", "tls_cert", "tls_key", "token", "token_file")


def add_serve(parser: argparse.ArgumentParser, known: str) -> None:
    """Say what may follow `serve`; `known`: what may be played, in words."""
    parser.add_argument("interaction", nargs="?", metavar="INTERACTION", help=f"{known} (default: demo)")
    _add_flags(parser, [name for name in FIELDS if name != "interaction"])
    parser.add_argument(
        "--show-settings", action="store_true", help="print every setting and where it comes from, and end"
    )
    parser.set_defaults(command=_serve)


def add_link(parser: argparse.ArgumentParser) -> None:
    """Say what may follow `link`."""
    parser.add_argument("interaction", nargs="?", metavar="INTERACTION", help="the only one it is for (all)")
    parser.add_argument("--hours", default="12", metavar="N", help="how long it lasts (default: %(default)s)")
    parser.add_argument("--url", metavar="URL", help="of the server (default: by its settings)")
    _add_flags(parser, FOR_LINKS)
    parser.set_defaults(command=_link)


def _add_flags(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    parser.add_argument("--settings", metavar="FILE", help="a TOML file to read instead of the usual ones")
    for name in names:
        field = FIELDS[name]
        kind = kind_of(field.metadata)
        meaning = field.metadata["meaning"].replace("%", "%%")
        if isinstance(field.default, bool):
            parser.add_argument(flag_of(name), dest=name, action="store_true", default=None, help=meaning)
        elif kind.is_list:
            parser.add_argument(
                flag_of(name), dest=name, action="append", metavar="X", help=f"{meaning}; may be repeated"
            )
        else:
            usual = f" (default: {shown(field.default)})" if field.default not in (None, "") else ""
            alone = {"nargs": "?", "const": field.metadata["alone"]} if field.metadata.get("alone") else {}
            parser.add_argument(flag_of(name), dest=name, metavar="X", help=f"{meaning}{usual}", **alone)


def _read(call: argparse.Namespace, names: Iterable[str]) -> SettingsRead:
    flags = {name: getattr(call, name) for name in names}
    return read_settings(flags, os.environ, file=call.settings)


def _serve(call: argparse.Namespace) -> None:
    read = _read(call, FIELDS)
    if call.show_settings:
        print(read.as_text())
        return

    from avatar_server.logs import set_up_logs
    from avatar_server.web.server import serve

    set_up_logs(read.settings)
    serve(read.settings)


def _link(call: argparse.Namespace) -> None:
    lasts_s = hours("--hours", call.hours) * 3600
    settings = _read(call, FOR_LINKS).settings
    if not settings.token:
        raise UsageError("link: without a token everybody may come in; expected the server's --token-file")
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = (call.url or f"{scheme}://{host}:{settings.port}").rstrip("/")
    query = f"?interaction={quote(call.interaction)}" if call.interaction else ""
    key = sign_key(settings.token, scope=call.interaction or "", expires_s=int(time.time() + lasts_s))
    print(f"{url}/{query}#key={key}")
