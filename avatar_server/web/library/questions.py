"""Questions to a reading process and its answers, as they go through its pipes.

A question is a line of JSON. An answer is a head of two lengths, a JSON object that says what came out,
and the body.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from avatar_server.web.library.answer import Answer

QuestionName = Literal[
    "list",
    "overview",
    "estimate",
    "examine",
    "interaction",
    "report",
    "transcript",
    "vad",
    "annotations",
    "curves",
    "waveform",
    "validity",
    "video",
]

HEAD = struct.Struct(">II")
"""Bytes of the JSON object, and of the body."""


@dataclass(frozen=True, slots=True)
class Question:
    """arguments: those of the desk's function of this name; plain JSON. may_gzip: who asks takes it."""

    name: QuestionName
    arguments: dict[str, Any] = field(default_factory=dict)
    may_gzip: bool = False

    def line(self) -> bytes:
        """For the pipe."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Question:
        """What `line` made."""
        return cls(**json.loads(line))


class RefusalError(Exception):
    """There is no answer: an HTTP status, and why, without the path of a file.

    lacks_list: there may be one as soon as a list of all recordings is here.
    """

    def __init__(self, status: int, detail: str, *, lacks_list: bool = False) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.lacks_list = lacks_list


def frame(outcome: Answer | RefusalError) -> bytes:
    """An outcome for the pipe."""
    if isinstance(outcome, RefusalError):
        told: dict[str, Any] = {
            "status": outcome.status,
            "detail": outcome.detail,
            "lacks_list": outcome.lacks_list,
        }
        body = b""
    else:
        told = {"etag": outcome.etag, "is_gzipped": outcome.is_gzipped, "stamp": outcome.stamp}
        body = outcome.body
    said = json.dumps(told).encode()
    return HEAD.pack(len(said), len(body)) + said + body


def parse_outcome(said: bytes, body: bytes) -> Answer | RefusalError:
    """What `frame` was made of."""
    told = json.loads(said)
    if "status" in told:
        return RefusalError(told["status"], told["detail"], lacks_list=told["lacks_list"])
    return Answer(body, told["etag"], told["is_gzipped"], told["stamp"])
