"""Kinds of settings: how each is read from text and from a file, refused, and shown.

To add a setting: a line in `settings.Settings`; flag, variable, key and ``--show-settings`` follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

Value = TypeVar("Value")

MASK = "***"

SHORTEST_TOKEN = 16
"""Characters; `openssl rand -hex 16` gives 32."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server; `url` has neither user nor password in it (RFC 7064, 7065)."""

    url: str
    username: str | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is made.

    from_text: what stands in a flag or variable, as a file would have it. accept: what a file has, as
    `Settings` has it; both raise `ValueError`. expected: for the message then. is_list: given many times.
    """

    expected: str
    from_text: Callable[[str], Any]
    accept: Callable[[Any], Any]
    is_list: bool = False


def setting(
    default: Value, kind: Kind, meaning: str, *, flag: str = "", alone: str = "", secret: bool = False
) -> Value:
    """A field of `Settings`. flag: of a list, whose flag names one element. alone: what a bare flag means."""
    described = {"kind": kind, "meaning": meaning, "flag": flag, "alone": alone, "secret": secret}
    made: Value = field(default=default, metadata=described)
    return made


def kind_of(metadata: Mapping[str, Any]) -> Kind:
    """The kind in a field's metadata."""
    return cast(Kind, metadata["kind"])


def some_whole_number(low: int, high: int) -> Kind:
    """From `low` to `high`, both included."""

    def accept(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    def from_text(text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError
        return int(text)

    return Kind(f"{low} to {high}", from_text, accept)


def some_number(low: float, high: float) -> Kind:
    """From `low` to `high`, both included."""

    def accept(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high:
            raise ValueError
        return float(value)

    return Kind(f"a number from {low:g} to {high:g}", float, accept)


def one_of(*known: str) -> Kind:
    """One of these words."""

    def accept(value: Any) -> str:
        if value not in known:
            raise ValueError
        return str(value)

    return Kind(f"one of {', '.join(known)}", str, accept)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _yes_or_no(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]


def _accept_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _path(value: Any) -> Path:
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError:  # Nobody's home.
        raise ValueError from None


def _file(value: Any) -> Path:
    path = _path(value)
    if not path.is_file():
        raise ValueError
    return path


def _token(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(rf"[A-Za-z0-9._~+/=-]{{{SHORTEST_TOKEN},}}", value):
        raise ValueError
    return value


def _list_of(accept: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    def accept_all(value: Any) -> tuple[Value, ...]:
        if not isinstance(value, list):
            raise ValueError
        return tuple(accept(element) for element in value)

    return accept_all


def _elements(text: str) -> list[str]:
    return [element.strip() for element in text.split(",") if element.strip()]


_ICE_SERVER = re.compile(
    r"(?P<scheme>stuns?|turns?):"
    r"((?P<username>[^:@/?\s]+):(?P<credential>[^@/?\s]+)@)?"
    r"(?P<server>(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?)"
)


def ice_server(value: Any) -> IceServer:
    """`stun:HOST` or `turn:USER:PASSWORD@HOST:PORT?transport=tcp`; raises `ValueError`.

    Signs that mean something in an address are written as in addresses (`@` as `%40`).
    """
    found = _ICE_SERVER.fullmatch(_text(value))
    if found is None or found["scheme"].startswith("turn") != (found["username"] is not None):
        raise ValueError
    url = f"{found['scheme']}:{found['server']}"
    if found["username"] is None:
        return IceServer(url)
    return IceServer(url, unquote(found["username"]), unquote(found["credential"]))


def _origin(value: Any) -> str:
    if not re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", _text(value).lower()):
        raise ValueError
    return str(value)


_BYTES = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s*(?:([KMGT]?)(i?)B)?", re.ASCII | re.IGNORECASE)


def byte_count(value: Any) -> int | None:
    """`200GB` (10^9), `200 GiB` (2^30), `1.5 TB`, or bytes; None for `unlimited`; raises `ValueError`."""
    if type(value) is int and value > 0:
        return value
    if value in ("", "unlimited"):
        return None
    found = _BYTES.fullmatch(_text(value).strip())
    if found is None:
        raise ValueError
    number, prefix, binary = found.groups()
    power = " KMGT".index(prefix.upper()) if prefix else 0
    count = int(Fraction(number) * (1024 if binary else 1000) ** power)
    if not count:
        raise ValueError
    return count


def _web_address(value: Any) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9._:\[\]-]+/[!-~]*", _text(value)):
        raise ValueError
    return str(value)


SOME_TEXT = Kind("something", str, _text)
SOME_FILE = Kind("a file that is there", str, _file)
SOME_FOLDER = Kind("a folder", str, _path)
SOME_TOKEN = Kind(f"at least {SHORTEST_TOKEN} letters, digits and signs of -._~+/=", str, _token)
YES_OR_NO = Kind("true or false", _yes_or_no, _accept_bool)
SOME_BYTES = Kind("bytes such as 200GB or 1.5 TiB, or unlimited", str, byte_count)
SOME_ADDRESS = Kind("an address such as https://mirror.example/filelist.csv", str, _web_address)
SOME_NAMES = Kind("names", _elements, _list_of(_text), is_list=True)
SOME_ORIGINS = Kind("sites such as https://player.example", _elements, _list_of(_origin), is_list=True)
SOME_ICE_SERVERS = Kind(
    "stun:HOST[:PORT] or turn:USER:PASSWORD@HOST[:PORT]", _elements, _list_of(ice_server), is_list=True
)


def shown(value: Any) -> str:
    """As a TOML file has it, without secrets: TURN passwords are masked, tokens by who asks."""
    if value is None or value == "":
        return '""'
    if isinstance(value, tuple):
        return f"[{', '.join(shown(element) for element in value)}]"
    if isinstance(value, IceServer):
        scheme, _, server = value.url.partition(":")
        who = f"{value.username}:{MASK}@" if value.username else ""
        return shown(f"{scheme}:{who}{server}")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
