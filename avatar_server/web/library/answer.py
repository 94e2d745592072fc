"""A finished answer: JSON as bytes, what tells it from another one, and whether it is compressed."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from typing import Any

WORTH_COMPRESSING_BYTES = 1024
"""What is shorter fits a packet anyway."""

_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """body: JSON, gzipped if `is_gzipped`. etag: strong, so that it differs between the two (RFC 9110).

    stamp: changes with the files that the answer is about, empty if nobody needs to know.
    """

    body: bytes
    etag: str
    is_gzipped: bool = False
    stamp: str = ""


def sealed(document: bytes, *, may_gzip: bool, stamp: str = "") -> Answer:
    """The answer for a JSON document; compressed if it may be and is worth it."""
    digest = sha256(document).hexdigest()[:32]
    if may_gzip and len(document) >= WORTH_COMPRESSING_BYTES:
        # Without the time the same document always has the same bytes, as a strong ETag says.
        return Answer(gzip.compress(document, _LEVEL, mtime=0), f'"{digest}-gzip"', True, stamp)
    return Answer(document, f'"{digest}"', False, stamp)


def document_of(value: Any) -> bytes:
    """Dataclasses, mappings, sequences, texts and numbers as JSON; a number that is none becomes null."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
