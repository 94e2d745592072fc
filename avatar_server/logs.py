"""What the server writes about itself: a line an event, for people or for programs, with no secret in it.

Who works for a stage or a viewer says so once, and every line below has it:
``with about(stage=stage.id, viewer=peer.id): ...``. Tasks and timers made inside inherit it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from urllib.parse import quote

from avatar_server.setting_kinds import MASK
from avatar_server.settings import Settings

SHOWN_OF_ID = 6
"""Characters of an id in logs and metrics: enough to tell two apart, too few to use it."""

_stage: ContextVar[str] = ContextVar("stage", default="")
_viewer: ContextVar[str] = ContextVar("viewer", default="")

# A key may end in a hyphen, at which no word ends.
_SIGNED_KEY = re.compile(r"\b[0-9]{9,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

NOISE = (
    "ASGI callable returned without completing handshake.",  # uvicorn says so of each refused WebSocket.
    "Invalid HTTP request received.",
    "Invalid UTF-8 sequence received from client.",
)
"""What strangers can make uvicorn say as often as they like; they are answered, and that is enough."""


@contextlib.contextmanager
def about(*, stage: str = "", viewer: str = "") -> Iterator[None]:
    """Lines written inside have these ids, shortened; an empty one is left as it was."""
    changed = [
        (variable, variable.set(short_id(name)))
        for variable, name in ((_stage, stage), (_viewer, viewer))
        if name
    ]
    try:
        yield
    finally:
        for variable, token in changed:
            variable.reset(token)


def short_id(name: str) -> str:
    """The beginning of an id whose whole is a secret."""
    return name[:SHOWN_OF_ID]


def secrets_of(settings: Settings) -> frozenset[str]:
    """What must not be written anywhere, in each spelling."""
    raw = [settings.token, *(server.credential or "" for server in settings.ice_servers)]
    return frozenset(spelt for secret in raw if secret for spelt in (secret, quote(secret, safe="")))


def set_up_logs(settings: Settings) -> None:
    """Write to standard error from now on. What libraries say counts from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonLines if settings.log_format == "json" else TextLines
    handler.setFormatter(formatter(secrets_of(settings)))
    handler.addFilter(lambda record: record.msg not in NOISE)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("avatar_server").setLevel(settings.log_level.upper())


def announcement(settings: Settings, url: str) -> str:
    """The first line, on standard output: where the server is."""
    said = f"avatar-server plays at {url} (Ctrl-C stops it)"
    if settings.log_format == "text":
        return said
    record = logging.makeLogRecord({"name": "avatar_server", "levelname": "INFO", "msg": said})
    return JsonLines(()).format(record)


class _Lines(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted(secrets, key=len, reverse=True)

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _SIGNED_KEY.sub(MASK, text)

    def _traceback(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class TextLines(_Lines):
    """``2026-11-21T04:38:22.123Z WARNING avatar_server.theatre.theatre [stage 3fk2Lw] what``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and below it a traceback if there is one."""
        known = (("stage", _stage.get()), ("viewer", _viewer.get()))
        ids = " ".join(f"{name} {shown}" for name, shown in known if shown)
        said = _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], record.getMessage())
        line = f"{_time(record)} {record.levelname} {record.name} {f'[{ids}] ' if ids else ''}{said}"
        return self._masked("\n".join(filter(None, (line, self._traceback(record)))))


class JsonLines(_Lines):
    """An object a line: time, level, logger, message, and stage, viewer, traceback where there are some."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "stage": _stage.get(),
            "viewer": _viewer.get(),
            "traceback": self._traceback(record),
        }
        return json.dumps({name: self._masked(text) for name, text in line.items() if text})


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
